//! Carts: priced at the moment somebody looks, never above what there is, closed once.

use chrono::TimeDelta;
use futures::future::join_all;
use hatchery_component::Kind;
use hatchery_interfaces::cart::{CartId, Carts};
use hatchery_interfaces::catalog::{Catalog, ProductDraft, ProductStatus};
use hatchery_interfaces::pricing::Pricing;
use hatchery_testkit::{TestDatabase, TestStore, TestStoreOptions, for_each_database};
use serde_json::{Value, json};

use crate::scene::{self, gbp, price, product, sku};

const NOWHERE: &str = "/api/v1/store/carts/01900000-0000-7000-8000-0000000fffff";

async fn shop(database: TestDatabase) -> TestStore {
    let components = ["catalog", "pricing", "inventory", "cart"].map(str::to_owned).to_vec();
    let settings = vec![("HATCHERY__CART__MAX_LINES".into(), "3".into())];
    let options = TestStoreOptions {
        components: Some(components),
        database,
        settings,
        ..TestStoreOptions::default()
    };
    let store = TestStore::with(options).await;
    let goods = [
        ("A", "2.55", Some(10)),
        ("B", "0.125", None),
        ("C", "1", Some(0)),
        ("D", "99999.99", None),
        ("E", "5", None),
    ];
    scene::put_on_sale(&store, &goods).await;
    store
}

