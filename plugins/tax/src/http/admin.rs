//! What staff see and change.

use async_trait::async_trait;
use hatchery_sdk::component::resource::parse;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use serde_json::Value;

use crate::db;
use crate::db::rate::StoredRate;
use crate::domain::rate::TaxRate;
use crate::ops::save_rate::{self, Target};

const READ: &str = "tax.rate.read";
const WRITE: &str = "tax.rate.write";

/// The resource `tax-rates`.
pub(crate) fn rates() -> ResourceDeclaration {
    let fields = Fields::new([
        FieldDef::new("code", FieldKind::Text),
        FieldDef::new("country", FieldKind::Text),
        FieldDef::new("region", FieldKind::Text),
        FieldDef::new("basis_points", FieldKind::Integer),
        FieldDef::new("included", FieldKind::Bool),
        FieldDef::new("active", FieldKind::Bool),
    ]);
    ResourceDeclaration::new::<TaxRate>("tax-rates", "settings", READ, fields, Rates)
        .writable(WRITE)
        .creatable()
        .columns(["code", "name", "country", "region", "basis_points", "included", "active"])
}

struct Rates;

#[async_trait]
impl Resource for Rates {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let records = db::rate::all(&ctx.db()).await?.into_iter().map(record);
        Ok(query.apply(records.collect::<Result<Vec<_>>>()?)?)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let rates = db::rate::all(&ctx.db()).await?;
        rates.into_iter().filter(|stored| ids.contains(&stored.rate.code)).map(record).collect()
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let target = match id {
            Some(code) => Target::Known { code, version },
            None => Target::New,
        };
        record(save_rate::save_rate(ctx, target, parse(data)?).await?)
    }
}

fn record(stored: StoredRate) -> Result<Record> {
    let (id, version) = (stored.rate.code.clone(), stored.version);
    Ok(Record { id, version, data: serde_json::to_value(stored.rate)? })
}
