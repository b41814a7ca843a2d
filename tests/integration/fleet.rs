//! The mother: stores made from blueprints and as copies, suspended, backed up, restored, deleted, ejected,
//! asleep and woken, on both databases.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use hatchery_component::stores::{CloneScope, StoreAct, StoreRequest};
use hatchery_kernel::kernel::StoreState;
use hatchery_testkit::{TestClient, TestFleet, client_of, for_each_database, kernel_on};
use hatchery_types::{Currency, Locale};
use serde_json::{Value, json};

use crate::scene::{address, problem};

const PRODUCTS: &str = "/api/v1/store/products";

/// The blueprints of the host, as its files say.
pub(crate) fn blueprints() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/blueprints");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// A shop that sells, made from a blueprint with its sample products.
pub(crate) async fn shop(fleet: &TestFleet, name: &str, blueprint: &str) -> String {
    let slug = fleet.slug(name);
    let request = StoreRequest {
        slug: slug.clone(),
        blueprint: Some(blueprint.to_owned()),
        samples: true,
        locales: vec![Locale::en(), Locale::zh_cn()],
        currency: Some(Currency::GBP),
        time_zone: Some("Europe/London".into()),
        ..StoreRequest::default()
    };
    let made = fleet.act(StoreAct::Create(request)).await.unwrap();
    assert_eq!(made["notes"], json!([]), "{made}");
    slug
}

/// Buys one of the first product that can be bought: whatever the shop asks for on the way.
pub(crate) async fn buy(client: &TestClient, name: &str) -> Value {
    let products = client.get(PRODUCTS).await.json();
    let variants = products["items"].as_array().unwrap().iter().flat_map(|product| {
        product["variants"].as_array().into_iter().flatten().map(|it| it["sku"].clone())
    });
    let sku = variants.into_iter().next().expect("there is something to buy");
    let cart = client.post("/api/v1/store/carts", &json!({})).await.json();
    let cart = format!("/api/v1/store/carts/{}", cart["id"].as_str().unwrap());
    let added = client.post(&format!("{cart}/lines"), &json!({ "sku": sku, "quantity": 1 })).await;
    assert_eq!(added.status, 200, "{}", added.text());
    let mut body = json!({ "email": "ada@example.org", "shipping_address": address() });
    body["shipping_address"]["name"] = json!(name);
    let shipping = client.get(&format!("{cart}/shipping-options?country=GB")).await;
    if shipping.status == 200 {
        let options = shipping.json();
        let options = options["items"].as_array().cloned().unwrap_or_default();
        if let Some(option) = options.first() {
            body["shipping_method"] = option["code"].clone();
            if let Some(window) = option["delivery_windows"].as_array().and_then(|it| it.first()) {
                body["delivery_window"] = window["id"].clone();
            }
        }
    }
    let methods = client.get(&format!("{cart}/payment-methods")).await;
    if methods.status == 200 {
        let methods = methods.json();
        let methods = methods["items"].as_array().cloned().unwrap_or_default();
        let manual = methods.iter().find(|method| method["kind"] != "card");
        if let Some(method) = manual.or(methods.first()) {
            body["payment"] = json!({ "method": method["code"], "token": "tok_visa" });
        }
    }
    let placed = client.post(&format!("{cart}/checkout"), &body).await;
    assert_eq!(placed.status, 201, "{} for {body}", placed.text());
    placed.json()
}

fn order_path(order: &Value) -> String {
    let part = |key: &str| order[key].as_str().unwrap().to_owned();
    format!("/api/v1/store/orders/{}?token={}", part("number"), part("token"))
}

