//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Expr, ExprTrait, Index, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_payment", create_payment)]
}

fn create_payment(backend: DbBackend) -> Vec<String> {
    let payment = Table::create()
        .table("payment_payment")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("order_id").uuid().not_null())
        .col(ColumnDef::new("order_number").text().not_null())
        .col(ColumnDef::new("position").integer().not_null())
        .col(ColumnDef::new("attempt").integer().not_null())
        .col(ColumnDef::new("method").text().not_null())
        .col(ColumnDef::new("method_name").json().not_null())
        .col(ColumnDef::new("provider").text())
        .col(ColumnDef::new("currency").text().not_null())
        .col(ColumnDef::new("status").text().not_null())
        .col(ColumnDef::new("amount").big_integer().not_null())
        .col(ColumnDef::new("authorized").big_integer().not_null())
        .col(ColumnDef::new("captured").big_integer().not_null())
        .col(ColumnDef::new("capturing").big_integer())
        .col(ColumnDef::new("refunded").big_integer().not_null())
        .col(ColumnDef::new("refunding").big_integer().not_null())
        .col(ColumnDef::new("next_action").json())
        .col(ColumnDef::new("failure").text())
        .col(ColumnDef::new("reference").text())
        .col(ColumnDef::new("data").json().not_null())
        .col(ColumnDef::new("return_url").text().not_null())
        .col(ColumnDef::new("tried_at").timestamp_with_time_zone())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .check(Expr::col("authorized").lte(Expr::col("amount")))
        .check(Expr::col("captured").lte(Expr::col("authorized")))
        .check(Expr::col("refunded").add(Expr::col("refunding")).lte(Expr::col("captured")))
        .to_owned();
    let one_per_place = Index::create()
        .name("payment_payment_order")
        .table("payment_payment")
        .col("order_id")
        .col("position")
        .unique()
        .to_owned();
    let by_age = Index::create()
        .name("payment_payment_created")
        .table("payment_payment")
        .col("created_at")
        .to_owned();
    let refund = Table::create()
        .table("payment_refund")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("key").text().not_null())
        .col(ColumnDef::new("order_id").uuid().not_null())
        .col(ColumnDef::new("payment_id").uuid().not_null())
        .col(ColumnDef::new("amount").big_integer().not_null())
        .col(ColumnDef::new("status").text().not_null())
        .col(ColumnDef::new("reason").text().not_null())
        .col(ColumnDef::new("failure").text())
        .col(ColumnDef::new("created_at").timestamp_with_time_zone().not_null())
        .to_owned();
    let one_per_key = Index::create()
        .name("payment_refund_key")
        .table("payment_refund")
        .col("order_id")
        .col("key")
        .col("payment_id")
        .unique()
        .to_owned();
    let event = Table::create()
        .table("payment_event")
        .col(ColumnDef::new("id").text().not_null().primary_key())
        .col(ColumnDef::new("payment_id").uuid().not_null())
        .col(ColumnDef::new("news").json().not_null())
        .col(ColumnDef::new("applied").boolean().not_null())
        .col(ColumnDef::new("taken_at").timestamp_with_time_zone().not_null())
        .to_owned();
    schema(backend)
        .table(&payment)
        .index(&one_per_place)
        .index(&by_age)
        .table(&refund)
        .index(&one_per_key)
        .table(&event)
        .into_statements()
}
