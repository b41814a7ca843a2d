//! What staff see and change: prices.

use async_trait::async_trait;
use hatchery_sdk::component::resource::{check_version, parse};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::pricing::PriceDraft;
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::db;
use crate::db::price::Stored;
use crate::error::PricingError;
use crate::ops::set_prices;

/// The resource `prices`.
pub(crate) fn prices() -> ResourceDeclaration {
    let fields = db::price::fields();
    ResourceDeclaration::new::<PriceInput>(
        "prices",
        "catalog",
        "pricing.price.read",
        fields,
        Prices,
    )
    .writable("pricing.price.write")
    .creatable()
    .columns(["sku", "price", "list_price", "updated_at"])
}

/// A price as staff write it: decimal amounts in the store's currency.
#[derive(Serialize, Deserialize, ToSchema)]
struct PriceInput {
    /// What.
    sku: Sku,
    /// The price of one: `2.55`, with at most six decimals.
    price: String,
    /// The price before a reduction.
    #[serde(default)]
    list_price: Option<String>,
}

struct Prices;

#[async_trait]
impl Resource for Prices {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        db::price::list(&ctx.db(), ctx.store().currency, &query).await?.try_map(record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let skus: Vec<Sku> = ids.iter().filter_map(|id| Sku::new(id).ok()).collect();
        let stored = db::price::by_skus(&ctx.db(), ctx.store().currency, &skus).await?;
        stored.into_values().map(record).collect()
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let input: PriceInput = parse(data)?;
        if id.is_some_and(|id| id != input.sku.as_str()) {
            return Err(PricingError::SkuFixed.into());
        }
        let currency = ctx.store().currency;
        let list_price = input.list_price.filter(|text| !text.trim().is_empty());
        let draft = PriceDraft {
            sku: input.sku,
            price: UnitPrice::parse(&input.price, currency)?,
            list_price: list_price.map(|text| UnitPrice::parse(&text, currency)).transpose()?,
        };
        ctx.transaction(|ctx| async move {
            let sku = vec![draft.sku.clone()];
            let before = db::price::by_skus(&ctx.db(), currency, &sku).await?;
            check_version(version, before.values().next().map_or(0, |stored| stored.version))?;
            set_prices::set_prices(&ctx, vec![draft]).await?;
            let after = db::price::by_skus(&ctx.db(), currency, &sku).await?;
            let saved = after.into_values().next();
            record(saved.ok_or_else(|| Error::internal("a saved price is gone"))?)
        })
        .await
    }
}

fn record(stored: Stored) -> Result<Record> {
    let Stored { draft, updated_at, version } = stored;
    let mut data = serde_json::to_value(PriceInput {
        sku: draft.sku.clone(),
        price: draft.price.decimal(),
        list_price: draft.list_price.map(UnitPrice::decimal),
    })?;
    data["updated_at"] = serde_json::to_value(updated_at)?;
    Ok(Record { id: draft.sku.to_string(), version, data })
}
