//! Recommendations: the contract of the interface, which every implementation keeps, and what each of them
//! recommends and why.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use hatchery_component::platform::Components;
use hatchery_interfaces::catalog::{Catalog, ProductDraft, ProductId, ProductStatus};
use hatchery_interfaces::order::Orders;
use hatchery_interfaces::recommendation::{
    Reason, Recommendation, RecommendationRequest, Recommendations,
};
use hatchery_testkit::{TestClient, TestDatabase, TestStore, for_each_database};
use hatchery_types::Locale;
use serde_json::{Value, json};

use crate::scene::{self, imported, part, product, row};

const COMPONENTS: [&str; 8] =
    ["catalog", "pricing", "inventory", "listing", "cart", "order", "storefront", "identity"];

/// The components that provide the interface. A store uses one of them.
const TOGETHER: &str = "recommendation";
const POPULAR: &str = "recommendation-popular";

/// Pot and cup stand together in two of the pot's three orders, pot and tea in one; nobody buys the jug.
async fn shop(database: TestDatabase, recommender: &'static str) -> TestStore {
    let store = TestStore::on(database, COMPONENTS.into_iter().chain([recommender])).await;
    let goods = ["POT", "CUP", "TEA", "JUG"].map(|sku| (sku, "1", None));
    scene::put_on_sale(&store, &goods).await;
    let guest = store.http();
    for lines in [
        &[("POT", 1), ("CUP", 4)][..],
        &[("CUP", 1), ("POT", 2)],
        &[("POT", 1), ("TEA", 1)],
        &[("TEA", 1)],
        &[("TEA", 3)],
    ] {
        scene::order(&guest, lines).await;
    }
    learn(&store).await;
    store
}

/// Both learn a little after an order, together with those that came meanwhile.
async fn learn(store: &TestStore) {
    store.drain().await;
    store.clock.advance(TimeDelta::seconds(31));
    store.drain().await;
}

async fn id(store: &TestStore, sku: &str) -> ProductId {
    let ctx = store.ctx();
    let catalog = ctx.get::<dyn Catalog>().unwrap();
    catalog.products_by_sku(&ctx, vec![scene::sku(sku)]).await.unwrap()[0].id
}

async fn recommend(
    store: &TestStore,
    placement: &str,
    products: &[ProductId],
    limit: u32,
) -> Vec<Recommendation> {
    let ctx = store.ctx();
    let request =
        RecommendationRequest { placement: placement.into(), products: products.to_vec(), limit };
    ctx.get::<dyn Recommendations>().unwrap().recommend(&ctx, request).await.unwrap()
}

