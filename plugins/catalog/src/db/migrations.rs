//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 2] {
    [
        Migration::expand("0001_create_catalog", create_catalog),
        Migration::expand("0002_add_share", add_share),
    ]
}

fn create_catalog(backend: DbBackend) -> Vec<String> {
    let product = Table::create()
        .table("catalog_product")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("slug").text().not_null().unique_key())
        .col(ColumnDef::new("status").text().not_null())
        .col(ColumnDef::new("name_text").text().not_null())
        .col(ColumnDef::new("brand").text())
        .col(ColumnDef::new("category").text())
        .col(ColumnDef::new("tax_category").text().not_null())
        .col(ColumnDef::new("document").json().not_null())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned();
    let product_by_category = Index::create()
        .name("catalog_product_category")
        .table("catalog_product")
        .col("category")
        .to_owned();
    let variant = Table::create()
        .table("catalog_variant")
        .col(ColumnDef::new("sku").text().not_null().primary_key())
        .col(ColumnDef::new("product_id").uuid().not_null())
        .to_owned();
    let variant_by_product = Index::create()
        .name("catalog_variant_product")
        .table("catalog_variant")
        .col("product_id")
        .to_owned();
    let category = Table::create()
        .table("catalog_category")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("slug").text().not_null().unique_key())
        .col(ColumnDef::new("name").json().not_null())
        .col(ColumnDef::new("parent").text())
        .col(ColumnDef::new("position").integer().not_null())
        .to_owned();
    let collection = Table::create()
        .table("catalog_collection")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("slug").text().not_null().unique_key())
        .col(ColumnDef::new("name").json().not_null())
        .col(ColumnDef::new("description").json().not_null())
        .col(ColumnDef::new("position").integer().not_null())
        .to_owned();
    schema(backend)
        .table(&product)
        .index(&product_by_category)
        .table(&variant)
        .index(&variant_by_product)
        .table(&category)
        .table(&collection)
        .into_statements()
}

fn add_share(backend: DbBackend) -> Vec<String> {
    let tables = ["catalog_product", "catalog_category"].map(|table| {
        let column = ColumnDef::new("shared_by").text().null().take();
        Table::alter().table(table).add_column(column).take()
    });
    tables.iter().flat_map(|table| schema(backend).alter(table).into_statements()).collect()
}
