//! Shipping: what carriers offer, what travels, and a carrier that does not answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hatchery_component::{
    Component, Ctx, Declaration, Error, Instance, Kind, Manifest, StoreContext,
};
use hatchery_interfaces::order::OrderId;
use hatchery_interfaces::shipping::{
    Carrier, NewShipment, Shipment, Shipping, ShippingLine, ShippingQuery, ShippingRate,
};
use hatchery_testkit::{TestDatabase, TestStore, TestStoreOptions, for_each_database};
use hatchery_types::{Locale, Localized};
use serde_json::{Value, json};

use crate::scene::{self, address, gbp, part, quantity};

const COMPONENTS: [&str; 8] = [
    "catalog",
    "pricing",
    "inventory",
    "cart",
    "order",
    "shipping",
    "shipping-flat-rate",
    "identity",
];

/// A carrier that carries mugs to Peru only, knows where its parcels are, and is out of order otherwise.
struct Llama;

#[async_trait]
impl Component for Llama {
    fn declare(&self) -> Declaration {
        Declaration::new()
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance, Error> {
        let carrier: Arc<dyn Carrier> = Arc::new(Self);
        Ok(Instance::new(Arc::new(())).provide::<dyn Carrier>(carrier))
    }
}

#[async_trait]
impl Carrier for Llama {
    async fn rates(&self, _: &Ctx, query: ShippingQuery) -> Result<Vec<ShippingRate>, Error> {
        if query.country.as_deref() != Some("PE") {
            return Err(Error::new(Kind::Unavailable, "llama.sleeps", "The llama sleeps."));
        }
        let rate = |code: &str, minor| ShippingRate {
            code: code.into(),
            name: Localized::en(format!("Llama {code}")),
            price: gbp(minor),
            delivery_windows: Vec::new(),
        };
        Ok(vec![rate("slow", 100), rate("express", 695)])
    }

