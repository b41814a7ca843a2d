//! Stock: counted, kept for orders, taken, and never sold twice.

use chrono::TimeDelta;
use futures::future::join_all;
use hatchery_component::Kind;
use hatchery_interfaces::SkuQuantity;
use hatchery_interfaces::inventory::{Availability, Inventory, StockCount};
use hatchery_testkit::{TestDatabase, TestStore, for_each_database};
use serde_json::{Value, json};

use crate::scene::{self, count, quantity, sku, skus};

const CHANGED: &str = "stock.changed.v1";

async fn stocked(database: TestDatabase, counts: Vec<StockCount>) -> TestStore {
    let store = TestStore::on(database, ["catalog", "inventory", "identity"]).await;
    let ctx = store.ctx();
    ctx.get::<dyn Inventory>().unwrap().set_stock(&ctx, counts).await.unwrap();
    store
}

/// Where a location's stock lies.
fn at(location: &str, counted: StockCount) -> StockCount {
    StockCount { location: Some(location.into()), ..counted }
}

/// On hand, reserved and available of a SKU.
async fn level(store: &TestStore, text: &str) -> (i64, i64, Option<i64>) {
    let ctx = store.ctx();
    let inventory = ctx.get::<dyn Inventory>().unwrap();
    let found = inventory.availability(&ctx, skus(&[text])).await.unwrap().pop().unwrap();
    (found.on_hand, found.reserved, found.available)
}

