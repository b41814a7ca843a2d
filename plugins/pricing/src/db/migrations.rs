//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_price", create_price)]
}

fn create_price(backend: DbBackend) -> Vec<String> {
    let price = Table::create()
        .table("pricing_price")
        .col(ColumnDef::new("sku").text().not_null().primary_key())
        .col(ColumnDef::new("price_micros").big_integer().not_null())
        .col(ColumnDef::new("list_price_micros").big_integer())
        .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned();
    schema(backend).table(&price).into_statements()
}
