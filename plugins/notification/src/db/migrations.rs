//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_notice", create_notice)]
}

fn create_notice(backend: DbBackend) -> Vec<String> {
    let notice = Table::create()
        .table("notification_notice")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("key").text().not_null().unique_key())
        .col(ColumnDef::new("template").text().not_null())
        .col(ColumnDef::new("recipient").text().not_null())
        .col(ColumnDef::new("locale").text().not_null())
        .col(ColumnDef::new("data").json().not_null())
        .col(ColumnDef::new("subject").text())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("sent_at").timestamp_with_time_zone())
        .to_owned();
    schema(backend).table(&notice).into_statements()
}
