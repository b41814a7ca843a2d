//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_sale", create_sale)]
}

fn create_sale(backend: DbBackend) -> Vec<String> {
    let sale = Table::create()
        .table("recommendation_popular_sale")
        .col(ColumnDef::new("order_id").uuid().not_null())
        .col(ColumnDef::new("product_id").uuid().not_null())
        .col(ColumnDef::new("placed_at").timestamp_with_time_zone().not_null())
        .primary_key(Index::create().col("order_id").col("product_id"))
        .to_owned();
    let by_time = Index::create()
        .name("recommendation_popular_sale_time")
        .table("recommendation_popular_sale")
        .col("placed_at")
        .to_owned();
    let count = Table::create()
        .table("recommendation_popular_count")
        .col(ColumnDef::new("product_id").uuid().not_null().primary_key())
        .col(ColumnDef::new("orders").big_integer().not_null())
        .to_owned();
    let by_orders = Index::create()
        .name("recommendation_popular_count_orders")
        .table("recommendation_popular_count")
        .col("orders")
        .to_owned();
    schema(backend).table(&sale).index(&by_time).table(&count).index(&by_orders).into_statements()
}
