//! Orders: placed once whatever happens at the same moment, exact to the penny, taken through their steps.

use chrono::TimeDelta;
use futures::future::join_all;
use hatchery_component::Kind;
use hatchery_interfaces::cart::CartId;
use hatchery_interfaces::inventory::Inventory;
use hatchery_interfaces::order::{
    ImportCounts, ImportedCharge, ImportedOrder, ImportedReturn, Order, OrderId, Orders,
};
use hatchery_interfaces::pricing::Pricing;
use hatchery_testkit::{Answer, TestClient, TestDatabase, TestStore, for_each_database};
use hatchery_types::{Query, Sort};
use serde_json::{Value, json};

use crate::scene::{self, address, gbp, part, price, skus};

/// A store that sells without payment and shipping.
const COMPONENTS: [&str; 6] = ["catalog", "pricing", "inventory", "cart", "order", "identity"];

async fn shop(database: TestDatabase) -> TestStore {
    let store = TestStore::on(database, COMPONENTS).await;
    scene::put_on_sale(&store, &[("A", "2.55", Some(50)), ("B", "0.125", None)]).await;
    store
}

async fn available(store: &TestStore, text: &str) -> Option<i64> {
    let ctx = store.ctx();
    let inventory = ctx.get::<dyn Inventory>().unwrap();
    inventory.availability(&ctx, skus(&[text])).await.unwrap()[0].available
}

fn path(order: &Value, step: &str) -> String {
    let (number, token): (String, String) = (part(order, "number"), part(order, "token"));
    format!("/api/v1/store/orders/{number}{step}?token={token}")
}

/// Does an action of staff on an order.
async fn act(staff: &TestClient, order: &Value, action: &str, input: Value) -> Answer {
    let body = json!({ "ids": [order["id"]], "input": input });
    staff.post(&format!("/api/v1/admin/orders/actions/{action}"), &body).await
}

async fn acted(staff: &TestClient, order: &Value, action: &str, input: Value) -> Value {
    let done = act(staff, order, action, input).await;
    assert_eq!(done.status, 200, "{action}: {}", done.text());
    done.json()["result"]["orders"][0].clone()
}

