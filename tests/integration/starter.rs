//! The blueprints of this repository: each makes a store that sells, and filling it again adds nothing.

use std::path::Path;

use hatchery_testkit::{TestDatabase, TestStore, TestStoreOptions, for_each_database};
use serde_json::{Value, json};

use crate::scene::{self, each};

/// A file of `config/blueprints`.
struct Blueprint {
    components: Vec<String>,
    /// As a store's settings file has them.
    settings: String,
    /// Input of `starter.fill`.
    goods: Option<Value>,
}

impl Blueprint {
    fn read(name: &str) -> Self {
        let path = format!("../config/blueprints/{name}.toml");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let file: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let disabled = file["disabled"].as_array().unwrap();
        let is_wanted = |id: &str| disabled.iter().all(|it| it.as_str() != Some(id));
        let known = hatchery_component::registrations().unwrap();
        let on = known.iter().map(|(manifest, _)| manifest).filter(|it| it.on_by_default);
        let settings = file.get("settings").and_then(|settings| settings.as_table()).cloned();
        let tasks = file.get("tasks").and_then(|tasks| tasks.as_array());
        Self {
            components: on.map(|it| it.id.clone()).filter(|id| is_wanted(id)).collect(),
            settings: toml::to_string(&settings.unwrap_or_default()).unwrap(),
            goods: tasks.map(|tasks| serde_json::to_value(&tasks[0]["input"]).unwrap()),
        }
    }

    /// A store made of it, before its task ran.
    async fn store(&self, database: TestDatabase) -> TestStore {
        let store = TestStore::with(TestStoreOptions {
            components: Some(self.components.clone()),
            database,
            ..TestStoreOptions::default()
        })
        .await;
        store.configure("stores/demo.toml", &self.settings);
        let store = store.restart().await;
        let problems: Vec<String> =
            store.store.components().into_iter().filter_map(|it| it.problem).collect();
        assert!(problems.is_empty(), "{problems:?}");
        store
    }
}

