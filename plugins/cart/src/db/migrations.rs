//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_cart", create_cart)]
}

fn create_cart(backend: DbBackend) -> Vec<String> {
    let cart = Table::create()
        .table("cart_cart")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("order_number").text())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned();
    let line = Table::create()
        .table("cart_line")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("cart_id").uuid().not_null())
        .col(ColumnDef::new("sku").text().not_null())
        .col(ColumnDef::new("quantity").big_integer().not_null())
        .to_owned();
    let one_line_per_sku = Index::create()
        .name("cart_line_sku")
        .table("cart_line")
        .col("cart_id")
        .col("sku")
        .unique()
        .to_owned();
    let by_age =
        Index::create().name("cart_cart_updated").table("cart_cart").col("updated_at").to_owned();
    schema(backend)
        .table(&cart)
        .table(&line)
        .index(&one_line_per_sku)
        .index(&by_age)
        .into_statements()
}
