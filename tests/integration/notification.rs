//! What customers are told: an order placed with flat-rate delivery leaves a notice in its file.

use hatchery_interfaces::Sku;
use hatchery_interfaces::catalog::{Catalog, ProductDraft, Variant};
use hatchery_interfaces::pricing::{PriceDraft, Pricing};
use hatchery_testkit::TestStore;
use hatchery_types::{Currency, Localized, UnitPrice};
use serde_json::json;

const COMPONENTS: [&str; 10] = [
    "catalog",
    "pricing",
    "cart",
    "order",
    "shipping",
    "shipping-flat-rate",
    "notification",
    "message-file",
    "message-smtp",
    "identity",
];

#[tokio::test]
async fn an_order_is_told_once_to_who_placed_it() {
    let store = TestStore::new(COMPONENTS).await;
    let ctx = store.ctx();
    let sku = Sku::new("MUG-1").unwrap();
    let variant = Variant {
        sku: sku.clone(),
        name: Localized::default(),
        options: Default::default(),
        weight_grams: None,
        barcode: None,
        image: None,
    };
    let mug = ProductDraft {
        slug: "mug".into(),
        name: Localized::en("Mug"),
        variants: vec![variant],
        ..ProductDraft::default()
    };
    ctx.get::<dyn Catalog>().unwrap().save_products(&ctx, vec![mug]).await.unwrap();
    let price = UnitPrice::parse("11.50", Currency::GBP).unwrap();
    let price = PriceDraft { sku, price, list_price: None };
    ctx.get::<dyn Pricing>().unwrap().set_prices(&ctx, vec![price]).await.unwrap();

    let guest = store.http();
    let cart = guest.post("/api/v1/store/carts", &json!({})).await.json();
    let cart = format!("/api/v1/store/carts/{}", cart["id"].as_str().unwrap());
    let line = json!({ "sku": "MUG-1", "quantity": 2 });
    assert_eq!(guest.post(&format!("{cart}/lines"), &line).await.status, 200);
    let options = guest.get(&format!("{cart}/shipping-options")).await.json();
    assert_eq!(options["items"][0]["carrier"], "shipping-flat-rate", "{options}");
    let order = json!({
        "email": "ada@example.org",
        "shipping_address": {
            "name": "Ada", "line1": "1 High St", "city": "York", "postal_code": "YO1", "country": "GB",
        },
        "shipping_method": options["items"][0]["code"],
    });
    let placed = guest.post(&format!("{cart}/checkout"), &order).await;
    assert_eq!(placed.status, 201, "{}", placed.text());
    store.drain().await;

    let staff = store.login_staff().await;
    let notices = staff.get("/api/v1/admin/notices").await.json();
    let notices = notices["items"].as_array().unwrap();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0]["data"]["recipient"], "ada@example.org");
    assert!(notices[0]["data"]["sent_at"].is_string(), "{notices:?}");
    let number = placed.json()["number"].as_str().unwrap().to_owned();
    assert!(notices[0]["data"]["subject"].as_str().unwrap().contains(&number), "{notices:?}");
    store.close().await;
}