fn id_of(path: &str) -> CartId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_is_filled_changed_and_emptied() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let made = guest.post("/api/v1/store/carts", &json!({})).await;
        let cart = made.json();
        let empty = json!({
            "id": cart["id"],
            "lines": [],
            "totals": { "quantity": 0, "subtotal": gbp(0), "total": gbp(0) },
            "created_at": "2026-01-05T10:00:00Z",
            "version": cart["version"],
        });
        assert_eq!((made.status.as_u16(), &cart), (201, &empty));
        let path = format!("/api/v1/store/carts/{}", cart["id"].as_str().unwrap());
        let lines = format!("{path}/lines");
        guest.post(&lines, &json!({ "sku": "A", "quantity": 2 })).await;
        guest.post(&lines, &json!({ "sku": "B", "quantity": 3 })).await;
        let grown = guest.post(&lines, &json!({ "sku": "A" })).await;
        assert_eq!(grown.status, 200, "{}", grown.text());
        let cart = grown.json();
        let line =
            |index: usize, text: &str, quantity: i64, micros: i64, minor: i64, total: i64| {
                json!({
                    "id": cart["lines"][index]["id"],
                    "sku": text,
                    "product_id": cart["lines"][index]["product_id"],
                    "slug": text.to_lowercase(),
                    "name": text,
                    "quantity": quantity,
                    "unit_price": gbp(minor),
                    "unit": { "micros": micros, "currency": "GBP" },
                    "total": gbp(total),
                    "tax_category": "standard",
                    "weight_grams": null,
                })
            };
        let mut first = line(0, "A", 3, 2_550_000, 255, 765);
        first["available"] = json!(10);
        // Three at 0.125 are 0.375: the line is rounded, not the price of one.
        let second = line(1, "B", 3, 125_000, 13, 38);
        assert_eq!(cart["lines"], json!([first, second]));
        let totals = json!({ "quantity": 6, "subtotal": gbp(803), "total": gbp(803) });
        assert_eq!(cart["totals"], totals);
        assert_eq!(guest.get(&path).await.json(), cart, "as it is read again");
        let chinese = store.http().with_header("accept-language", "zh-CN").get(&path).await.json();
        assert_eq!(chinese["lines"][0]["name"], "A号");

        let of = |index: usize| format!("{lines}/{}", cart["lines"][index]["id"].as_str().unwrap());
        let less = guest.patch(&of(0), &json!({ "quantity": 1 })).await.json();
        assert_eq!(less["totals"]["total"], json!(gbp(255 + 38)));
        let gone = guest.patch(&of(1), &json!({ "quantity": 0 })).await.json();
        assert_eq!(gone["lines"].as_array().unwrap().len(), 1);
        assert!(gone["version"].as_i64() > less["version"].as_i64());
        let emptied = guest.delete(&of(0)).await;
        assert_eq!((emptied.status.as_u16(), emptied.json()["lines"].clone()), (200, json!([])));
        assert_eq!(scene::problem(&guest.delete(&of(0)).await), (404, "cart.line_unknown".into()));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_bought_is_refused_and_says_why() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let ctx = store.ctx();
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        let hidden = ProductDraft { status: ProductStatus::Draft, ..product("HIDDEN") };
        catalog.save_products(&ctx, vec![hidden, product("UNPRICED")]).await.unwrap();
        let cart = scene::cart(&guest, &[("A", 4)]).await;
        let lines = format!("{cart}/lines");
        let before = guest.get(&cart).await.json();
        let line = format!("{lines}/{}", before["lines"][0]["id"].as_str().unwrap());
        for (body, status, code) in [
            (json!({ "sku": "A", "quantity": 7 }), 409, "cart.insufficient_stock"),
            (json!({ "sku": "C" }), 409, "cart.insufficient_stock"),
            (json!({ "sku": "NONE" }), 422, "cart.sku_unknown"),
            (json!({ "sku": "HIDDEN" }), 422, "cart.sku_unknown"),
            (json!({ "sku": "UNPRICED" }), 409, "cart.no_price"),
            (json!({ "sku": "B", "quantity": 0 }), 422, "cart.quantity_invalid"),
            (json!({ "sku": "A", "quantity": -1 }), 422, "cart.quantity_invalid"),
            (json!({ "sku": "B", "quantity": 10_001 }), 422, "cart.quantity_invalid"),
            (json!({ "sku": "B", "quantity": i64::MAX }), 422, "cart.quantity_invalid"),
            (json!({ "sku": "B", "quantity": 1.5 }), 422, "request.invalid"),
            (json!({ "sku": "" }), 422, "request.invalid"),
            (json!({ "sku": "B", "colour": "red" }), 422, "request.invalid"),
            (json!({}), 422, "request.invalid"),
        ] {
            let refused = guest.post(&lines, &body).await;
            assert_eq!(
                scene::problem(&refused),
                (status, code.into()),
                "{body}: {}",
                refused.text()
            );
        }
        let short = guest.post(&lines, &json!({ "sku": "A", "quantity": 7 })).await.json();
        assert_eq!(short["details"], json!({ "sku": "A", "available": 10 }));
        for (body, status, code) in [
            (json!({ "quantity": 11 }), 409, "cart.insufficient_stock"),
            (json!({ "quantity": -1 }), 422, "cart.quantity_invalid"),
        ] {
            let refused = guest.patch(&line, &body).await;
            assert_eq!(scene::problem(&refused), (status, code.into()), "{body}");
        }
        assert_eq!(guest.get(&cart).await.json(), before, "nothing of it changed the cart");

        guest.post(&lines, &json!({ "sku": "B" })).await;
        guest.post(&lines, &json!({ "sku": "E" })).await;
        let fourth = guest.post(&lines, &json!({ "sku": "D" })).await;
        assert_eq!(scene::problem(&fourth), (409, "cart.too_many_lines".into()));
        for answer in [
            guest.get(NOWHERE).await,
            guest.post(&format!("{NOWHERE}/lines"), &json!({ "sku": "A" })).await,
            guest.delete(&format!("{NOWHERE}/lines/{}", id_of(&cart))).await,
        ] {
            assert_eq!(scene::problem(&answer), (404, "cart.unknown".into()));
        }
        let no_id = guest.get("/api/v1/store/carts/nonsense").await;
        assert!(no_id.status.is_client_error(), "{}", no_id.text());
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_follows_its_price_and_comes_back_with_its_product() {
    let store = shop(TestDatabase::Sqlite).await;
    let guest = store.http();
    let cart = scene::cart(&guest, &[("A", 2), ("B", 1)]).await;
    let ctx = store.ctx();
    ctx.get::<dyn Pricing>().unwrap().set_prices(&ctx, vec![price("A", "3")]).await.unwrap();
    assert_eq!(guest.get(&cart).await.json()["totals"]["total"], json!(gbp(613)));

    let catalog = ctx.get::<dyn Catalog>().unwrap();
    let other = ProductDraft { variants: product("A2").variants, ..product("A") };
    catalog.save_products(&ctx, vec![other]).await.unwrap();
    assert_eq!(guest.get(&cart).await.json()["totals"]["total"], json!(gbp(13)));
    catalog.save_products(&ctx, vec![product("A")]).await.unwrap();
    assert_eq!(guest.get(&cart).await.json()["totals"]["total"], json!(gbp(613)));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_is_taken_from_sale_cannot_be_bought_by_an_old_cart() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let cart = scene::cart(&guest, &[("A", 2), ("B", 1)]).await;
        let ctx = store.ctx();
        let archived = ProductDraft { status: ProductStatus::Archived, ..product("A") };
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        catalog.save_products(&ctx, vec![archived]).await.unwrap();
        let seen = guest.get(&cart).await.json();
        assert_eq!(seen["totals"]["total"], json!(gbp(13)), "{seen}");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_fill_one_line_and_never_above_the_stock() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let id = id_of(&scene::cart(&guest, &[]).await);
        let tries = (0..15).map(|_| {
            let ctx = store.ctx();
            async move {
                let carts = ctx.get::<dyn Carts>().unwrap();
                loop {
                    match carts.add_line(&ctx, id, sku("A"), 1).await {
                        Ok(_) => return true,
                        Err(error) if error.kind() == Kind::Retry => continue,
                        Err(error) => {
                            assert_eq!(
                                error.code(),
                                "cart.insufficient_stock",
                                "{}",
                                error.chain()
                            );
                            return false;
                        }
                    }
                }
            }
        });
        let added = join_all(tries).await.into_iter().filter(|added| *added).count();
        let ctx = store.ctx();
        let carts = ctx.get::<dyn Carts>().unwrap();
        let cart = carts.carts(&ctx, vec![id]).await.unwrap().pop().unwrap();
        let lines: Vec<(&str, i64)> =
            cart.lines.iter().map(|line| (line.sku.as_str(), line.quantity)).collect();
        assert_eq!((added, lines), (10, vec![("A", 10)]));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_becomes_an_order_once_and_is_closed_then() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let path = scene::cart(&guest, &[("A", 1)]).await;
        let id = id_of(&path);
        let tries = (0..6).map(|number| {
            let ctx = store.ctx();
            async move {
                let number = format!("N{number}");
                let close = |ctx: hatchery_component::Ctx| async move {
                    ctx.get::<dyn Carts>()?.close(&ctx, id, number).await
                };
                ctx.transaction(close).await
            }
        });
        let mut closed = 0;
        for tried in join_all(tries).await {
            match tried {
                Ok(()) => closed += 1,
                Err(error) if error.kind() == Kind::Retry => {}
                Err(error) => assert_eq!(error.code(), "cart.closed", "{}", error.chain()),
            }
        }
        assert_eq!(closed, 1);
        let cart = guest.get(&path).await.json();
        let number = cart["order_number"].clone();
        assert!(number.as_str().unwrap().starts_with('N'), "{cart}");
        let refused = guest.post(&format!("{path}/lines"), &json!({ "sku": "B" })).await;
        assert_eq!(scene::problem(&refused), (409, "cart.closed".into()));
        assert_eq!(refused.json()["details"], json!({ "order_number": number }));
        let ctx = store.ctx();
        let nobody = ctx.new_id();
        let close = |ctx: hatchery_component::Ctx| async move {
            ctx.get::<dyn Carts>()?.close(&ctx, nobody, "1".into()).await
        };
        assert_eq!(ctx.transaction(close).await.unwrap_err().code(), "cart.unknown");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn carts_come_in_the_order_asked_and_old_ones_are_forgotten() {
    for_each_database(|database| async move {
        let store = shop(database).await;
        let guest = store.http();
        let old = scene::cart(&guest, &[("A", 1)]).await;
        store.clock.advance(TimeDelta::days(60));
        let new = scene::cart(&guest, &[("B", 1), ("A", 1)]).await;
        let ctx = store.ctx();
        let carts = ctx.get::<dyn Carts>().unwrap();
        let asked = vec![id_of(&new), ctx.new_id(), id_of(&old)];
        let found = carts.carts(&ctx, asked.clone()).await.unwrap();
        let ids: Vec<CartId> = found.iter().map(|cart| cart.id).collect();
        assert_eq!(ids, [asked[0], asked[2]]);
        assert!(carts.carts(&ctx, vec![]).await.unwrap().is_empty());
        store.clock.advance(TimeDelta::days(31));
        store.drain().await;
        let left: Vec<Value> = vec![
            json!(guest.get(&old).await.status.as_u16()),
            json!(guest.get(&new).await.status.as_u16()),
        ];
        assert_eq!(left, [404, 200]);
        store.close().await;
    })
    .await;
}
