//! Prices: exact to a millionth, shown to the minor unit.

use hatchery_interfaces::pricing::{Price, PriceDraft, Pricing};
use hatchery_testkit::{TestStore, for_each_database};
use hatchery_types::{Currency, UnitPrice};
use serde_json::json;

use crate::scene::{self, gbp, price, sku, skus};

fn reduced(text: &str, amount: &str, list: &str) -> PriceDraft {
    let list = UnitPrice::parse(list, Currency::GBP).unwrap();
    PriceDraft { list_price: Some(list), ..price(text, amount) }
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_come_in_the_order_asked_and_are_written_only_when_they_change() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["pricing"]).await;
        let ctx = store.ctx();
        let pricing = ctx.get::<dyn Pricing>().unwrap();
        let drafts = || {
            vec![
                price("A", "2.55"),
                reduced("B", "0.125", "0.50"),
                price("C", "0"),
                price("A", "3"),
            ]
        };
        pricing.set_prices(&ctx, drafts()).await.unwrap();
        pricing.set_prices(&ctx, drafts()).await.unwrap();
        let found = pricing.prices(&ctx, skus(&["B", "X", "A", "C", "A"])).await.unwrap();
        let shown = |text: &str, micros, minor, list: Option<i64>| Price {
            sku: sku(text),
            unit: UnitPrice { micros, currency: Currency::GBP },
            price: gbp(minor),
            list_price: list.map(gbp),
        };
        let a = shown("A", 3_000_000, 300, None);
        // Half a penny goes up; the last draft of a SKU counts.
        let expected = [shown("B", 125_000, 13, Some(50)), a.clone(), shown("C", 0, 0, None), a];
        assert_eq!(found, expected);
        pricing.set_prices(&ctx, vec![price("A", "3.00"), price("C", "0.01")]).await.unwrap();
        let told = scene::told(&store, "price.changed.v1").await;
        assert_eq!(told, [json!({ "skus": ["A", "B", "C"] }), json!({ "skus": ["C"] })]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_cannot_be_stops_the_whole_change() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["pricing"]).await;
        let ctx = store.ctx();
        let pricing = ctx.get::<dyn Pricing>().unwrap();
        let foreign =
            PriceDraft { price: UnitPrice::parse("1", Currency::EUR).unwrap(), ..price("B", "1") };
        for (draft, code) in [
            (price("B", "-0.01"), "pricing.negative"),
            (reduced("B", "2", "2"), "pricing.list_price_low"),
            (foreign, "pricing.currency"),
        ] {
            let error = pricing.set_prices(&ctx, vec![price("A", "1"), draft]).await.unwrap_err();
            assert_eq!(error.code(), code);
        }
        assert!(pricing.prices(&ctx, skus(&["A", "B"])).await.unwrap().is_empty());
        assert!(store.events().await.is_empty());
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_write_prices_as_decimals() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["pricing", "identity"]).await;
        let staff = store.login_staff().await;
        let path = "/api/v1/admin/prices";
        let made = staff.post(path, &json!({ "sku": "A", "price": "2.5" })).await;
        let expected = json!({
            "id": "A",
            "version": 1,
            "data": {
                "sku": "A", "price": "2.50", "list_price": null, "updated_at": "2026-01-05T10:00:00Z",
            },
        });
        assert_eq!((made.status.as_u16(), made.json()), (201, expected));
        let of_a = format!("{path}/A");
        let cut = staff.patch(&of_a, &json!({ "price": "1.999", "list_price": "2.50" })).await;
        let data = cut.json()["data"].clone();
        assert_eq!((&data["price"], &data["list_price"]), (&json!("1.999"), &json!("2.50")));
        for (body, code) in [
            (json!({ "price": "cheap" }), "money.invalid"),
            (json!({ "price": "1.0000001" }), "money.invalid"),
            (json!({ "price": "3" }), "pricing.list_price_low"),
            (json!({ "sku": "B" }), "pricing.sku_fixed"),
        ] {
            let answer = staff.patch(&of_a, &body).await;
            assert_eq!(scene::problem(&answer), (422, code.into()), "{body}");
        }
        let ctx = store.ctx();
        let now = ctx.get::<dyn Pricing>().unwrap().prices(&ctx, skus(&["A"])).await.unwrap();
        assert_eq!((now[0].price, now[0].list_price), (gbp(200), Some(gbp(250))));
        store.close().await;
    })
    .await;
}