async fn names(client: &TestClient, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("/api/v1/store/recommendations{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    let cards = scene::each(&answer.json(), "product");
    cards.iter().map(|card| card["name"].clone()).collect()
}

/// What whoever asks may rely on, whatever is behind it.
async fn keeps_the_contract(database: TestDatabase, recommender: &'static str) {
    let store = shop(database, recommender).await;
    let mut ids = BTreeMap::new();
    for sku in ["POT", "CUP", "TEA", "JUG"] {
        ids.insert(sku, id(&store, sku).await);
    }
    let cases: [(&str, &[&str]); 5] = [
        ("product", &["POT"]),
        ("product", &["JUG"]),
        ("cart", &["CUP"]),
        ("cart", &["POT", "TEA"]),
        ("home", &[]),
    ];
    let mut most = 0;
    for (placement, from) in cases {
        let from: Vec<ProductId> = from.iter().map(|sku| ids[sku]).collect();
        let found = recommend(&store, placement, &from, 50).await;
        most = most.max(found.len());
        assert_eq!(found, recommend(&store, placement, &from, 50).await, "not left to luck");
        for limit in 1..=found.len() {
            let fewer = recommend(&store, placement, &from, limit as u32).await;
            assert_eq!(fewer, found[..limit], "{placement}: the best of all");
        }
        let mut products: Vec<ProductId> = found.iter().map(|it| it.product_id).collect();
        assert!(products.iter().all(|it| ids.values().any(|id| id == it) && !from.contains(it)));
        products.sort();
        products.dedup();
        assert_eq!(products.len(), found.len(), "each product once: {found:?}");
        assert!(found.is_sorted_by(|a, b| a.score >= b.score), "best first: {found:?}");
        for it in &found {
            assert!(!it.reason.kind.is_empty());
            for locale in [Locale::en(), Locale::zh_cn()] {
                assert!(!it.reason.text.get(&locale).is_empty(), "{locale}: {it:?}");
            }
        }
    }
    assert!(most > 1, "nothing is recommended to whom bought something");
    let best = recommend(&store, "home", &[], 1).await[0].product_id;

    // By HTTP it is the same, with cards and the reason in the visitor's language.
    let guest = store.http();
    let answer = guest.get("/api/v1/store/recommendations?placement=home&limit=1").await.json();
    assert_eq!(scene::each(&answer, "product_id"), [json!(best)]);
    assert_eq!(answer["items"][0]["reason_text"], answer["items"][0]["reason"]["text"]["en"]);
    assert!(answer["items"][0]["product"]["slug"].is_string());
    let chinese = store.http().with_header("accept-language", "zh-CN");
    let answer = chinese.get("/api/v1/store/recommendations?placement=home&limit=1").await.json();
    assert_eq!(answer["items"][0]["reason_text"], answer["items"][0]["reason"]["text"]["zh-CN"]);
    let reason = answer["items"][0]["reason"]["text"]["en"].as_str().unwrap().to_owned();
    let home = guest.get("/").await.text();
    assert!(home.contains(&reason), "the slot on the home page: {home}");

    // What is off sale is not recommended, and is again when it is on sale again.
    let sku = *ids.iter().find(|(_, id)| **id == best).unwrap().0;
    for (status, is_there) in [(ProductStatus::Archived, false), (ProductStatus::Active, true)] {
        let (ctx, draft) = (store.ctx(), ProductDraft { status, ..product(sku) });
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        catalog.save_products(&ctx, vec![draft]).await.unwrap();
        let found = recommend(&store, "home", &[], 50).await;
        assert_eq!(found.iter().any(|it| it.product_id == best), is_there, "{status:?}");
    }

    // Starting anew gives the same.
    drop((guest, chinese));
    let before = recommend(&store, "home", &[], 50).await;
    let store = store.restart().await;
    assert_eq!(recommend(&store, "home", &[], 50).await, before);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bought_together_keeps_the_contract() {
    for_each_database(|database| keeps_the_contract(database, TOGETHER)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_popular_keeps_the_contract() {
    for_each_database(|database| keeps_the_contract(database, POPULAR)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_orders_recommends_nothing() {
    for recommender in [TOGETHER, POPULAR] {
        let store = TestStore::new(["catalog", recommender]).await;
        assert!(recommend(&store, "home", &[], 8).await.is_empty(), "{recommender}");
        assert!(names(&store.http(), "?placement=home").await.is_empty());
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_implementation_takes_the_place_of_the_other() {
    let store = shop(TestDatabase::Sqlite, TOGETHER).await;
    let kinds = async || -> Vec<String> {
        let found = recommend(&store, "cart", &[id(&store, "POT").await], 8).await;
        found.into_iter().map(|it| it.reason.kind).collect()
    };
    assert_eq!(kinds().await, ["bought_together", "popular"]);
    let components = store.ctx().get::<dyn Components>().unwrap();
    let ctx = store.ctx();
    // Which of the two would be used is not left to luck.
    let both = components.plan(&ctx, POPULAR.into(), true).await.unwrap();
    assert!(!both.possible && both.lines[0].contains("all provide 'recommendation'"), "{both:?}");
    for (component, on) in [(TOGETHER, false), (POPULAR, true)] {
        let report = components.switch(&ctx, component.into(), on).await.unwrap();
        assert!(report.possible, "{report:?}");
    }
    // It reads the orders that were there before it, beside whoever switched it on.
    let reading = async {
        while kinds().await.len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.expect("the orders are read");
    assert_eq!(kinds().await, ["popular", "popular"]);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_orders_of_the_last_days_tell_what_is_popular() {
    for_each_database(|database| async move {
        let store = shop(database, POPULAR).await;
        let guest = store.http();
        let told = async || -> Vec<String> {
            let found = recommend(&store, "product", &[id(&store, "JUG").await], 8).await;
            found.iter().map(|it| it.reason.text.get(&Locale::en()).to_owned()).collect()
        };
        let text = |number: i64| match number {
            1 => "Popular in this store: 1 order in 30 days".to_owned(),
            number => format!("Popular in this store: {number} orders in 30 days"),
        };
        // Quantities do not matter: three orders with a pot, three with tea, two with cups.
        assert_eq!(told().await, [text(3), text(3), text(2)]);
        assert_eq!(recommend(&store, "home", &[], 8).await[2].product_id, id(&store, "CUP").await);

        // A cancelled order does not count any more.
        let order = scene::order(&guest, &[("CUP", 1)]).await;
        learn(&store).await;
        assert_eq!(told().await, [text(3), text(3), text(3)]);
        let (number, token): (String, String) = (part(&order, "number"), part(&order, "token"));
        let cancel = format!("/api/v1/store/orders/{number}/cancel?token={token}");
        assert_eq!(guest.post(&cancel, &json!({})).await.status, 200);
        learn(&store).await;
        assert_eq!(told().await, [text(3), text(3), text(2)]);

        // Old orders stop to count when a newer one moves the window.
        store.clock.advance(TimeDelta::days(31));
        assert_eq!(told().await, [text(3), text(3), text(2)]);
        scene::order(&guest, &[("CUP", 1)]).await;
        learn(&store).await;
        assert_eq!(told().await, [text(1)]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_orders_are_popular_too() {
    let store = TestStore::new(COMPONENTS.into_iter().chain([POPULAR])).await;
    scene::put_on_sale(&store, &["POT", "CUP"].map(|sku| (sku, "1", None))).await;
    let ctx = store.ctx();
    let orders = ctx.get::<dyn Orders>().unwrap();
    let mut old = imported("1", vec![row(1, "POT", 1, "1")]);
    old.placed_at -= TimeDelta::days(40);
    let new = [2, 3].map(|number| imported(&number.to_string(), vec![row(number, "CUP", 5, "1")]));
    // The window ends with the newest order, however long ago that was.
    orders.import_orders(&ctx, new.to_vec()).await.unwrap();
    orders.import_orders(&ctx, vec![old]).await.unwrap();
    orders.end_import(&ctx).await.unwrap();
    store.drain().await;
    let found = recommend(&store, "home", &[], 8).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].product_id, found[0].score), (id(&store, "CUP").await, 2.0));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bought_together_is_recommended_with_its_reason() {
    for_each_database(|database| async move {
        let store = shop(database, TOGETHER).await;
        let (pot, cup) = (id(&store, "POT").await, id(&store, "CUP").await);
        let found = recommend(&store, "product", &[pot], 8).await;
        let reason = json!({
            "kind": "bought_together",
            "text": { "en": "In 2 of 3 orders with POT", "zh-CN": "3 笔含“POT号”的订单中，有 2 笔同时购买" },
            "because_of": pot,
            "together": 2,
            "of": 3,
        });
        let reason: Reason = serde_json::from_value(reason).unwrap();
        assert_eq!(found.len(), 1, "once is no habit: {found:?}");
        assert_eq!((found[0].product_id, &found[0].reason), (cup, &reason));
        let cosine = 2.0 / (3.0_f64 * 2.0).sqrt();
        assert!((found[0].score - cosine).abs() < 1e-9, "{}", found[0].score);
        assert!(recommend(&store, "product", &[id(&store, "JUG").await], 8).await.is_empty());

        let guest = store.http();
        let by_slug = guest.get("/api/v1/store/recommendations?product=pot").await.json();
        let by_id = guest.get(&format!("/api/v1/store/recommendations?product={pot}")).await.json();
        assert_eq!(by_slug, by_id);
        let item = &by_slug["items"][0];
        assert_eq!(item["reason_text"], "In 2 of 3 orders with POT");
        assert_eq!((&item["product_id"], &item["reason"]), (&json!(cup), &json!(reason)));
        assert_eq!(item["product"]["slug"], "cup");
        let page = guest.get("/products/pot").await.text();
        assert!(page.contains("In 2 of 3 orders with POT"), "the slot on the product's page: {page}");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_and_the_home_page_are_filled_up_with_what_is_popular() {
    for_each_database(|database| async move {
        let store = shop(database, TOGETHER).await;
        let guest = store.http();
        // Three orders each: tea and pot; two: the cup. Ties are not left to luck.
        let home = names(&guest, "?placement=home").await;
        assert_eq!(home.len(), 3, "{home:?}");
        assert_eq!(home[2], "CUP");
        assert_eq!(names(&guest, "?placement=home").await, home);
        assert_eq!(names(&guest, "?placement=home&limit=1").await, home[..1]);
        let cart = scene::cart(&guest, &[("CUP", 1)]).await;
        let cart: &str = cart.rsplit('/').next().unwrap();
        assert_eq!(names(&guest, &format!("?cart={cart}")).await, ["POT", "TEA"]);
        for nothing in ["?product=none", "?cart=nonsense&placement=product", "?limit=0&product=jug"]
        {
            assert!(names(&guest, nothing).await.is_empty(), "{nothing}");
        }
        assert_eq!(guest.get("/api/v1/store/recommendations?limit=many").await.status, 400);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_off_sale_or_cancelled_is_not_recommended() {
    for_each_database(|database| async move {
        let store = shop(database, TOGETHER).await;
        let (pot, ctx) = (id(&store, "POT").await, store.ctx());
        let archived = |status| ProductDraft { status, ..product("CUP") };
        let catalog = ctx.get::<dyn Catalog>().unwrap();
        let off = vec![archived(ProductStatus::Archived)];
        catalog.save_products(&ctx, off).await.unwrap();
        assert!(recommend(&store, "product", &[pot], 8).await.is_empty());
        catalog.save_products(&ctx, vec![archived(ProductStatus::Active)]).await.unwrap();
        assert_eq!(recommend(&store, "product", &[pot], 8).await.len(), 1);

        // A third order with both, cancelled before it is learned from, changes nothing.
        let guest = store.http();
        let order = scene::order(&guest, &[("POT", 1), ("TEA", 1)]).await;
        let (number, token): (String, String) = (part(&order, "number"), part(&order, "token"));
        let cancel = format!("/api/v1/store/orders/{number}/cancel?token={token}");
        assert_eq!(guest.post(&cancel, &json!({})).await.status, 200);
        store.run_task("recommendation.learn_now", Value::Null).await;
        assert_eq!(recommend(&store, "product", &[pot], 8).await.len(), 1);
        scene::order(&guest, &[("POT", 1), ("TEA", 1)]).await;
        store.run_task("recommendation.learn_now", Value::Null).await;
        let found = recommend(&store, "product", &[pot], 8).await;
        let counts: Vec<(i64, i64)> =
            found.iter().map(|it| (it.reason.together, it.reason.of)).collect();
        assert_eq!(counts, [(2, 4), (2, 4)]);
        assert_eq!(recommend(&store, "product", &[pot], 1).await.len(), 1);
        store.close().await;
    })
    .await;
}
