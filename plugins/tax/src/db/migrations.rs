//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_rate", create_rate)]
}

fn create_rate(backend: DbBackend) -> Vec<String> {
    let rate = Table::create()
        .table("tax_rate")
        .col(ColumnDef::new("code").text().not_null().primary_key())
        .col(ColumnDef::new("name").json().not_null())
        .col(ColumnDef::new("country").text().not_null())
        .col(ColumnDef::new("region").text().not_null())
        .col(ColumnDef::new("categories").json().not_null())
        .col(ColumnDef::new("basis_points").big_integer().not_null())
        .col(ColumnDef::new("included").boolean().not_null())
        .col(ColumnDef::new("active").boolean().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned();
    schema(backend).table(&rate).into_statements()
}