async fn reserve(
    store: &TestStore,
    reference: &str,
    lines: Vec<SkuQuantity>,
) -> Result<(), (String, Option<Value>)> {
    let ctx = store.ctx();
    let inventory = ctx.get::<dyn Inventory>().unwrap();
    let until = Some(ctx.now() + TimeDelta::hours(1));
    let kept = inventory.reserve(&ctx, reference.into(), lines, until).await;
    kept.map_err(|error| (error.code().to_owned(), error.details().cloned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn availability_is_told_in_the_order_asked_uncounted_skus_included() {
    for_each_database(|database| async move {
        let counts = vec![count("A", 5), at("shop", count("A", 2)), count("B", 0)];
        let store = stocked(database, counts).await;
        reserve(&store, "o1", vec![quantity("A", 6)]).await.unwrap();
        let ctx = store.ctx();
        let inventory = ctx.get::<dyn Inventory>().unwrap();
        let found = inventory.availability(&ctx, skus(&["B", "X", "A"])).await.unwrap();
        let told = |text: &str, on_hand, reserved, available| Availability {
            sku: sku(text),
            on_hand,
            reserved,
            available,
        };
        let expected = [told("B", 0, 0, Some(0)), told("X", 0, 0, None), told("A", 7, 6, Some(1))];
        assert_eq!(found, expected);

        let guest = store.http();
        let answer = guest.get("/api/v1/store/availability?skus=A,%20X,,").await;
        let expected = json!({ "items": [
            { "sku": "A", "on_hand": 7, "reserved": 6, "available": 1 },
            { "sku": "X", "on_hand": 0, "reserved": 0, "available": null },
        ], "next_cursor": null });
        assert_eq!((answer.status.as_u16(), answer.json()), (200, expected));
        let many: Vec<String> = (0..101).map(|number| format!("S{number}")).collect();
        let many = guest.get(&format!("/api/v1/store/availability?skus={}", many.join(","))).await;
        assert_eq!(scene::problem(&many), (422, "inventory.too_many_skus".into()));
        assert_eq!(guest.get("/api/v1/store/availability").await.status, 400);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_is_all_or_nothing_with_the_demand_summed_per_sku() {
    for_each_database(|database| async move {
        let store = stocked(database, vec![count("A", 5), count("B", 1)]).await;
        let wanted = vec![quantity("A", 3), quantity("B", 1), quantity("A", 3)];
        let (code, details) = reserve(&store, "o1", wanted).await.unwrap_err();
        let short = json!({ "shortages": [{ "sku": "A", "requested": 6, "available": 5 }] });
        assert_eq!((code.as_str(), details), ("inventory.insufficient", Some(short)));
        assert_eq!(level(&store, "B").await, (1, 0, Some(1)), "nothing was kept");
        let (code, _) = reserve(&store, "o1", vec![quantity("A", 0)]).await.unwrap_err();
        assert_eq!(code, "inventory.quantity_invalid");

        // What was never counted is not limited.
        let wanted = vec![quantity("A", 2), quantity("X", 99), quantity("A", 3)];
        reserve(&store, "o1", wanted).await.unwrap();
        assert_eq!(level(&store, "A").await, (5, 5, Some(0)));
        assert_eq!(level(&store, "X").await, (0, 0, None));
        let told = scene::told(&store, CHANGED).await;
        assert_eq!(told, [json!({ "skus": ["A", "B"] }), json!({ "skus": ["A"] })]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_released_taken_or_forgotten() {
    for_each_database(|database| async move {
        let store = stocked(database, vec![count("A", 10)]).await;
        let ctx = store.ctx();
        let inventory = ctx.get::<dyn Inventory>().unwrap();
        for order in ["o1", "o2", "o3", "o4"] {
            reserve(&store, order, vec![quantity("A", 2)]).await.unwrap();
        }
        assert_eq!(level(&store, "A").await, (10, 8, Some(2)));
        inventory.release(&ctx, "o1".into()).await.unwrap();
        inventory.release(&ctx, "o1".into()).await.unwrap();
        inventory.release(&ctx, "nobody".into()).await.unwrap();
        assert_eq!(level(&store, "A").await, (10, 6, Some(4)));
        inventory.take(&ctx, "o2".into(), vec![quantity("A", 2)]).await.unwrap();
        assert_eq!(level(&store, "A").await, (8, 4, Some(4)));
        // More than was kept for it: the rest is what is free.
        inventory.take(&ctx, "o3".into(), vec![quantity("A", 3)]).await.unwrap();
        assert_eq!(level(&store, "A").await, (5, 2, Some(3)));
        let beyond = inventory.take(&ctx, "o5".into(), vec![quantity("A", 4)]).await.unwrap_err();
        assert_eq!(beyond.code(), "inventory.insufficient");
        inventory.take(&ctx, "o5".into(), vec![quantity("X", 4)]).await.unwrap();
        inventory
            .put_back(&ctx, "o2".into(), vec![quantity("A", 1), quantity("X", 1)])
            .await
            .unwrap();
        assert_eq!(level(&store, "A").await, (6, 2, Some(4)));
        assert_eq!(
            level(&store, "X").await,
            (0, 0, None),
            "what comes back is not counted by that"
        );

        reserve(&store, "o6", vec![quantity("A", 1)]).await.unwrap();
        inventory.confirm(&ctx, "o6".into()).await.unwrap();
        store.clock.advance(TimeDelta::minutes(59));
        store.drain().await;
        assert_eq!(level(&store, "A").await, (6, 3, Some(3)));
        store.clock.advance(TimeDelta::minutes(2));
        store.drain().await;
        assert_eq!(level(&store, "A").await, (6, 1, Some(5)), "o4 is forgotten, o6 was confirmed");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_writes_differences_as_movements() {
    for_each_database(|database| async move {
        let store = stocked(database, vec![count("A", 5), at("shop", count("A", 1))]).await;
        reserve(&store, "o1", vec![quantity("A", 4)]).await.unwrap();
        let staff = store.login_staff().await;
        let path = "/api/v1/admin/stock-levels";
        let below = staff.post(path, &json!({ "sku": "A", "on_hand": 3 })).await;
        assert_eq!(scene::problem(&below), (409, "inventory.reserved".into()));
        let negative = staff.post(path, &json!({ "sku": "A", "on_hand": -1 })).await;
        assert_eq!(scene::problem(&negative), (422, "inventory.negative".into()));
        assert_eq!(negative.json()["fields"][0]["field"], "/on_hand");
        let counted = staff.post(path, &json!({ "sku": "A", "on_hand": 7 })).await;
        let expected = json!({ "id": "A@main", "version": 3, "data": {
            "sku": "A", "location": "main", "on_hand": 7, "reserved": 4, "available": 3, "version": 3,
        }});
        assert_eq!((counted.status.as_u16(), counted.json()), (201, expected));
        let again = json!({ "ids": ["A@main", "A@shop"], "input": { "on_hand": 7 } });
        let again = staff.post(&format!("{path}/actions/count"), &again).await;
        assert_eq!(again.status, 200, "{}", again.text());
        let moved = staff.get("/api/v1/admin/stock-movements?sort=at&filter=sku%20%3D%20A").await;
        let moved = moved.json();
        let moved: Vec<(Value, Value, Value)> = moved["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["data"])
            .map(|it| (it["location"].clone(), it["quantity"].clone(), it["reason"].clone()))
            .collect();
        let movement = |location: &str, quantity: i64| (json!(location), json!(quantity), json!("counted"));
        let expected =
            [movement("main", 5), movement("shop", 1), movement("main", 2), movement("shop", 6)];
        assert_eq!(moved, expected);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_the_last_ones_only_so_many_get_one() {
    for_each_database(|database| async move {
        let store =
            stocked(database, vec![count("A", 10), at("shop", count("A", 5)), count("B", 100)])
                .await;
        // Half of them name the SKUs the other way round, and nobody waits in a circle.
        let store_ref = &store;
        let tries = (0..60).map(|number| async move {
            let mut lines = vec![quantity("A", 1), quantity("B", 1)];
            if number % 2 == 0 {
                lines.reverse();
            }
            let ctx = store_ref.ctx();
            let inventory = ctx.get::<dyn Inventory>().unwrap();
            loop {
                match inventory.reserve(&ctx, format!("o{number}"), lines.clone(), None).await {
                    Ok(()) => return true,
                    Err(error) if error.kind() == Kind::Retry => continue,
                    Err(error) => {
                        assert_eq!(error.code(), "inventory.insufficient", "{}", error.chain());
                        return false;
                    }
                }
            }
        });
        let got = join_all(tries).await.into_iter().filter(|got| *got).count();
        assert_eq!(level(&store, "A").await, (15, 15, Some(0)));
        assert_eq!(level(&store, "B").await, (100, 15, Some(85)), "who got no A kept no B");
        assert_eq!(got, 15);
        store.close().await;
    })
    .await;
}
