//! What most suites begin with: goods on sale, a cart with some of them, an order.

use std::str::FromStr;

use hatchery_interfaces::catalog::{Catalog, ProductDraft};
use hatchery_interfaces::inventory::{Inventory, StockCount};
use hatchery_interfaces::order::{
    FulfillmentStatus, ImportedLine, ImportedOrder, OrderStatus, PaymentStatus,
};
use hatchery_interfaces::pricing::{PriceDraft, Pricing};
use hatchery_interfaces::{Sku, SkuQuantity};
use hatchery_testkit::{Answer, TestClient, TestStore};
use hatchery_types::{Currency, Money, UnitPrice};
use serde_json::{Value, json};

pub(crate) fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

pub(crate) fn skus(texts: &[&str]) -> Vec<Sku> {
    texts.iter().map(|text| sku(text)).collect()
}

pub(crate) fn quantity(text: &str, quantity: i64) -> SkuQuantity {
    SkuQuantity { sku: sku(text), quantity }
}

pub(crate) fn gbp(minor: i64) -> Money {
    Money::new(minor, Currency::GBP)
}

pub(crate) fn price(text: &str, amount: &str) -> PriceDraft {
    let price = UnitPrice::parse(amount, Currency::GBP).unwrap();
    PriceDraft { sku: sku(text), price, list_price: None }
}

pub(crate) fn count(text: &str, on_hand: i64) -> StockCount {
    StockCount { sku: sku(text), location: None, on_hand, reason: "counted".into() }
}

/// A product with a SKU; its slug is the SKU in lower case, its name the SKU.
pub(crate) fn product(text: &str) -> ProductDraft {
    draft(json!({
        "slug": text.to_lowercase(),
        "name": { "en": text, "zh-CN": format!("{text}号") },
        "variants": [{ "sku": text }],
    }))
}

pub(crate) fn draft(data: Value) -> ProductDraft {
    serde_json::from_value(data).unwrap()
}

/// Something to sell: SKU, price, and how many there are where stock is counted.
pub(crate) type Goods<'a> = (&'a str, &'a str, Option<i64>);

/// Puts goods on sale, as far as the components for it are there, and lets everybody know.
pub(crate) async fn put_on_sale(store: &TestStore, goods: &[Goods<'_>]) {
    let ctx = store.ctx();
    let drafts = goods.iter().map(|(sku, ..)| product(sku)).collect();
    ctx.get::<dyn Catalog>().unwrap().save_products(&ctx, drafts).await.unwrap();
    if let Some(pricing) = ctx.find::<dyn Pricing>() {
        let prices = goods.iter().map(|(sku, amount, _)| price(sku, amount)).collect();
        pricing.set_prices(&ctx, prices).await.unwrap();
    }
    if let Some(inventory) = ctx.find::<dyn Inventory>() {
        let counted = goods.iter().filter_map(|(sku, _, stock)| Some(count(sku, (*stock)?)));
        inventory.set_stock(&ctx, counted.collect()).await.unwrap();
    }
    store.drain().await;
}

/// The address of a new cart with so many of each SKU.
pub(crate) async fn cart(client: &TestClient, lines: &[(&str, i64)]) -> String {
    let cart = client.post("/api/v1/store/carts", &json!({})).await;
    assert_eq!(cart.status, 201, "{}", cart.text());
    let path = format!("/api/v1/store/carts/{}", cart.json()["id"].as_str().unwrap());
    for (sku, quantity) in lines {
        let line = json!({ "sku": sku, "quantity": quantity });
        let added = client.post(&format!("{path}/lines"), &line).await;
        assert_eq!(added.status, 200, "{}", added.text());
    }
    path
}

pub(crate) fn address() -> Value {
    json!({
        "name": "Ada Lovelace",
        "line1": "12 St James's Square",
        "city": "London",
        "postal_code": "SW1Y 4JH",
        "country": "GB",
    })
}

/// A checkout in a store without shipping and payment.
pub(crate) async fn check_out(client: &TestClient, cart: &str) -> Answer {
    let body = json!({ "email": "ada@example.org", "shipping_address": address() });
    client.post(&format!("{cart}/checkout"), &body).await
}

/// The order of new goods.
pub(crate) async fn order(client: &TestClient, lines: &[(&str, i64)]) -> Value {
    let placed = check_out(client, &cart(client, lines).await).await;
    assert_eq!(placed.status, 201, "{}", placed.text());
    placed.json()
}

/// A part of an answer as what it means.
#[track_caller]
pub(crate) fn part<T: FromStr>(value: &Value, key: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).parse().unwrap()
}

/// One field of every item of a list.
#[track_caller]
pub(crate) fn each(list: &Value, key: &str) -> Vec<Value> {
    let items = list["items"].as_array().unwrap_or_else(|| panic!("no list: {list}"));
    items.iter().map(|item| item[key].clone()).collect()
}

/// An answer's status and the code of its problem.
pub(crate) fn problem(answer: &Answer) -> (u16, String) {
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), code)
}

/// The data of all events of a type, oldest first.
pub(crate) async fn told(store: &TestStore, event: &str) -> Vec<Value> {
    let events = store.events().await;
    events.into_iter().filter(|(kind, _)| kind == event).map(|(_, data)| data).collect()
}

/// A delivered order of another system.
pub(crate) fn imported(number: &str, lines: Vec<ImportedLine>) -> ImportedOrder {
    ImportedOrder {
        source: "old".into(),
        number: number.into(),
        placed_at: "2011-03-01T09:00:00Z".parse().unwrap(),
        customer_reference: Some("17850".into()),
        email: None,
        country: Some("GB".into()),
        status: OrderStatus::Completed,
        payment_status: PaymentStatus::Paid,
        fulfillment_status: FulfillmentStatus::Delivered,
        lines,
        charges: Vec::new(),
        shipping_address: None,
        customer_name: None,
    }
}

/// A line of it, with its row in the source.
pub(crate) fn row(row: i64, sku: &str, quantity: i64, amount: &str) -> ImportedLine {
    let unit = UnitPrice::parse(amount, Currency::GBP).unwrap();
    ImportedLine { row, sku: Sku::new(sku).unwrap(), name: sku.into(), quantity, returned: 0, unit }
}
