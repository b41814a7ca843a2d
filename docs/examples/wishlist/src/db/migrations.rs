//! Steps of the schema, append-only. The kernel runs each of them once.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_item", create_item)]
}

fn create_item(backend: DbBackend) -> Vec<String> {
    let item = Table::create()
        .table("wishlist_item")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("visitor").text().not_null())
        .col(ColumnDef::new("product_id").uuid().not_null())
        .col(ColumnDef::new("added_at").timestamp_with_time_zone().not_null())
        .to_owned();
    let once = Index::create()
        .name("wishlist_item_once")
        .table("wishlist_item")
        .col("visitor")
        .col("product_id")
        .unique()
        .to_owned();
    let by_product = Index::create()
        .name("wishlist_item_product")
        .table("wishlist_item")
        .col("product_id")
        .to_owned();
    schema(backend).table(&item).index(&once).index(&by_product).into_statements()
}
