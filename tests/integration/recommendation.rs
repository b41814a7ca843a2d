//! What is bought together: learned from the store's own orders, told with its reason.

use chrono::TimeDelta;
use hatchery_interfaces::catalog::{Catalog, ProductDraft, ProductId, ProductStatus};
use hatchery_interfaces::recommendation::{
    Reason, Recommendation, RecommendationRequest, Recommendations,
};
use hatchery_testkit::{TestClient, TestDatabase, TestStore, for_each_database};
use serde_json::{Value, json};

use crate::scene::{self, part, product};

const COMPONENTS: [&str; 9] = [
    "catalog",
    "pricing",
    "inventory",
    "listing",
    "cart",
    "order",
    "recommendation",
    "storefront",
    "identity",
];

/// Pot and cup stand together in two of the pot's three orders, pot and tea in one; nobody buys the jug.
async fn shop(database: TestDatabase) -> TestStore {
    let store = TestStore::on(database, COMPONENTS).await;
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
    // Learned a little after the order, together with those that came meanwhile.
    store.drain().await;
    store.clock.advance(TimeDelta::seconds(31));
    store.drain().await;
    store
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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_bought_together_is_recommended_with_its_reason() {
    for_each_database(|database| async move {
        let store = shop(database).await;
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
        let store = shop(database).await;
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
        let store = shop(database).await;
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
