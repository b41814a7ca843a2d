//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_import", create_import)]
}

fn create_import(backend: DbBackend) -> Vec<String> {
    let import = Table::create()
        .table("connect_import")
        .col(ColumnDef::new("id").text().not_null().primary_key())
        .col(ColumnDef::new("next_row").big_integer().not_null())
        .col(ColumnDef::new("updated_at").timestamp_with_time_zone().not_null())
        .to_owned();
    schema(backend).table(&import).into_statements()
}