    async fn tracking_urls(
        &self,
        _: &Ctx,
        numbers: Vec<String>,
    ) -> Result<BTreeMap<String, String>, Error> {
        let ours = numbers.into_iter().filter(|number| number.starts_with('L'));
        Ok(ours.map(|number| (number.clone(), format!("https://llama.example/{number}"))).collect())
    }
}

async fn shop(database: TestDatabase) -> TestStore {
    let manifest = "id = \"carrier-llama\"\nversion = \"0.1.0\"\nsummary = \"For tests.\"\n\
                    [provides]\ncarrier = { version = \"1.0.0\", collective = true }\n";
    let llama: Arc<dyn Component> = Arc::new(Llama);
    let store = TestStore::with(TestStoreOptions {
        components: Some(COMPONENTS.map(str::to_owned).to_vec()),
        fakes: vec![(Manifest::parse(manifest).unwrap(), llama)],
        database,
        ..TestStoreOptions::default()
    })
    .await;
    scene::put_on_sale(&store, &[("MUG", "11.50", Some(20))]).await;
    store
}

#[tokio::test(flavor = "multi_thread")]
async fn carriers_offer_their_ways_cheapest_first() {
    let store = shop(TestDatabase::Sqlite).await;
    let guest = store.http();
    let cart = scene::cart(&guest, &[("MUG", 1)]).await;
    let options = guest.get(&format!("{cart}/shipping-options")).await;
    assert_eq!(options.status, 200, "{}", options.text());
    let options = options.json();
    // It is Monday in London; the next three working days can be chosen.
    let window = |day: u32, name: &str, part: &str, from: u32, to: u32| {
        json!({
            "code": format!("2026-01-{day:02}-{part}"),
            "label": format!("{name} {day} Jan {part}, {from}–{to}"),
            "from": format!("2026-01-{day:02}T{from:02}:00:00Z"),
            "to": format!("2026-01-{day:02}T{to:02}:00:00Z"),
        })
    };
    let windows: Vec<Value> = [(6, "Tue"), (7, "Wed"), (8, "Thu")]
        .into_iter()
        .flat_map(|(day, name)| {
            [("morning", 8, 12), ("afternoon", 12, 17), ("evening", 17, 21)]
                .map(|(part, from, to)| window(day, name, part, from, to))
        })
        .collect();
    let expected = json!({ "items": [
        {
            "code": "standard",
            "name": "Standard delivery, 2 to 4 days",
            "price": gbp(395),
            "delivery_windows": [],
            "carrier": "shipping-flat-rate",
        },
        {
            "code": "express",
            "name": "Express delivery, choose your time",
            "price": gbp(695),
            "delivery_windows": windows,
            "carrier": "shipping-flat-rate",
        },
    ], "next_cursor": null });
    assert_eq!(options, expected, "a carrier that fails is left out");
    let peru =
        guest.get(&format!("{cart}/shipping-options?country=PE&postal_code=08000")).await.json();
    assert_eq!(scene::each(&peru, "code"), [json!("slow"), json!("standard"), json!("express")]);
    assert_eq!(peru["items"][0]["carrier"], "carrier-llama");
    let chinese = store.http().with_header("accept-language", "zh-CN");
    let chinese = chinese.get(&format!("{cart}/shipping-options")).await.json();
    assert_eq!(chinese["items"][0]["name"], "标准配送（2–4天）");

    // 46.00 are carried for nothing.
    let large = scene::cart(&guest, &[("MUG", 4)]).await;
    let large = guest.get(&format!("{large}/shipping-options")).await.json();
    assert_eq!(scene::each(&large, "price"), [json!(gbp(0)), json!(gbp(695))]);
    let nowhere = "/api/v1/store/carts/01900000-0000-7000-8000-0000000fffff/shipping-options";
    assert_eq!(scene::problem(&guest.get(nowhere).await), (404, "cart.unknown".into()));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_takes_a_way_there_is_and_adds_its_price() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let cart = scene::cart(&guest, &[("MUG", 2)]).await;
        let check_out = |body: Value| {
            let (guest, path) = (&guest, format!("{cart}/checkout"));
            async move { guest.post(&path, &body).await }
        };
        let missing = check_out(json!({ "email": "ada@example.org" })).await;
        assert_eq!(scene::problem(&missing), (422, "order.input_invalid".into()));
        assert_eq!(missing.json()["fields"][0]["field"], "/shipping_address");
        let body = |method: Value, window: Value| {
            json!({
                "email": "ada@example.org",
                "shipping_address": address(),
                "shipping_method": method,
                "delivery_window": window,
            })
        };
        for method in [Value::Null, json!("pigeon"), json!("slow")] {
            let unknown = check_out(body(method.clone(), Value::Null)).await;
            let code = "order.shipping_method_unknown";
            assert_eq!(scene::problem(&unknown), (422, code.into()), "{method}");
            assert_eq!(unknown.json()["details"], json!({ "known": ["standard", "express"] }));
        }
        let late = check_out(body(json!("express"), json!("2026-01-10-morning"))).await;
        assert_eq!(scene::problem(&late), (422, "order.delivery_window_unknown".into()));
        let placed = check_out(body(json!("express"), json!("2026-01-07-evening"))).await;
        assert_eq!(placed.status, 201, "{}", placed.text());
        let order = placed.json();
        let shipping = json!({
            "kind": "shipping",
            "label": "Express delivery, choose your time",
            "amount": gbp(695),
            "source": "express",
        });
        assert_eq!(order["adjustments"], json!([shipping]));
        assert_eq!((&order["subtotal"], &order["total"]), (&json!(gbp(2300)), &json!(gbp(2995))));
        assert_eq!(order["delivery_window"], "2026-01-07-evening");

        let staff = store.login_staff().await;
        for (action, input) in [
            ("review", json!({})),
            (
                "ship",
                json!({ "lines": [{ "sku": "MUG", "quantity": 1 }], "tracking_number": "L1" }),
            ),
            ("ship", json!({ "carrier": "Swallow", "tracking_number": "S1" })),
            ("deliver", json!({ "signed_by": "Ada" })),
        ] {
            store.clock.advance(chrono::TimeDelta::hours(1));
            let body = json!({ "ids": [order["id"]], "input": input });
            let done = staff.post(&format!("/api/v1/admin/orders/actions/{action}"), &body).await;
            assert_eq!(done.status, 200, "{action}: {}", done.text());
        }
        let link = format!(
            "/api/v1/store/orders/{}?token={}",
            part::<String>(&order, "number"),
            part::<String>(&order, "token")
        );
        let seen = guest.get(&link).await.json();
        let shipment = |index: usize, carrier: &str, number: &str, url: Option<&str>, hour: u32| {
            json!({
                "id": seen["shipments"][index]["id"],
                "order_id": order["id"],
                "lines": [{ "sku": "MUG", "quantity": 1 }],
                "carrier": carrier,
                "tracking_number": number,
                "tracking_url": url,
                "dispatched_at": format!("2026-01-05T{hour:02}:00:00Z"),
                "delivered_at": "2026-01-05T14:00:00Z",
                "signed_by": "Ada",
            })
        };
        let expected = json!([
            shipment(0, "express", "L1", Some("https://llama.example/L1"), 12),
            shipment(1, "Swallow", "S1", None, 13),
        ]);
        assert_eq!(seen["shipments"], expected, "{seen}");
        let told = scene::told(&store, "shipment.dispatched.v1").await;
        let id =
            |index: usize| json!({ "id": seen["shipments"][index]["id"], "order_id": order["id"] });
        assert_eq!(told, [id(0), id(1)]);
        let listed = staff.get("/api/v1/admin/shipments?sort=-dispatched_at").await.json();
        assert_eq!(scene::each(&listed, "id")[1], seen["shipments"][0]["id"]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shipments_are_read_in_batches_oldest_first() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let ctx = store.ctx();
        let shipping = ctx.get::<dyn Shipping>().unwrap();
        let orders: [OrderId; 2] = [ctx.new_id(), ctx.new_id()];
        let mut sent: Vec<Shipment> = Vec::new();
        for (order, number) in [(0, "1"), (1, "2"), (0, "3")] {
            let shipment = NewShipment {
                order_id: orders[order],
                lines: vec![quantity("MUG", 2)],
                method: Some("standard".into()),
                address: None,
                carrier: Some(" ".into()),
                tracking_number: Some(number.into()),
            };
            sent.push(shipping.dispatch(&ctx, shipment).await.unwrap());
            store.clock.advance(chrono::TimeDelta::hours(1));
        }
        let numbers = |shipments: Vec<Shipment>| {
            shipments.into_iter().filter_map(|it| it.tracking_number).collect::<Vec<_>>()
        };
        let asked = vec![orders[1], ctx.new_id(), orders[0]];
        let found = shipping.shipments(&ctx, asked).await.unwrap();
        assert!(found.iter().all(|it| it.carrier == "standard"), "{found:?}");
        assert_eq!(numbers(found), ["1", "2", "3"]);
        assert!(shipping.shipments(&ctx, vec![]).await.unwrap().is_empty());
        shipping.deliver(&ctx, orders[0], None).await.unwrap();
        let found = shipping.shipments(&ctx, orders.to_vec()).await.unwrap();
        let delivered: Vec<bool> = found.iter().map(|it| it.delivered_at.is_some()).collect();
        assert_eq!(delivered, [true, false, true]);

        let query = ShippingQuery {
            country: None,
            postal_code: None,
            lines: vec![ShippingLine { sku: scene::sku("MUG"), quantity: 1, weight_grams: None }],
            subtotal: gbp(1150),
        };
        let chinese = ctx.with_locale(Locale::zh_cn());
        let options = shipping.options(&chinese, query.clone()).await.unwrap();
        assert_eq!(options[1].delivery_windows[0].label, "1月6日上午 8–12点");
        let inside = ctx.transaction(|ctx| async move {
            ctx.get::<dyn Shipping>()?.options(&ctx, query).await.map(drop)
        });
        assert!(inside.await.is_err(), "nobody outside is asked in a unit of work");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_of_a_store_are_what_its_settings_say() {
    let store = TestStore::new(COMPONENTS).await;
    scene::put_on_sale(&store, &[("MUG", "11.50", None)]).await;
    let settings = r#"
[[shipping-flat-rate.methods]]
code = "local"
name = { en = "By bicycle" }
price = "2.005"
countries = ["GB", "ie"]
max_weight_grams = 0
free_from = "20"
"#;
    store.configure("stores/demo.toml", settings);
    store.kernel.reload_settings().await.unwrap_or_else(|error| panic!("{}", error.chain()));
    let guest = store.http();
    let options = |lines: &'static [(&'static str, i64)], country: &'static str| {
        let guest = &guest;
        async move {
            let cart = scene::cart(guest, lines).await;
            let path = format!("{cart}/shipping-options?country={country}");
            scene::each(&guest.get(&path).await.json(), "price")
        }
    };
    assert_eq!(options(&[("MUG", 1)], "IE").await, [json!(gbp(201))]);
    assert_eq!(options(&[("MUG", 2)], "gb").await, [json!(gbp(0))]);
    assert!(options(&[("MUG", 1)], "FR").await.is_empty());
    let twice = format!("{settings}\n{}", settings.trim());
    store.configure("stores/demo.toml", &twice);
    let refused = store.kernel.reload_settings().await.unwrap_err();
    assert!(refused.message().contains("'local' stands twice"), "{}", refused.message());
    assert_eq!(options(&[("MUG", 1)], "IE").await, [json!(gbp(201))], "it runs on as it was");
    store.close().await;
}
