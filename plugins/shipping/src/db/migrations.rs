//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_shipment", create_shipment)]
}

fn create_shipment(backend: DbBackend) -> Vec<String> {
    let shipment = Table::create()
        .table("shipping_shipment")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("order_id").uuid().not_null())
        .col(ColumnDef::new("lines").json().not_null())
        .col(ColumnDef::new("method").text())
        .col(ColumnDef::new("carrier").text().not_null())
        .col(ColumnDef::new("tracking_number").text())
        .col(ColumnDef::new("address").json())
        .col(ColumnDef::new("dispatched_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("delivered_at").timestamp_with_time_zone())
        .col(ColumnDef::new("signed_by").text())
        .to_owned();
    let by_order = Index::create()
        .name("shipping_shipment_order")
        .table("shipping_shipment")
        .col("order_id")
        .to_owned();
    schema(backend).table(&shipment).index(&by_order).into_statements()
}
