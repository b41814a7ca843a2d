//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_inventory", create_inventory)]
}

fn create_inventory(backend: DbBackend) -> Vec<String> {
    let level = Table::create()
        .table("inventory_level")
        .col(ColumnDef::new("sku").text().not_null())
        .col(ColumnDef::new("location").text().not_null())
        .col(ColumnDef::new("on_hand").big_integer().not_null())
        .col(ColumnDef::new("reserved").big_integer().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .primary_key(Index::create().col("sku").col("location"))
        .to_owned();
    let reservation = Table::create()
        .table("inventory_reservation")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("reference").text().not_null())
        .col(ColumnDef::new("sku").text().not_null())
        .col(ColumnDef::new("location").text().not_null())
        .col(ColumnDef::new("quantity").big_integer().not_null())
        .col(ColumnDef::new("expires_at").timestamp_with_time_zone())
        .to_owned();
    let by_reference = Index::create()
        .name("inventory_reservation_reference")
        .table("inventory_reservation")
        .col("reference")
        .to_owned();
    let by_expiry = Index::create()
        .name("inventory_reservation_expires")
        .table("inventory_reservation")
        .col("expires_at")
        .to_owned();
    let movement = Table::create()
        .table("inventory_movement")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("sku").text().not_null())
        .col(ColumnDef::new("location").text().not_null())
        .col(ColumnDef::new("quantity").big_integer().not_null())
        .col(ColumnDef::new("reason").text().not_null())
        .col(ColumnDef::new("reference").text().not_null())
        .to_owned();
    let movement_by_sku = Index::create()
        .name("inventory_movement_sku")
        .table("inventory_movement")
        .col("sku")
        .to_owned();
    schema(backend)
        .table(&level)
        .table(&reservation)
        .index(&by_reference)
        .index(&by_expiry)
        .table(&movement)
        .index(&movement_by_sku)
        .into_statements()
}
