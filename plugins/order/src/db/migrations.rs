//! Steps of the schema, append-only.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::*;
use sea_orm::DbBackend;
use sea_orm::sea_query::{ColumnDef, Index, IndexCreateStatement, Table};

/// All steps, in order.
pub(crate) fn all() -> [Migration; 1] {
    [Migration::expand("0001_create_order", create_order)]
}

fn create_order(backend: DbBackend) -> Vec<String> {
    let order = Table::create()
        .table("order_order")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("number").text().not_null().unique_key())
        .col(ColumnDef::new("token").text().not_null())
        .col(ColumnDef::new("status").text().not_null())
        .col(ColumnDef::new("payment_status").text().not_null())
        .col(ColumnDef::new("fulfillment_status").text().not_null())
        .col(ColumnDef::new("email").text())
        .col(ColumnDef::new("customer_reference").text())
        .col(ColumnDef::new("locale").text().not_null())
        .col(ColumnDef::new("currency").text().not_null())
        .col(ColumnDef::new("subtotal").big_integer().not_null())
        .col(ColumnDef::new("total").big_integer().not_null())
        .col(ColumnDef::new("shipping_address").json())
        .col(ColumnDef::new("billing_address").json())
        .col(ColumnDef::new("shipping_method").text())
        .col(ColumnDef::new("delivery_window").text())
        .col(ColumnDef::new("cart_id").uuid().unique_key())
        .col(ColumnDef::new("source").text().not_null())
        .col(ColumnDef::new("source_number").text())
        .col(ColumnDef::new("pay_until").timestamp_with_time_zone())
        .col(ColumnDef::new("placed_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned();
    let line = Table::create()
        .table("order_line")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("order_id").uuid().not_null())
        .col(ColumnDef::new("position").integer().not_null())
        .col(ColumnDef::new("sku").text().not_null())
        .col(ColumnDef::new("product_id").uuid())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("quantity").big_integer().not_null())
        .col(ColumnDef::new("shipped").big_integer().not_null())
        .col(ColumnDef::new("returned").big_integer().not_null())
        .col(ColumnDef::new("unit_micros").big_integer().not_null())
        .col(ColumnDef::new("total").big_integer().not_null())
        .col(ColumnDef::new("source_row").big_integer())
        .to_owned();
    let adjustment = Table::create()
        .table("order_adjustment")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("order_id").uuid().not_null())
        .col(ColumnDef::new("kind").text().not_null())
        .col(ColumnDef::new("label").text().not_null())
        .col(ColumnDef::new("amount").big_integer().not_null())
        .col(ColumnDef::new("included").big_integer())
        .col(ColumnDef::new("source").text().not_null())
        .col(ColumnDef::new("source_row").big_integer())
        .to_owned();
    let timeline = Table::create()
        .table("order_timeline")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("order_id").uuid().not_null())
        .col(ColumnDef::new("at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("kind").text().not_null())
        .col(ColumnDef::new("message").text().not_null())
        .col(ColumnDef::new("public").boolean().not_null())
        .to_owned();
    let returns = Table::create()
        .table("order_return")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("number").text().not_null().unique_key())
        .col(ColumnDef::new("order_id").uuid())
        .col(ColumnDef::new("order_number").text())
        .col(ColumnDef::new("status").text().not_null())
        .col(ColumnDef::new("reason").text().not_null())
        .col(ColumnDef::new("lines").json().not_null())
        .col(ColumnDef::new("charges").json().not_null())
        .col(ColumnDef::new("credit").big_integer())
        .col(ColumnDef::new("currency").text().not_null())
        .col(ColumnDef::new("source").text().not_null())
        .col(ColumnDef::new("requested_at").timestamp_with_time_zone().not_null())
        .col(ColumnDef::new("received_at").timestamp_with_time_zone())
        .col(ColumnDef::new("version").big_integer().not_null())
        .to_owned();
    let sequence = Table::create()
        .table("order_sequence")
        .col(ColumnDef::new("name").text().not_null().primary_key())
        .col(ColumnDef::new("next").big_integer().not_null())
        .to_owned();
    schema(backend)
        .table(&order)
        .index(
            &index("order_order_source", "order_order", &["source", "source_number"])
                .unique()
                .to_owned(),
        )
        .index(&index("order_order_email", "order_order", &["email"]))
        .index(&index("order_order_customer", "order_order", &["customer_reference"]))
        .index(&index("order_order_placed", "order_order", &["placed_at"]))
        .index(&index("order_order_pay_until", "order_order", &["pay_until"]))
        .table(&line)
        .index(&index("order_line_order", "order_line", &["order_id"]))
        .table(&adjustment)
        .index(&index("order_adjustment_order", "order_adjustment", &["order_id"]))
        .table(&timeline)
        .index(&index("order_timeline_order", "order_timeline", &["order_id"]))
        .table(&returns)
        .index(&index("order_return_order", "order_return", &["order_id"]))
        .table(&sequence)
        .into_statements()
}

fn index(
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}
