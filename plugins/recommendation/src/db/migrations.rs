//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_neighbor", create_neighbor)]
}

fn create_neighbor(backend: DbBackend) -> Vec<String> {
    let neighbor = Table::create()
        .table("recommendation_neighbor")
        .col(ColumnDef::new("product_id").uuid().not_null())
        .col(ColumnDef::new("other_id").uuid().not_null())
        .col(ColumnDef::new("together").big_integer().not_null())
        .col(ColumnDef::new("of_orders").big_integer().not_null())
        .col(ColumnDef::new("score").double().not_null())
        .primary_key(Index::create().col("product_id").col("other_id"))
        .to_owned();
    let popular = Table::create()
        .table("recommendation_popular")
        .col(ColumnDef::new("product_id").uuid().not_null().primary_key())
        .col(ColumnDef::new("orders").big_integer().not_null())
        .to_owned();
    let by_orders = Index::create()
        .name("recommendation_popular_orders")
        .table("recommendation_popular")
        .col("orders")
        .to_owned();
    schema(backend).table(&neighbor).table(&popular).index(&by_orders).into_statements()
}
