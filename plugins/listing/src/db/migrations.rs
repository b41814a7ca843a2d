//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_listing", create_listing)]
}

fn create_listing(backend: DbBackend) -> Vec<String> {
    let entry = Table::create()
        .table("listing_entry")
        .col(ColumnDef::new("id").text().not_null().primary_key())
        .col(ColumnDef::new("product_id").uuid().not_null())
        .col(ColumnDef::new("locale").text().not_null())
        .col(ColumnDef::new("slug").text().not_null())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("price").big_integer())
        .col(ColumnDef::new("available").boolean().not_null())
        .col(ColumnDef::new("reduced").boolean().not_null())
        .col(ColumnDef::new("brand").text())
        .col(ColumnDef::new("category_path").text().not_null())
        .col(ColumnDef::new("collections").text().not_null())
        .col(ColumnDef::new("popularity").big_integer().not_null())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("search_text").text().not_null())
        .col(ColumnDef::new("card").json().not_null())
        .to_owned();
    let by_product = Index::create()
        .name("listing_entry_product")
        .table("listing_entry")
        .col("product_id")
        .to_owned();
    let by_popularity = Index::create()
        .name("listing_entry_popularity")
        .table("listing_entry")
        .col("locale")
        .col("popularity")
        .to_owned();
    let sku = Table::create()
        .table("listing_sku")
        .col(ColumnDef::new("sku").text().not_null().primary_key())
        .col(ColumnDef::new("product_id").uuid().not_null())
        .to_owned();
    let popularity = Table::create()
        .table("listing_popularity")
        .col(ColumnDef::new("product_id").uuid().not_null().primary_key())
        .col(ColumnDef::new("orders").big_integer().not_null())
        .to_owned();
    schema(backend)
        .table(&entry)
        .index(&by_product)
        .index(&by_popularity)
        .table(&sku)
        .table(&popularity)
        .into_statements()
}