/// Order, payment and fulfillment status.
fn states(order: &Value) -> [&str; 3] {
    ["status", "payment_status", "fulfillment_status"].map(|key| order[key].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_gives_the_whole_order_and_its_link() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let cart = scene::cart(&guest, &[("A", 2), ("B", 3)]).await;
        let mut billing = address();
        billing["name"] = json!("Charles Babbage");
        let body = json!({
            "email": " Ada@Example.org ",
            "shipping_address": address(),
            "billing_address": billing,
        });
        let placed = guest.post(&format!("{cart}/checkout"), &body).await;
        assert_eq!(placed.status, 201, "{}", placed.text());
        let order = placed.json();
        let token: String = part(&order, "token");
        assert!(token.len() >= 32, "{token}");
        let line =
            |index: usize, text: &str, quantity: i64, micros: i64, minor: i64, total: i64| {
                json!({
                    "id": order["lines"][index]["id"],
                    "sku": text,
                    "product_id": order["lines"][index]["product_id"],
                    "name": text,
                    "quantity": quantity,
                    "returned": 0,
                    "unit_price": gbp(minor),
                    "unit": { "micros": micros, "currency": "GBP" },
                    "total": gbp(total),
                })
            };
        let expected = json!({
            "id": order["id"],
            "number": "100001",
            "token": token,
            "status": "placed",
            "payment_status": "unpaid",
            "fulfillment_status": "unfulfilled",
            "email": "ada@example.org",
            "customer_reference": null,
            "locale": "en",
            "currency": "GBP",
            "lines": [line(0, "A", 2, 2_550_000, 255, 510), line(1, "B", 3, 125_000, 13, 38)],
            "adjustments": [],
            "subtotal": gbp(548),
            "total": gbp(548),
            "shipping_address": address(),
            "billing_address": billing,
            "shipping_method": null,
            "delivery_window": null,
            "timeline": [
                { "at": "2026-01-05T10:00:00Z", "kind": "placed", "message": "", "public": true },
            ],
            "placed_at": "2026-01-05T10:00:00Z",
            "source": "storefront",
            "version": 1,
            "payment": null,
            "shipments": [],
            "returns": [],
            "can_cancel": true,
            "can_return": false,
            "can_pay": false,
        });
        assert_eq!(order, expected);
        assert_eq!(guest.get(&path(&order, "")).await.json(), expected, "as the link shows it");
        assert_eq!(available(&store, "A").await, Some(48));
        for wrong in ["", "?token=", "?token=wrong", &format!("?token={token}0")] {
            let hidden = guest.get(&format!("/api/v1/store/orders/100001{wrong}")).await;
            assert_eq!(scene::problem(&hidden), (404, "order.unknown".into()), "{wrong}");
        }
        let nobody = guest.get(&format!("/api/v1/store/orders/1?token={token}")).await;
        assert_eq!(scene::problem(&nobody), (404, "order.unknown".into()));
        let events = scene::told(&store, "order.placed.v1").await;
        let id: CartId = cart.rsplit('/').next().unwrap().parse().unwrap();
        assert_eq!(events, [json!({ "id": order["id"], "number": "100001", "cart_id": id })]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_that_lacks_something_says_what_and_changes_nothing() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let cart = scene::cart(&guest, &[("A", 2)]).await;
        let with = |key: &str, value: Value| {
            let mut body = json!({ "email": "ada@example.org", "shipping_address": address() });
            match key.split_once('/') {
                Some((outer, inner)) => body[outer][inner] = value,
                None => body[key] = value,
            }
            body
        };
        for (body, field) in [
            (with("email", json!("ada")), "/email"),
            (with("email", json!("ada@localhost")), "/email"),
            (with("email", json!("a@b.c, d@e.f")), "/email"),
            (with("email", json!("")), "/email"),
            (with("shipping_address/name", json!(" ")), "/shipping_address/name"),
            (with("shipping_address/line1", json!("")), "/shipping_address/line1"),
            (with("shipping_address/city", json!("x".repeat(201))), "/shipping_address/city"),
            (with("shipping_address/country", json!("Britain")), "/shipping_address/country"),
        ] {
            let refused = guest.post(&format!("{cart}/checkout"), &body).await;
            assert_eq!(scene::problem(&refused), (422, "order.input_invalid".into()), "{body}");
            assert_eq!(refused.json()["fields"][0]["field"], field, "{}", refused.text());
        }
        for (body, code) in [
            (with("gift", json!(true)), "request.invalid"),
            (json!({}), "request.invalid"),
            (json!([]), "request.invalid"),
        ] {
            let refused = guest.post(&format!("{cart}/checkout"), &body).await;
            assert_eq!(scene::problem(&refused), (422, code.into()), "{body}");
        }
        let empty = scene::check_out(&guest, &scene::cart(&guest, &[]).await).await;
        assert_eq!(scene::problem(&empty), (409, "order.cart_empty".into()));
        let nowhere = "/api/v1/store/carts/01900000-0000-7000-8000-0000000fffff";
        let unknown = scene::check_out(&guest, nowhere).await;
        assert_eq!(scene::problem(&unknown), (404, "cart.unknown".into()));

        // Somebody else was faster.
        let ctx = store.ctx();
        let inventory = ctx.get::<dyn Inventory>().unwrap();
        inventory.set_stock(&ctx, vec![scene::count("A", 1)]).await.unwrap();
        let short = scene::check_out(&guest, &cart).await;
        assert_eq!(scene::problem(&short), (409, "inventory.insufficient".into()));
        let details = json!({ "shortages": [{ "sku": "A", "requested": 2, "available": 1 }] });
        assert_eq!(short.json()["details"], details);
        assert_eq!(available(&store, "A").await, Some(1));
        assert!(scene::told(&store, "order.placed.v1").await.is_empty());
        inventory.set_stock(&ctx, vec![scene::count("A", 2)]).await.unwrap();
        let placed = scene::check_out(&guest, &cart).await;
        assert_eq!(
            placed.json()["number"],
            "100001",
            "the cart is open still, and no number is lost"
        );
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_cart_is_the_same_order_however_often_and_at_once() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let cart = scene::cart(&guest, &[("A", 2)]).await;
        let mut placed = Vec::new();
        for answer in join_all((0..10).map(|_| scene::check_out(&guest, &cart))).await {
            match answer.status.as_u16() {
                201 => placed.push((
                    part::<String>(&answer.json(), "number"),
                    answer.json()["token"].clone(),
                )),
                // Two that collide on PostgreSQL: it may be sent again.
                503 => {}
                other => panic!("{other}: {}", answer.text()),
            }
        }
        let again = scene::check_out(&guest, &cart).await;
        assert_eq!(again.status, 201, "{}", again.text());
        placed.push((part(&again.json(), "number"), again.json()["token"].clone()));
        placed.dedup();
        assert_eq!(placed.len(), 1, "{placed:?}");
        assert_eq!(available(&store, "A").await, Some(48));
        assert_eq!(scene::told(&store, "order.placed.v1").await.len(), 1);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_answer() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let cart = scene::cart(&guest, &[("A", 2)]).await;
        let body = json!({ "email": "ada@example.org", "shipping_address": address() });
        let send = |body: &Value, key: &'static str| {
            let (guest, path, body) = (&guest, format!("{cart}/checkout"), body.clone());
            async move {
                guest
                    .json_with("POST".parse().unwrap(), &path, &body, &[("idempotency-key", key)])
                    .await
            }
        };
        let mut first = None;
        for answer in join_all((0..10).map(|_| send(&body, "key-1"))).await {
            match answer.status.as_u16() {
                201 => {
                    let order = first.get_or_insert_with(|| answer.json());
                    assert_eq!(answer.json(), *order);
                }
                409 => assert_eq!(scene::problem(&answer).1, "idempotency.in_flight"),
                other => panic!("{other}: {}", answer.text()),
            }
        }
        let first = first.unwrap();
        let again = send(&body, "key-1").await;
        assert_eq!((again.status.as_u16(), again.json()), (201, first.clone()));
        assert_eq!(again.header("idempotency-replayed"), "true");
        let mut other = body.clone();
        other["email"] = json!("eve@example.org");
        let reused = send(&other, "key-1").await;
        assert_eq!(scene::problem(&reused), (422, "idempotency.reused".into()));
        let second_key = send(&body, "key-2").await;
        assert_eq!(second_key.json()["number"], first["number"], "the cart is that order");
        assert_eq!(available(&store, "A").await, Some(48));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_buyers_of_fifty_things_are_fifty_orders() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let store_ref = &store;
        let buy = |number: usize| async move {
            let guest = store_ref.http();
            let cart = scene::cart(&guest, &[("A", 1), ("B", 1)]).await;
            loop {
                let answer = scene::check_out(&guest, &cart).await;
                match answer.status.as_u16() {
                    201 => return Some(part::<String>(&answer.json(), "number")),
                    503 => continue,
                    _ => {
                        let code = scene::problem(&answer).1;
                        assert_eq!(code, "inventory.insufficient", "{number}: {}", answer.text());
                        return None;
                    }
                }
            }
        };
        let mut numbers: Vec<String> =
            join_all((0..200).map(buy)).await.into_iter().flatten().collect();
        numbers.sort();
        let all: Vec<String> = (100_001..=100_050).map(|number| number.to_string()).collect();
        assert_eq!(numbers, all, "fifty orders, and no number is missing");
        assert_eq!(available(&store, "A").await, Some(0));
        assert_eq!(scene::told(&store, "order.placed.v1").await.len(), 50);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_reviewed_shipped_delivered_and_sent_back() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let staff = store.login_staff().await;
        let order = scene::order(&guest, &[("A", 3), ("B", 3)]).await;
        let early = guest
            .post(&path(&order, "/returns"), &json!({ "lines": [{ "sku": "A", "quantity": 1 }] }))
            .await;
        assert_eq!(scene::problem(&early), (409, "order.not_possible".into()));
        for (action, input) in
            [("ship", json!({})), ("deliver", json!({})), ("receive-return", json!({}))]
        {
            let refused = act(&staff, &order, action, input).await;
            assert_eq!(scene::problem(&refused), (409, "order.not_possible".into()), "{action}");
        }
        let reviewed = acted(&staff, &order, "review", Value::Null).await;
        assert_eq!(states(&reviewed), ["reviewed", "unpaid", "unfulfilled"]);
        let twice = act(&staff, &order, "review", Value::Null).await;
        assert_eq!(scene::problem(&twice), (409, "order.not_possible".into()));
        acted(&staff, &order, "answer", json!({ "message": "It leaves today." })).await;
        let some = json!({ "lines": [{ "sku": "A", "quantity": 2 }], "tracking_number": "T1" });
        let some = acted(&staff, &order, "ship", some).await;
        assert_eq!(states(&some), ["reviewed", "unpaid", "partially_shipped"]);
        let cancel = guest.post(&path(&order, "/cancel"), &json!({})).await;
        assert_eq!(scene::problem(&cancel), (409, "order.not_possible".into()));
        let rest = acted(
            &staff,
            &order,
            "ship",
            json!({ "lines": [
            { "sku": "A", "quantity": 9 }, { "sku": "B", "quantity": 9 },
        ] }),
        )
        .await;
        assert_eq!(states(&rest), ["reviewed", "unpaid", "shipped"]);
        assert_eq!(available(&store, "A").await, Some(47));
        acted(&staff, &order, "deliver", json!({ "signed_by": "Ada" })).await;

        let back = |lines: Value| {
            let (guest, order) = (&guest, &order);
            async move {
                guest
                    .post(&path(order, "/returns"), &json!({ "lines": lines, "reason": "Chipped" }))
                    .await
            }
        };
        for (lines, status, code) in [
            (json!([]), 422, "order.nothing_to_return"),
            (json!([{ "sku": "A", "quantity": 0 }]), 422, "order.nothing_to_return"),
            (json!([{ "sku": "A", "quantity": 4 }]), 409, "order.too_many_returned"),
            (
                json!([{ "sku": "A", "quantity": 2 }, { "sku": "A", "quantity": 2 }]),
                409,
                "order.too_many_returned",
            ),
            (
                json!([{ "sku": "A", "quantity": i64::MAX }, { "sku": "A", "quantity": i64::MAX }]),
                409,
                "order.too_many_returned",
            ),
            (json!([{ "sku": "X", "quantity": 1 }]), 409, "order.too_many_returned"),
        ] {
            let refused = back(lines.clone()).await;
            assert_eq!(
                scene::problem(&refused),
                (status, code.into()),
                "{lines}: {}",
                refused.text()
            );
        }
        let rma = back(json!([{ "sku": "A", "quantity": 1 }, { "sku": "B", "quantity": 1 }])).await;
        assert_eq!(rma.status, 201, "{}", rma.text());
        let rma = rma.json();
        assert_eq!((&rma["status"], &rma["credit"]), (&json!("requested"), &Value::Null), "{rma}");
        let received =
            acted(&staff, &order, "receive-return", json!({ "number": rma["number"] })).await;
        assert_eq!(states(&received), ["reviewed", "unpaid", "partially_returned"]);
        let again = act(&staff, &order, "receive-return", json!({ "number": rma["number"] })).await;
        assert_eq!(scene::problem(&again), (404, "order.return_unknown".into()));
        assert_eq!(available(&store, "A").await, Some(48));
        store.drain().await;

        let rest =
            back(json!([{ "sku": "A", "quantity": 2 }, { "sku": "B", "quantity": 2 }])).await;
        assert_eq!(rest.status, 201, "{}", rest.text());
        // The same from the list of returns; twice is refused.
        for expected in [200, 409] {
            let body = json!({ "ids": [rest.json()["id"]], "input": null });
            let received = staff.post("/api/v1/admin/returns/actions/receive", &body).await;
            assert_eq!(received.status, expected, "{}", received.text());
        }
        let seen = guest.get(&path(&order, "")).await.json();
        assert_eq!(states(&seen), ["reviewed", "unpaid", "returned"]);
        let credits: Vec<i64> = seen["returns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rma| rma["credit"]["minor"].as_i64().unwrap())
            .collect();
        assert_eq!(
            credits.iter().sum::<i64>(),
            765 + 38,
            "what came back is what was paid: {credits:?}"
        );
        let kinds: Vec<&str> = seen["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["kind"].as_str().unwrap())
            .collect();
        let expected = [
            "placed",
            "reviewed",
            "answered",
            "shipped",
            "shipped",
            "delivered",
            "return_requested",
            "returned",
            "return_requested",
            "returned",
        ];
        assert_eq!(kinds, expected);
        let changes = scene::told(&store, "order.changed.v1").await;
        let told: Vec<&str> = changes.iter().map(|it| it["change"].as_str().unwrap()).collect();
        assert_eq!(told, expected[1..]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_is_asked_for_in_time_and_only_once_at_the_same_moment() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let staff = store.login_staff().await;
        let order = scene::order(&guest, &[("A", 3)]).await;
        acted(&staff, &order, "review", Value::Null).await;
        acted(&staff, &order, "ship", json!({})).await;
        acted(&staff, &order, "deliver", json!({})).await;
        let all = json!({ "lines": [{ "sku": "A", "quantity": 3 }] });
        let returns = path(&order, "/returns");
        let mut opened = 0;
        for answer in join_all((0..6).map(|_| guest.post(&returns, &all))).await {
            match answer.status.as_u16() {
                201 => opened += 1,
                409 => assert_eq!(scene::problem(&answer).1, "order.too_many_returned"),
                other => assert_eq!(other, 503, "{}", answer.text()),
            }
        }
        let seen = guest.get(&path(&order, "")).await.json();
        assert_eq!((opened, seen["returns"].as_array().unwrap().len()), (1, 1));

        let late = scene::order(&guest, &[("A", 1)]).await;
        for step in ["review", "ship", "deliver"] {
            acted(&staff, &late, step, json!({})).await;
        }
        store.clock.advance(TimeDelta::days(31));
        let lines = json!({ "lines": [{ "sku": "A", "quantity": 1 }] });
        let refused = guest.post(&path(&late, "/returns"), &lines).await;
        assert_eq!(scene::problem(&refused), (409, "order.return_too_late".into()));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_order_gives_its_goods_back_once() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let order = scene::order(&guest, &[("A", 3)]).await;
        let wrong =
            guest.post("/api/v1/store/orders/100001/cancel", &json!({ "token": "no" })).await;
        assert_eq!(scene::problem(&wrong), (404, "order.unknown".into()));
        let cancel = path(&order, "/cancel");
        let body = json!({ "reason": "Changed my mind" });
        let mut done = 0;
        for answer in join_all((0..6).map(|_| guest.post(&cancel, &body))).await {
            match answer.status.as_u16() {
                200 => done += 1,
                409 => assert_eq!(scene::problem(&answer).1, "order.not_possible"),
                other => assert_eq!(other, 503, "{}", answer.text()),
            }
        }
        assert_eq!(done, 1);
        store.drain().await;
        assert_eq!(available(&store, "A").await, Some(50));
        let seen = guest.get(&path(&order, "")).await.json();
        assert_eq!(states(&seen), ["cancelled", "unpaid", "unfulfilled"]);
        assert_eq!(seen["timeline"][1]["message"], "Changed my mind");
        let staff = store.login_staff().await;
        for action in ["review", "ship", "deliver", "cancel"] {
            let refused = act(&staff, &order, action, json!({})).await;
            assert_eq!(scene::problem(&refused), (409, "order.not_possible".into()), "{action}");
        }
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_baskets_and_purchases_are_read_in_batches() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let mut placed = Vec::new();
        for lines in [&[("A", 1)][..], &[("A", 2), ("B", 1)], &[("B", 4)]] {
            placed.push(scene::order(&guest, lines).await);
            store.clock.advance(TimeDelta::hours(1));
        }
        let cancelled = guest.post(&path(&placed[2], "/cancel"), &json!({})).await;
        assert_eq!(cancelled.status, 200);
        let ids: Vec<OrderId> = placed.iter().map(|order| part(order, "id")).collect();
        let ctx = store.ctx();
        let orders = ctx.get::<dyn Orders>().unwrap();
        let numbers =
            |orders: Vec<Order>| orders.into_iter().map(|it| it.number).collect::<Vec<_>>();
        let asked = vec![ids[2], ctx.new_id(), ids[0]];
        assert_eq!(numbers(orders.orders(&ctx, asked).await.unwrap()), ["100003", "100001"]);
        let asked = ["100002", "7", "100001"].map(str::to_owned).to_vec();
        let found = orders.orders_by_number(&ctx, asked).await.unwrap();
        assert_eq!(numbers(found), ["100002", "100001"]);
        let query = || Query::<Order>::new().order_by(Sort::descending("total")).limit(2);
        let page = orders.list_orders(&ctx, query()).await.unwrap();
        assert_eq!(numbers(page.items), ["100002", "100001"]);
        let rest =
            orders.list_orders(&ctx, query().after(page.next_cursor.unwrap())).await.unwrap();
        assert_eq!((numbers(rest.items), rest.next_cursor), (vec!["100003".to_owned()], None));

        let basket = |index: usize, lines: &[(&str, i64)]| {
            json!({
                "order_id": ids[index],
                "customer": "ada@example.org",
                "placed_at": placed[index]["placed_at"],
                "lines": lines,
            })
        };
        let two = [basket(0, &[("A", 1)]), basket(1, &[("A", 2), ("B", 1)])];
        assert_eq!(json!(orders.baskets(&ctx, None, 10).await.unwrap()), json!(two));
        assert_eq!(json!(orders.baskets(&ctx, Some(ids[0]), 10).await.unwrap()), json!([two[1]]));
        assert_eq!(json!(orders.baskets(&ctx, None, 1).await.unwrap()), json!([two[0]]));
        assert_eq!(json!(orders.baskets_of(&ctx, ids.clone()).await.unwrap()), json!(two));
        let buyers = orders.buyers(&ctx, vec![ids[2], ctx.new_id(), ids[0]]).await.unwrap();
        let found: Vec<(OrderId, &str, Option<&str>)> =
            buyers.iter().map(|it| (it.order_id, &*it.source, it.email.as_deref())).collect();
        let ada = Some("ada@example.org");
        assert_eq!(found, [(ids[2], "storefront", ada), (ids[0], "storefront", ada)]);
        let customers = ["nobody@example.org", "ada@example.org"].map(str::to_owned).to_vec();
        let bought = json!(orders.purchases(&ctx, customers).await.unwrap());
        let expected = json!([{
            "customer": "ada@example.org",
            "orders": 2,
            "spent": gbp(255 + 510 + 13),
            "first_at": placed[0]["placed_at"],
            "last_at": placed[1]["placed_at"],
        }]);
        assert_eq!(bought, expected);

        let cart = scene::cart(&guest, &[("A", 2)]).await;
        let cart: CartId = cart.rsplit('/').next().unwrap().parse().unwrap();
        let quote = json!(orders.quote_order(&ctx, cart, None, None).await.unwrap());
        assert_eq!(quote, json!({ "subtotal": gbp(510), "adjustments": [], "total": gbp(510) }));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_its_prices_and_a_cart_that_changed_is_looked_at_again() {
    let store = shop(TestDatabase::Sqlite).await;
    let guest = store.http();
    let order = scene::order(&guest, &[("A", 2)]).await;
    let ctx = store.ctx();
    ctx.get::<dyn Pricing>().unwrap().set_prices(&ctx, vec![price("A", "9")]).await.unwrap();
    assert_eq!(guest.get(&path(&order, "")).await.json()["total"], json!(gbp(510)));
    let other = scene::order(&guest, &[("A", 2)]).await;
    assert_eq!(other["total"], json!(gbp(1800)));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_of_another_system_comes_in_once() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let ctx = store.ctx();
        let orders = ctx.get::<dyn Orders>().unwrap();
        let postage = ImportedCharge {
            row: 3,
            kind: "shipping".into(),
            label: "Postage".into(),
            amount: gbp(1500),
            source: "POST".into(),
        };
        let first = || ImportedOrder {
            charges: vec![postage.clone()],
            ..scene::imported(
                "536365",
                vec![scene::row(1, "A", 6, "2.555"), scene::row(2, "GONE", 1, "1")],
            )
        };
        let counts = |created, updated, unchanged| ImportCounts { created, updated, unchanged };
        let batch = vec![first(), scene::imported("536366", vec![scene::row(4, "A", 2, "2.5")])];
        assert_eq!(orders.import_orders(&ctx, batch.clone()).await.unwrap(), counts(2, 0, 0));
        assert_eq!(orders.import_orders(&ctx, batch).await.unwrap(), counts(0, 0, 2));
        let grown = scene::imported(
            "536366",
            vec![scene::row(4, "A", 2, "2.5"), scene::row(5, "B", 1, "0.125")],
        );
        assert_eq!(orders.import_orders(&ctx, vec![grown]).await.unwrap(), counts(0, 1, 0));
        let numbers = ["old-536365", "old-536366"].map(str::to_owned).to_vec();
        let found = orders.orders_by_number(&ctx, numbers.clone()).await.unwrap();
        let sums: Vec<(i64, i64, usize)> =
            found.iter().map(|it| (it.subtotal.minor, it.total.minor, it.lines.len())).collect();
        assert_eq!(sums, [(1533 + 100, 1533 + 100 + 1500, 2), (513, 513, 2)]);
        let stranger = store.http().get("/api/v1/store/orders/old-536365?token=").await;
        assert_eq!(stranger.status, 404, "nobody has a link to it");
        assert_eq!(available(&store, "A").await, Some(50), "it left the shelf long ago");

        let back = || ImportedReturn {
            source: "old".into(),
            number: "C1".into(),
            returned_at: "2011-04-01T09:00:00Z".parse().unwrap(),
            customer_reference: Some("17850".into()),
            lines: vec![scene::row(6, "A", 7, "2.5")],
            charges: Vec::new(),
        };
        assert_eq!(orders.import_returns(&ctx, vec![back()]).await.unwrap(), counts(1, 0, 0));
        assert_eq!(orders.import_returns(&ctx, vec![back()]).await.unwrap(), counts(0, 0, 1));
        let found = orders.orders_by_number(&ctx, numbers).await.unwrap();
        let returned: i64 = found.iter().flat_map(|it| &it.lines).map(|line| line.returned).sum();
        assert_eq!(returned, 7);
        assert!(
            scene::told(&store, "order.placed.v1").await.is_empty(),
            "no mail for old customers"
        );
        assert_eq!(scene::told(&store, "order.imported.v1").await.len(), 3);
        let nobody = ctx.transaction(|ctx| async move {
            let orders = ctx.get::<dyn Orders>()?;
            let cart = ctx.new_id();
            orders.quote_order(&ctx, cart, None, None).await
        });
        assert_eq!(nobody.await.unwrap_err().kind(), Kind::NotFound);
        store.close().await;
    })
    .await;
}