/// How many there are of a resource.
async fn count(store: &TestStore, resource: &str) -> usize {
    let staff = store.login_staff().await;
    let listed = staff.get(&format!("/api/v1/admin/{resource}?limit=100")).await.json();
    listed["items"].as_array().unwrap_or_else(|| panic!("{listed}")).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn filling_a_store_twice_adds_nothing_twice() {
    for_each_database(|database| async move {
        let blueprint = Blueprint::read("grocery");
        let store = blueprint.store(database).await;
        let mut goods = blueprint.goods.unwrap();
        goods["with_samples"] = json!(false);
        let bare = store.run_task("starter.fill", goods.clone()).await;
        assert_eq!(bare, json!({ "products": 0 }));
        assert_eq!((count(&store, "categories").await, count(&store, "products").await), (6, 0));

        goods["with_samples"] = json!(true);
        let filled = store.run_task("starter.fill", goods.clone()).await;
        assert_eq!(filled, json!({ "products": 11 }));
        store.drain().await;
        let client = store.http();
        let list = "/api/v1/store/products?limit=100";
        let before = client.get(list).await.json();
        assert_eq!(before["items"].as_array().map(Vec::len), Some(11));
        let apples = client.get("/api/v1/store/products/cox-apples").await.json();
        assert_eq!(
            (&apples["name"], &apples["price"]["minor"]),
            (&json!("Cox Apples"), &json!(190))
        );
        let skus: Vec<&Value> =
            apples["variants"].as_array().unwrap().iter().map(|variant| &variant["sku"]).collect();
        assert_eq!(skus, ["FRUIT-COX-500G", "FRUIT-COX-1KG"]);
        let chinese = client.get("/api/v1/store/products/cox-apples?lang=zh-CN").await.json();
        assert_eq!(chinese["name"], "考克斯苹果");

        // What staff change is theirs.
        let staff = store.login_staff().await;
        let price = json!({ "sku": "FRUIT-COX-500G", "price": "9.99" });
        let changed = staff.put("/api/v1/admin/prices/FRUIT-COX-500G", &price).await;
        assert!(changed.status.is_success(), "{}", changed.text());
        let again = store.run_task("starter.fill", goods).await;
        assert_eq!(again, json!({ "products": 0 }));
        store.drain().await;
        let apples = client.get("/api/v1/store/products/cox-apples").await.json();
        assert_eq!(apples["variants"][0]["price"]["minor"], 999, "{apples}");
        assert_eq!((count(&store, "categories").await, count(&store, "products").await), (6, 11));
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blueprint_that_does_not_fit_together_writes_nothing() {
    let store = TestStore::new(["catalog", "identity", "starter"]).await;
    let input = json!({
        "categories": [{ "slug": "tea", "name": "Tea" }],
        "products": [{ "slug": "oolong", "name": "Oolong", "category": "coffee", "price": "5" }],
    });
    let actor = hatchery_component::Actor::System { caused_by: None };
    let mut run = store.store.start_task("starter.fill", input, actor).await.unwrap();
    let run = run.wait_for(|run| run.state != "running").await.unwrap().clone();
    assert_eq!(run.state, "failed");
    assert!(run.message.contains("category 'coffee'"), "{}", run.message);
    assert_eq!(count(&store, "categories").await, 0);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_blueprint_makes_a_store_that_sells() {
    for name in ["fashion", "grocery", "digital", "b2b"] {
        let blueprint = Blueprint::read(name);
        let store = blueprint.store(TestDatabase::Sqlite).await;
        store.run_task("starter.fill", blueprint.goods.unwrap()).await;
        store.drain().await;
        let client = store.http();
        let home = client.get("/").await;
        assert!(home.text().contains("href=\"/look/"), "{name} has a color of its own");
        let products = client.get("/api/v1/store/products?limit=100").await.json();
        for product in products["items"].as_array().unwrap() {
            assert!(product["price"]["minor"].as_i64() > Some(0), "{name}: {product}");
            let first = product["variants"][0]["available"].as_i64();
            let is_counted = name != "digital";
            assert_eq!(first.is_some(), is_counted, "{name}: {product}");
        }
        let sku = products["items"][0]["variants"][0]["sku"].as_str().unwrap();
        let cart = scene::cart(&client, &[(sku, 1)]).await;
        let options = client.get(&format!("{cart}/shipping-options?country=GB")).await;
        let codes = |list: &Value| -> Vec<String> {
            each(list, "code").iter().map(|code| code.as_str().unwrap().to_owned()).collect()
        };
        let mut body = json!({
            "email": "ada@example.org",
            "shipping_address": scene::address(),
            "payment": { "method": "remittance" },
        });
        let expected = match name {
            "fashion" => vec!["standard", "express"],
            "grocery" => vec!["parcel", "slot"],
            "b2b" => vec!["carrier", "freight"],
            _ => Vec::new(),
        };
        match expected.last() {
            None => assert_eq!(options.status, 404, "{name} sends nothing"),
            Some(method) => {
                let options = options.json();
                assert_eq!(codes(&options), expected, "{name}");
                body["shipping_method"] = json!(method);
                let last = options["items"].as_array().unwrap().last().unwrap();
                let windows = last["delivery_windows"].as_array().unwrap();
                assert_eq!(windows.is_empty(), name == "fashion", "{name}: {last}");
                body["delivery_window"] =
                    windows.first().map_or(Value::Null, |it| it["code"].clone());
            }
        }
        let methods = client.get(&format!("{cart}/payment-methods")).await.json();
        let expected = match name {
            "fashion" | "digital" => vec!["card", "remittance"],
            "grocery" => vec!["card", "cash_on_delivery", "remittance"],
            _ => vec!["remittance", "cheque", "card"],
        };
        assert_eq!(codes(&methods), expected, "{name}");
        let placed = client.post(&format!("{cart}/checkout"), &body).await;
        assert_eq!(placed.status, 201, "{name}: {}", placed.text());
        let prefix = match name {
            "digital" => "D-",
            "b2b" => "PO-",
            _ => "1",
        };
        let number = placed.json()["number"].as_str().unwrap().to_owned();
        assert!(number.starts_with(prefix), "{name}: {number}");
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_store_has_nothing_on_its_shelves() {
    let blueprint = Blueprint::read("empty");
    assert!(blueprint.goods.is_none() && blueprint.settings.is_empty());
    let store = blueprint.store(TestDatabase::Sqlite).await;
    assert_eq!((count(&store, "categories").await, count(&store, "products").await), (0, 0));
    let home = store.http().get("/").await;
    assert!(home.status.is_success(), "{}", home.text());
    assert!(!home.text().contains("/look/"));
    store.close().await;
}
