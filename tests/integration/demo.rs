//! The demo: a store that is alive after one run of its task, and the same after another.

use chrono::TimeDelta;
use hatchery_testkit::{TestStore, for_each_database};
use serde_json::{Value, json};

const COMPONENTS: [&str; 9] = [
    "cart",
    "catalog",
    "crm",
    "demo",
    "inventory",
    "listing",
    "order",
    "pricing",
    "recommendation",
];

#[tokio::test(flavor = "multi_thread")]
async fn one_run_fills_the_store_and_another_changes_nothing() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, COMPONENTS).await;
        let written = store.run_task("demo.seed", Value::Null).await;
        assert_eq!(written["products"], 72);
        assert!(written["orders"].as_u64().is_some_and(|orders| orders > 1300), "{written}");
        assert!(written["customers"].as_u64().is_some_and(|files| files > 200), "{written}");
        store.drain().await;
        store.run_task("recommendation.learn_now", Value::Null).await;

        let client = store.http();
        let answer = client.get("/api/v1/store/products?limit=100").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let before = answer.json();
        assert_eq!(before["items"].as_array().map(Vec::len), Some(72));

        let teapot = client.get("/api/v1/store/products/celadon-teapot").await.json();
        assert_eq!(teapot["name"], "Celadon Teapot");
        assert_eq!(teapot["variants"].as_array().map(Vec::len), Some(3), "{teapot}");
        let chinese = client.get("/api/v1/store/products/celadon-teapot?lang=zh-CN").await;
        assert_eq!(chinese.json()["name"], "青瓷茶壶");
        let picture = teapot["images"][0]["url"].as_str().unwrap_or_default().to_owned();
        let picture = client.get(&picture).await;
        assert_eq!(picture.status, 200);
        assert_eq!(picture.header("content-type"), "image/svg+xml");
        assert!(picture.text().starts_with("<svg"));

        let path = "/api/v1/store/recommendations?placement=product&product=celadon-teapot&limit=3";
        let liked = client.get(path).await;
        assert!(liked.text().contains("porcelain-cup-set"), "{}", liked.text());

        store.clock.advance(TimeDelta::days(2));
        let again = store.run_task("demo.seed", Value::Null).await;
        assert_eq!(again, json!({ "products": 0, "customers": 0, "orders": 0 }));
        store.drain().await;
        assert_eq!(client.get("/api/v1/store/products?limit=100").await.json(), before);
        store.close().await;
    })
    .await;
}
