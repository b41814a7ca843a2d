//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 2] {
    [
        Migration::expand("0001_create_customer", create_customer),
        Migration::expand("0002_add_share", add_share),
    ]
}

fn create_customer(backend: DbBackend) -> Vec<String> {
    let customer = Table::create()
        .table("crm_customer")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("email").text().unique_key())
        .col(ColumnDef::new("name").text())
        .col(ColumnDef::new("gender").text())
        .col(ColumnDef::new("birth_date").date())
        .col(ColumnDef::new("occupation").text())
        .col(ColumnDef::new("interests").json().not_null())
        .col(ColumnDef::new("channels").json().not_null())
        .col(ColumnDef::new("address").json())
        .col(ColumnDef::new("locale").text())
        .col(ColumnDef::new("refs").json().not_null())
        .col(ColumnDef::new("orders").big_integer().not_null())
        .col(ColumnDef::new("spent").big_integer().not_null())
        .col(ColumnDef::new("first_order_at").timestamp_with_time_zone())
        .col(ColumnDef::new("last_order_at").timestamp_with_time_zone())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned();
    let reference = Table::create()
        .table("crm_reference")
        .col(ColumnDef::new("system").text().not_null())
        .col(ColumnDef::new("number").text().not_null())
        .col(ColumnDef::new("customer_id").uuid().not_null())
        .primary_key(Index::create().col("system").col("number"))
        .to_owned();
    let by_last_order = Index::create()
        .name("crm_customer_last_order")
        .table("crm_customer")
        .col("last_order_at")
        .to_owned();
    schema(backend).table(&customer).index(&by_last_order).table(&reference).into_statements()
}

fn add_share(backend: DbBackend) -> Vec<String> {
    let columns = [
        ColumnDef::new("consent_given").boolean().null().take(),
        ColumnDef::new("consent_at").timestamp_with_time_zone().null().take(),
        ColumnDef::new("consent_store").text().null().take(),
        ColumnDef::new("shared").json().null().take(),
    ];
    // SQLite adds one column at a time.
    let statements = columns.into_iter().flat_map(|column| {
        let table = Table::alter().table("crm_customer").add_column(column).take();
        schema(backend).alter(&table).into_statements()
    });
    statements.collect()
}
