//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Expr, ExprTrait, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_bank", create_bank)]
}

fn create_bank(backend: DbBackend) -> Vec<String> {
    let token = Table::create()
        .table("payment_card_sandbox_token")
        .col(ColumnDef::new("token").text().not_null().primary_key())
        .col(ColumnDef::new("behavior").text().not_null())
        .col(ColumnDef::new("last4").text().not_null())
        .col(ColumnDef::new("expires_at").timestamp_with_time_zone().not_null())
        .to_owned();
    let transaction = Table::create()
        .table("payment_card_sandbox_transaction")
        .col(ColumnDef::new("payment_id").uuid().not_null().primary_key())
        .col(ColumnDef::new("state").text().not_null())
        .col(ColumnDef::new("currency").text().not_null())
        .col(ColumnDef::new("amount").big_integer().not_null())
        .col(ColumnDef::new("captured").big_integer().not_null())
        .col(ColumnDef::new("refunded").big_integer().not_null())
        .col(ColumnDef::new("order_number").text().not_null())
        .col(ColumnDef::new("return_url").text().not_null())
        .col(ColumnDef::new("attempts").integer().not_null())
        .col(ColumnDef::new("last4").text())
        .col(ColumnDef::new("refusal").text())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .check(Expr::col("captured").lte(Expr::col("amount")))
        .check(Expr::col("refunded").lte(Expr::col("captured")))
        .to_owned();
    let refund = Table::create()
        .table("payment_card_sandbox_refund")
        .col(ColumnDef::new("key").text().not_null().primary_key())
        .col(ColumnDef::new("payment_id").uuid().not_null())
        .col(ColumnDef::new("amount").big_integer().not_null())
        .to_owned();
    let news = Table::create()
        .table("payment_card_sandbox_news")
        .col(ColumnDef::new("id").text().not_null().primary_key())
        .col(ColumnDef::new("body").text().not_null())
        .col(ColumnDef::new("delivered_at").timestamp_with_time_zone())
        .to_owned();
    schema(backend).table(&token).table(&transaction).table(&refund).table(&news).into_statements()
}
