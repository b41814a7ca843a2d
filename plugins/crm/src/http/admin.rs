//! What staff see and change: customer files.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hatchery_sdk::component::resource::parse;
use hatchery_sdk::interfaces::crm::{Customer, CustomerId};
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::Queryable;
use serde_json::Value;

use crate::error::CrmError;
use crate::ops::save_customer::CustomerInput;
use crate::ops::{list_customers, save_customer};

/// The resource `customers`.
pub(crate) fn customers() -> ResourceDeclaration {
    let fields = Customer::fields().clone();
    ResourceDeclaration::new::<CustomerInput>(
        "customers",
        "customers",
        "crm.customer.read",
        fields,
        Files,
    )
    .writable("crm.customer.write")
    .creatable()
    .columns(["name", "email", "orders", "spent", "last_order_at"])
}

struct Files;

#[async_trait]
impl Resource for Files {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        list_customers::page(ctx, &query.cast()).await?.try_map(record)
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let ids: Vec<CustomerId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        list_customers::by_ids(ctx, &ids).await?.into_iter().map(record).collect()
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let id = id.map(|id| id.parse().map_err(|_| CrmError::Unknown)).transpose()?;
        let input: CustomerInput = parse(data)?;
        record(save_customer::save_customer(ctx, id, input, version).await?)
    }

    async fn labels(&self, ctx: &Ctx, ids: Vec<String>) -> Result<BTreeMap<String, String>> {
        let ids: Vec<CustomerId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let label = |file: Customer| {
            let name = file.name.or(file.email);
            (file.id.to_string(), name.unwrap_or_else(|| file.id.to_string()))
        };
        Ok(list_customers::by_ids(ctx, &ids).await?.into_iter().map(label).collect())
    }
}

fn record(file: Customer) -> Result<Record> {
    let (id, version) = (file.id.to_string(), file.version);
    let consent = file.consent.as_ref().map(|consent| consent.given);
    let mut data = serde_json::to_value(file)?;
    data["share_consent"] = consent.into();
    Ok(Record { id, version, data })
}