async fn count(staff: &TestClient, resource: &str) -> usize {
    let answer = staff.get(&format!("/api/v1/admin/{resource}?limit=500")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_blueprint_makes_a_shop_that_sells() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        for (name, sells) in [
            ("b2b", true),
            ("digital", true),
            ("empty", false),
            ("fashion", true),
            ("grocery", true),
        ] {
            let slug = shop(&fleet, name, name).await;
            let client = fleet.http(&slug);
            let home = client.get("/").await;
            assert_eq!(home.status, 200, "{name}: {}", home.text());
            let products = client.get(PRODUCTS).await.json();
            let count = products["items"].as_array().unwrap().len();
            assert_eq!(count > 0, sells, "{name} has {count} products");
            if sells {
                buy(&client, "Ada").await;
            }
        }
        let again = StoreRequest { slug: fleet.slug("empty"), ..StoreRequest::default() };
        let refused = fleet.act(StoreAct::Create(again)).await.unwrap_err();
        assert!(refused.contains("already"), "{refused}");
        let unknown = StoreRequest {
            slug: fleet.slug("x"),
            blueprint: Some("zoo".into()),
            ..StoreRequest::default()
        };
        let refused = fleet.act(StoreAct::Create(unknown)).await.unwrap_err();
        assert!(refused.contains("'zoo'") && refused.contains("grocery"), "{refused}");
        assert!(fleet.kernel.record(&fleet.slug("x")).is_err(), "nothing is left of it");
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_setup_has_no_customers_and_one_of_all_has() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let source = shop(&fleet, "source", "grocery").await;
        let client = fleet.http(&source);
        let order = buy(&client, "Zebra").await;
        fleet.store(&source).await.drain().await;
        let staff = fleet.staff(&source).await;
        assert_eq!((count(&staff, "orders").await, count(&staff, "customers").await), (1, 1));
        let token = json!({ "name": "Till", "role": "owner" });
        let token = staff.post("/api/v1/admin/api-tokens", &token).await.json();
        let bearer = format!("Bearer {}", token["data"]["token"].as_str().unwrap());
        let products = client.get(PRODUCTS).await.text();
        for (name, scope, people) in [("setup", CloneScope::Setup, 0), ("all", CloneScope::All, 1)]
        {
            let slug = fleet.slug(name);
            let request = StoreRequest {
                slug: slug.clone(),
                clone_of: Some(source.clone()),
                scope,
                ..StoreRequest::default()
            };
            fleet.act(StoreAct::Create(request)).await.unwrap();
            fleet.store(&slug).await.drain().await;
            let there = fleet.http(&slug);
            let ids = |text: &str| -> Vec<Value> {
                let list: Value = serde_json::from_str(text).unwrap();
                list["items"].as_array().unwrap().iter().map(|it| it["slug"].clone()).collect()
            };
            assert_eq!(ids(&there.get(PRODUCTS).await.text()), ids(&products), "{name}");
            // Who was signed in at the source is not signed in here, and its tokens are none here.
            let caller = fleet.http(&slug).with_header("authorization", &bearer);
            assert_eq!(caller.get("/api/v1/admin/orders").await.status, 401, "{name}");
            let staff_there = fleet.staff(&slug).await;
            let found =
                (count(&staff_there, "orders").await, count(&staff_there, "customers").await);
            assert_eq!(found, (people, people), "{name}");
            let here = there.get(&order_path(&order)).await.status;
            assert_eq!(here == 200, people == 1, "{name}: {here}");
            buy(&there, "Yak").await;
        }
        assert_eq!(count(&staff, "orders").await, 1, "the source has its own orders only");
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_brings_back_what_was_there() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let slug = shop(&fleet, "shop", "fashion").await;
        let client = fleet.http(&slug);
        let before = buy(&client, "Before").await;
        let backup = fleet.act(StoreAct::Backup { slug: slug.clone() }).await.unwrap();
        let backup = backup["name"].as_str().unwrap().to_owned();
        let after = buy(&client, "After").await;
        let restore = |slug: Option<String>, replace| StoreAct::Restore {
            backup: backup.clone(),
            slug,
            replace,
        };
        let refused = fleet.act(restore(None, false)).await.unwrap_err();
        assert!(refused.contains("already"), "{refused}");
        let other = shop(&fleet, "other", "empty").await;
        let refused = fleet.act(restore(Some(other), true)).await.unwrap_err();
        assert!(refused.contains("is of"), "no store takes the place of another: {refused}");

        let beside = fleet.slug("beside");
        fleet.act(restore(Some(beside.clone()), false)).await.unwrap();
        let there = fleet.http(&beside);
        assert_eq!(there.get(&order_path(&before)).await.status, 200);
        assert_eq!(there.get(&order_path(&after)).await.status, 404);

        assert_eq!(client.get(&order_path(&after)).await.status, 200);
        fleet.act(restore(None, true)).await.unwrap();
        assert_eq!(client.get(&order_path(&before)).await.status, 200);
        assert_eq!(client.get(&order_path(&after)).await.status, 404, "it was placed later");
        buy(&client, "Again").await;

        // What was replaced was kept.
        let kept = fleet.kernel.backups();
        assert_eq!(kept.len(), 2);
        let newest = kept.first().unwrap().name.clone();
        let act = StoreAct::Restore { backup: newest, slug: None, replace: true };
        fleet.act(act).await.unwrap();
        assert_eq!(client.get(&order_path(&after)).await.status, 200);
        let remove = |backup: &str| StoreAct::RemoveBackup { backup: backup.to_owned() };
        fleet.act(remove(&backup)).await.unwrap();
        assert!(fleet.kernel.backups().iter().all(|it| it.name != backup));
        for absent in [backup.as_str(), "../stores", "."] {
            assert!(fleet.act(remove(absent)).await.unwrap_err().contains("no backup"), "{absent}");
        }
        let damaged = fleet.data().join("backups/damaged");
        std::fs::create_dir(&damaged).unwrap();
        std::fs::write(damaged.join("backup.json"), b"{").unwrap();
        assert!(!fleet.kernel.backups().is_empty(), "one that is damaged hides no other");
        fleet.act(remove("damaged")).await.unwrap();
        assert!(!damaged.exists());
        // They hold the process, which has the data folder.
        drop((client, there));
        let fleet = fleet.restart().await;
        assert_eq!(fleet.http(&slug).get(&order_path(&after)).await.status, 200);
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_store_tells_why_and_keeps_its_promises() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let slug = shop(&fleet, "shop", "grocery").await;
        let client = fleet.http(&slug);
        let order = buy(&client, "Ada").await;
        let staff = fleet.staff(&slug).await;
        let message = BTreeMap::from([
            (Locale::en(), "Back on Monday.".to_owned()),
            (Locale::zh_cn(), "周一回来。".to_owned()),
        ]);
        let suspend = |reason: &str| StoreAct::Suspend {
            slug: slug.clone(),
            reason: reason.into(),
            message: message.clone(),
        };
        assert!(fleet.act(suspend("Out of Order")).await.is_err(), "a reason is a code");
        fleet.act(suspend("maintenance")).await.unwrap();
        let answer = client.get(PRODUCTS).await;
        assert_eq!(problem(&answer), (503, "store.suspended".into()));
        assert_eq!(answer.json()["details"]["reason"], "maintenance");
        assert!(!answer.header("retry-after").is_empty());
        let page = client.get("/products").await;
        assert_eq!(page.status, 503);
        assert!(page.text().contains("Back on Monday."), "{}", page.text());
        assert!(client.get("/products?lang=zh-CN").await.status == 303);
        assert!(client.get("/products").await.text().contains("周一回来。"));
        let cart = client.post("/api/v1/store/carts", &json!({})).await;
        assert_eq!(cart.status, 503);
        // What was bought can be followed, and staff work on.
        assert_eq!(client.get(&order_path(&order)).await.status, 200);
        let number = order["number"].as_str().unwrap();
        let token = order["token"].as_str().unwrap();
        let page = client.get(&format!("/orders/{number}?token={token}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!(count(&staff, "orders").await, 1);
        assert_eq!(fleet.http(&slug).get("/admin/login").await.status, 200);
        fleet.act(StoreAct::Resume { slug: slug.clone() }).await.unwrap();
        assert_eq!(client.get(PRODUCTS).await.status, 200);
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_store_stays_in_the_trash_for_a_while() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let (slug, other) =
            (shop(&fleet, "shop", "empty").await, shop(&fleet, "other", "empty").await);
        let delete =
            |confirm: &str| StoreAct::Delete { slug: slug.clone(), confirm: confirm.into() };
        let refused = fleet.act(delete(&slug)).await.unwrap_err();
        assert!(refused.contains("no backup"), "{refused}");
        fleet.act(StoreAct::Backup { slug: slug.clone() }).await.unwrap();
        let refused = fleet.act(delete("something")).await.unwrap_err();
        assert!(refused.contains(&slug), "{refused}");
        fleet.act(delete(&slug)).await.unwrap();
        assert!(fleet.kernel.store(&slug).await.is_err());
        let backup = fleet.kernel.backups().first().unwrap().name.clone();
        let refused = fleet.act(StoreAct::RemoveBackup { backup }).await.unwrap_err();
        assert!(refused.contains("last backup"), "{refused}");
        assert_eq!(fleet.http(&other).get("/").await.status, 200);
        fleet.act(StoreAct::Recover { slug: slug.clone() }).await.unwrap();
        assert_eq!(fleet.http(&slug).get("/").await.status, 200);
        fleet.act(delete(&slug)).await.unwrap();
        fleet.clock.advance(TimeDelta::days(29));
        fleet.kernel.empty_trash().await;
        assert!(fleet.kernel.fleet().unwrap().iter().any(|store| store.slug == slug));
        fleet.clock.advance(TimeDelta::days(2));
        fleet.kernel.empty_trash().await;
        assert!(!fleet.kernel.fleet().unwrap().iter().any(|store| store.slug == slug));
        assert!(!fleet.data().join("stores").join(&slug).exists());
        // Its backup is still there.
        let backup = fleet.kernel.backups().first().unwrap().name.clone();
        fleet.act(StoreAct::Restore { backup, slug: None, replace: false }).await.unwrap();
        assert_eq!(fleet.http(&slug).get("/").await.status, 200);
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ejected_store_is_a_mother_of_its_own() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let slug = shop(&fleet, "shop", "grocery").await;
        let client = fleet.http(&slug);
        let order = buy(&client, "Ada").await;
        fleet.store(&slug).await.drain().await;
        let staff = fleet.staff(&slug).await;
        let secret = json!({ "host": "mail.example.org", "from": "Shop <shop@example.org>", "password": "tea-and-biscuits" });
        let saved = staff.patch("/api/v1/admin/components/message-smtp/settings", &secret).await;
        assert_eq!(saved.status, 200, "{}", saved.text());
        let (products, mine) =
            (client.get(PRODUCTS).await.text(), client.get(&order_path(&order)).await);

        for with_secrets in [false, true] {
            let folder = fleet.path(if with_secrets { "whole" } else { "bare" });
            let to = folder.to_str().unwrap().to_owned();
            let eject = StoreAct::Eject { slug: slug.clone(), to: to.clone(), with_secrets };
            let ejected = fleet.act(eject.clone()).await.unwrap();
            assert!(ejected["welcome"].as_str().unwrap().contains("/mother/welcome/"), "{ejected}");
            let refused = fleet.act(eject).await.unwrap_err();
            assert!(refused.contains("not empty"), "{refused}");
            let moved = fleet.path(&format!("moved-{with_secrets}"));
            std::fs::rename(&folder, &moved).unwrap();

            let kernel = kernel_on(&moved, blueprints()).await;
            let there = client_of(&kernel, "localhost");
            assert_eq!(there.get(PRODUCTS).await.text(), products);
            let order_there = there.get(&order_path(&order)).await;
            assert_eq!(order_there.json(), mine.json());
            let settings = kernel.store(&slug).await.unwrap();
            let ctx = settings.system_ctx("test".into(), None);
            let components = ctx.get::<dyn hatchery_component::platform::Components>().unwrap();
            let view = components.settings(&ctx, "message-smtp".into()).await.unwrap();
            assert_eq!(view.values["password"], json!(with_secrets));
            assert_eq!(view.values["host"], "mail.example.org");
            let key =
                |folder: &Path| std::fs::read(folder.join("data/stores").join(&slug).join("key"));
            let own = std::fs::read(fleet.data().join("stores").join(&slug).join("key")).unwrap();
            assert_ne!(key(&moved).unwrap(), own, "its key is a new one");
            // Who was signed in before is not signed in there.
            let page = there.get("/api/v1/admin/orders").await;
            assert_eq!(page.status, 401);
            let mother = kernel.store("mother").await.unwrap();
            assert!(mother.components().iter().any(|it| it.id == "fleet" && it.enabled));
            drop((ctx, settings, mother));
            kernel.shutdown().await;
        }
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_stores_are_closed_and_woken_for_their_work() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let slug = shop(&fleet, "shop", "grocery").await;
        let is_open =
            || fleet.kernel.open_stores().iter().any(|store| *store.slug == *slug.as_str());
        assert!(is_open());
        fleet.store(&slug).await.drain().await;
        let (gone, assembly) = {
            let store = fleet.store(&slug).await;
            (Arc::downgrade(&store), Arc::downgrade(&store.assembly.load_full()))
        };
        // Its workers may be looking for work at this moment.
        let closed = async { while fleet.kernel.close_idle(Duration::ZERO).await == 0 {} };
        tokio::time::timeout(Duration::from_secs(60), closed).await.unwrap();
        assert!(!is_open());
        assert_eq!((gone.strong_count(), assembly.strong_count()), (0, 0), "its memory is free");
        let record = fleet.kernel.record(&slug).unwrap();
        assert_eq!(record.state, StoreState::Active);
        let wakes_at = record.wakes_at.expect("it has work of its own, such as counting");
        assert_eq!(fleet.kernel.wake_due().await, 0, "not yet");
        fleet.clock.set(wakes_at);
        assert_eq!(fleet.kernel.wake_due().await, 1);
        assert!(is_open());
        let closed = async { while fleet.kernel.close_idle(Duration::ZERO).await == 0 {} };
        tokio::time::timeout(Duration::from_secs(60), closed).await.unwrap();
        assert_eq!(fleet.http(&slug).get("/").await.status, 200, "a visitor wakes it");
        // After a crash nobody knows when it has work, so it is opened to find out.
        assert_eq!(fleet.kernel.record(&slug).unwrap().wakes_at, None);
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_resource_as_lines_and_as_a_table() {
    let fleet = TestFleet::on(hatchery_testkit::TestDatabase::Sqlite, blueprints()).await;
    let slug = shop(&fleet, "shop", "grocery").await;
    buy(&fleet.http(&slug), "Ada").await;
    fleet.store(&slug).await.drain().await;
    let exported = fleet.act(StoreAct::Export { slug: slug.clone(), to: None }).await.unwrap();
    let folder = Path::new(exported["folder"].as_str().unwrap()).to_owned();
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let contents: Value = serde_json::from_str(&read("export.json")).unwrap();
    for resource in contents["resources"].as_array().unwrap() {
        let name = resource["resource"].as_str().unwrap();
        let count = resource["records"].as_u64().unwrap() as usize;
        let lines: Vec<Value> = read(&format!("{name}.jsonl"))
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), count, "{name}");
        assert!(read(&format!("{name}.csv")).starts_with("id"), "{name}");
        serde_json::from_str::<Value>(&read(&format!("{name}.schema.json"))).unwrap();
    }
    assert_eq!(read("orders.jsonl").lines().count(), 1);
    fleet.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mother_is_no_store_and_no_store_takes_the_address_of_another() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let one = shop(&fleet, "one", "empty").await;
        let mother = || "mother".to_owned();
        let copy = StoreRequest {
            slug: fleet.slug("copy"),
            clone_of: Some(mother()),
            ..StoreRequest::default()
        };
        let delete = StoreAct::Delete { slug: mother(), confirm: mother() };
        for act in [StoreAct::Create(copy), StoreAct::Backup { slug: mother() }, delete] {
            let refused = fleet.act(act).await.unwrap_err();
            assert!(refused.contains("mother"), "{refused}");
        }
        for domain in [format!("{one}.localhost"), "mother.localhost".into(), "a..b".into()] {
            let request = StoreRequest {
                slug: fleet.slug("two"),
                domains: vec![domain.clone()],
                ..StoreRequest::default()
            };
            assert!(fleet.act(StoreAct::Create(request)).await.is_err(), "{domain}");
        }
        let invite = |email: &str| StoreAct::Invite { slug: one.clone(), email: email.into() };
        let made = fleet.act(invite("ada@example.org")).await.unwrap();
        let link = made["link"].as_str().unwrap();
        let path = &link[link.find("/admin").unwrap()..];
        assert_eq!(fleet.http(&one).get(path).await.status, 200, "{link}");
        assert!(fleet.act(invite("ada")).await.unwrap_err().contains("e-mail"));
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn languages_and_time_zone_change_while_a_store_sells() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let slug = shop(&fleet, "shop", "grocery").await;
        let region = |locales: &[&str], zone: Option<&str>| StoreAct::SetRegion {
            slug: slug.clone(),
            locales: locales.iter().map(|it| it.parse().unwrap()).collect(),
            time_zone: zone.map(str::to_owned),
        };
        let page = fleet.http(&slug).get("/").await.text();
        assert!(page.contains("<html lang=\"en\""), "{page}");
        fleet.act(region(&["zh-CN", "en"], Some("Asia/Shanghai"))).await.unwrap();
        let page = fleet.http(&slug).get("/").await.text();
        assert!(page.contains("<html lang=\"zh-CN\""), "{page}");
        let there = fleet.http(&slug);
        assert!(there.get(PRODUCTS).await.json()["items"].as_array().unwrap().len() > 3);
        let again: Vec<&str> = vec!["ja", "ja", "en"];
        fleet.act(region(&again, None)).await.unwrap();
        let products = there.get(&format!("{PRODUCTS}?lang=ja")).await.json();
        assert!(products["items"].as_array().unwrap().len() > 3, "in a new language: {products}");
        assert_eq!(fleet.store(&slug).await.info().locales.len(), 2);
        drop(there);
        assert_eq!(fleet.store(&slug).await.info().time_zone, "Asia/Shanghai");
        fleet.act(region(&["en"], None)).await.unwrap();
        let facts = fleet.store(&slug).await.info();
        assert_eq!((facts.locales.len(), facts.time_zone.as_str()), (1, "Asia/Shanghai"));
        buy(&fleet.http(&slug), "Ada").await;
        for (wrong, code) in [(region(&[], Some("Mars/Base")), "Mars"), (region(&[], None), "both")]
        {
            let refused = fleet.act(wrong).await.unwrap_err();
            assert!(refused.contains(code), "{refused}");
        }
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_makes_a_store_and_looks_after_it() {
    let fleet = TestFleet::on(hatchery_testkit::TestDatabase::Sqlite, blueprints()).await;
    let stranger = fleet.at("localhost");
    let sent = stranger.get("/mother").await;
    assert_eq!(
        (sent.status.as_u16(), sent.header("location")),
        (303, "/mother/login?next=%2Fmother")
    );
    assert_eq!(stranger.get("/api/v1/mother/stores").await.status, 401);
    let admin = fleet.administrator().await;
    let slug = fleet.slug("tea");
    let made = admin
        .form(
            "/mother/stores/new",
            &[
                ("name", "Tea House"),
                ("slug", &slug),
                ("source", "blueprint:grocery"),
                ("samples", "yes"),
                ("locales", "en, zh-CN"),
                ("currency", "GBP"),
                ("owner", "ada@example.org"),
            ],
        )
        .await;
    assert_eq!(made.status, 200, "{}", made.text());
    let text = made.text();
    let link = text.split("/admin/welcome/").nth(1).unwrap().split(['"', '<']).next().unwrap();
    let shop = fleet.http(&slug);
    let welcome = format!("/admin/welcome/{link}");
    assert_eq!(shop.get(&welcome).await.status, 200);
    let words = ("password", "long enough words");
    let again = ("repeated", "long enough words");
    let accepted = shop.form(&welcome, &[words, again]).await;
    assert_eq!(accepted.status, 303, "{}", accepted.text());
    let office = shop.get("/admin").await;
    assert_eq!(office.status, 200, "the first administrator is in");
    let link = format!("/mother/stores/new?source=store:{slug}");
    assert!(!office.text().contains(&link), "and cannot make stores");
    let ada = json!({ "email": "ada@example.org", "name": "Ada", "role": "owner" });
    let mother = fleet.store("mother").await;
    let system = hatchery_component::Actor::System { caused_by: None };
    let mut run = mother.start_task("identity.create_user", ada, system).await.unwrap();
    run.wait_for(|run| run.state == "done").await.unwrap();
    drop((run, mother));
    assert!(shop.get("/admin").await.text().contains(&link), "who runs stores is offered another");

    let paths = [
        "/mother".to_owned(),
        "/mother/report".into(),
        "/mother/backups".into(),
        "/mother/stores/new".into(),
        format!("/mother/stores/new?source=store:{slug}"),
        format!("/mother/stores/{slug}"),
        format!("/mother/stores/{slug}/components"),
        format!("/mother/stores/{slug}/components/tax?change=disable"),
    ];
    for (language, words) in [("en", "There is no backup"), ("zh-CN", "没有这份备份")] {
        admin.get(&format!("/mother?lang={language}")).await;
        let form = [("backup", "none"), ("act", "remove")];
        let refused = admin.form("/mother/backups", &form).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains(words), "{}", refused.text());
        for path in &paths {
            let page = admin.get(path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text());
            let text = page.text();
            assert!(
                !text.contains(">fleet-") && !text.contains("\"fleet-"),
                "a word lacks in {path}"
            );
            assert!(text.contains(&format!("<html lang=\"{language}\"")), "{path}");
        }
    }
    let act =
        async |fields: &[(&str, &str)]| admin.form(&format!("/mother/stores/{slug}"), fields).await;
    let refused = act(&[("act", "delete"), ("confirm", &slug)]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("no backup"));
    for (fields, state) in [
        (
            &[("act", "suspend"), ("reason", "legal"), ("message", "Soon")][..],
            StoreState::Suspended,
        ),
        (&[("act", "resume")], StoreState::Active),
        (&[("act", "rename"), ("name", "Tea & Co")], StoreState::Active),
        (&[("act", "domains"), ("domains", "tea.example, www.tea.example")], StoreState::Active),
        (&[("act", "backup")], StoreState::Active),
        (&[("act", "export")], StoreState::Active),
        (&[("act", "delete"), ("confirm", &slug)], StoreState::Deleted),
        (&[("act", "recover")], StoreState::Active),
    ] {
        let done = act(fields).await;
        assert_eq!(done.status, 303, "{fields:?}: {}", done.text());
        let records = fleet.kernel.fleet().unwrap();
        let state = format!("{state:?}").to_lowercase();
        let now = serde_json::to_value(records[0].state).unwrap();
        assert_eq!(now, json!(state), "{fields:?}");
    }
    let store = fleet.kernel.fleet().unwrap().remove(0);
    assert_eq!((store.name.as_str(), store.address.as_str()), ("Tea & Co", "https://tea.example"));
    assert_eq!(fleet.at("www.tea.example").get("/").await.status, 200);
    let history = admin.get(&format!("/mother/stores/{slug}")).await.text();
    for word in ["created", "suspended", "renamed", "put into the trash"] {
        admin.get("/mother?lang=en").await;
        let history = admin.get(&format!("/mother/stores/{slug}")).await.text();
        assert!(history.contains(word), "{word} is in the history");
    }
    drop(history);
    let known = fleet.kernel.known();
    let routes = &known.get("fleet").unwrap().declaration.routes;
    let mut closed = 0;
    for route in routes.iter().filter(|route| route.access != hatchery_component::Access::Public) {
        let path = route.path.replace("{slug}", &slug).replace("{id}", "tax");
        let answer = match (route.method.as_str(), path.starts_with("/api/")) {
            ("GET", _) => stranger.get(&path).await,
            (_, false) => stranger.form(&path, &[]).await,
            (method, true) => {
                stranger.json_with(method.parse().unwrap(), &path, &json!({}), &[]).await
            }
        };
        let expected = if route.method == "GET" && !path.starts_with("/api/") { 303 } else { 401 };
        assert_eq!(answer.status, expected, "{} {path}: {}", route.method, answer.text());
        closed += 1;
    }
    assert!(closed > 25, "{closed} addresses are closed to strangers");
    // Nobody else gets in: not on a shop's host, not with a shop's session.
    assert_eq!(shop.get("/mother").await.status, 404);
    assert_eq!(shop.get("/api/v1/mother/stores").await.status, 404);
    fleet.close().await;
}
