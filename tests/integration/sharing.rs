//! What stores share by a policy of the mother: products of one store sold by others at their own prices, one
//! customer file for a group, on both databases. Without a policy nothing is shared; see `isolation`.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use hatchery_component::sharing::{ShareAccess, SharePolicy};
use hatchery_component::stores::{StoreAct, StoreRequest};
use hatchery_testkit::{TestClient, TestFleet, for_each_database};
use hatchery_types::{Currency, Locale};
use serde_json::{Value, json};

use crate::fleet::{blueprints, buy, shop};
use crate::scene::problem;

const PRODUCTS: &str = "/api/v1/admin/products";
const SOLD: &str = "/api/v1/store/products";
const CUSTOMERS: &str = "/api/v1/admin/customers";

/// A store with nothing in it.
async fn bare(fleet: &TestFleet, name: &str) -> String {
    let slug = fleet.slug(name);
    let request = StoreRequest {
        slug: slug.clone(),
        locales: vec![Locale::en(), Locale::zh_cn()],
        currency: Some(Currency::EUR),
        ..StoreRequest::default()
    };
    fleet.act(StoreAct::Create(request)).await.unwrap();
    slug
}

fn policy(name: &str, kind: &str, home: &str, members: &[(&str, ShareAccess)]) -> SharePolicy {
    let members = members.iter().map(|(slug, access)| ((*slug).to_owned(), access.clone()));
    SharePolicy {
        name: name.into(),
        kind: kind.into(),
        home: home.into(),
        members: members.collect(),
    }
}

fn access(read: &[&str], write: &[&str]) -> ShareAccess {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ShareAccess { read: Some(names(read)), write: names(write) }
}

/// Lets the stores do what follows from what was written, and carries what they share.
async fn settle(fleet: &TestFleet, slugs: &[&str]) {
    for _ in 0..3 {
        for slug in slugs {
            fleet.store(slug).await.drain().await;
        }
        fleet.kernel.carry_shares().await;
    }
    for slug in slugs {
        fleet.store(slug).await.drain().await;
    }
}

/// The record of a resource whose field has a value.
async fn find(staff: &TestClient, resource: &str, field: &str, value: &str) -> Option<Value> {
    let list = staff.get(&format!("{resource}?limit=500")).await;
    assert_eq!(list.status, 200, "{}", list.text());
    let items = list.json()["items"].as_array().cloned().unwrap_or_default();
    items.into_iter().find(|item| item["data"][field] == value)
}

async fn change(staff: &TestClient, resource: &str, record: &Value, edit: Value) -> (u16, Value) {
    let mut data = record["data"].clone();
    for (field, value) in edit.as_object().unwrap() {
        data[field] = value.clone();
    }
    let path = format!("{resource}/{}", record["id"].as_str().unwrap());
    let saved = staff.put(&path, &data).await;
    (saved.status.as_u16(), saved.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_sells_the_products_of_another_at_its_own_price_and_from_its_own_stock() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let (home, branch) = (shop(&fleet, "home", "grocery").await, bare(&fleet, "branch").await);
        let stores = [home.as_str(), branch.as_str()];
        let (keeper, seller) = (fleet.staff(&home).await, fleet.staff(&branch).await);
        let there = keeper.get(&format!("{PRODUCTS}?limit=500")).await.json();
        let count = there["items"].as_array().unwrap().len();
        assert!(count > 3);
        assert!(
            find(&seller, PRODUCTS, "status", "active").await.is_none(),
            "nothing is shared yet"
        );

        let shared = policy("range", "products", &home, &[(&branch, ShareAccess::default())]);
        let kept = fleet.act(StoreAct::Share(shared.clone())).await.unwrap();
        assert!(kept["members"][&branch]["read"].as_array().unwrap().len() > 5, "{kept}");
        settle(&fleet, &stores).await;
        let here = seller.get(&format!("{PRODUCTS}?limit=500")).await.json();
        assert_eq!(here["items"].as_array().unwrap().len(), count, "all came");
        let first = there["items"].as_array().unwrap().iter();
        let first = first.clone().find(|it| it["data"]["status"] == "active").unwrap().clone();
        let slug = first["data"]["slug"].as_str().unwrap().to_owned();
        let sku = first["data"]["variants"][0]["sku"].as_str().unwrap().to_owned();
        let same = find(&seller, PRODUCTS, "slug", &slug).await.unwrap();
        assert_eq!(same["data"]["name"], first["data"]["name"]);
        assert_eq!(same["data"]["category"], first["data"]["category"]);
        assert_ne!(same["id"], first["id"], "ids are each store's own");

        let page = fleet.http(&branch).get(&format!("/products/{slug}")).await.text();
        assert!(page.contains("not for sale here yet"), "it has no price here");

        // Own price, own stock, own currency.
        let price = json!({ "sku": sku, "price": "7.77" });
        assert!(seller.post("/api/v1/admin/prices", &price).await.status.is_success());
        let level = json!({ "sku": sku, "on_hand": 3 });
        assert!(seller.post("/api/v1/admin/stock-levels", &level).await.status.is_success());
        settle(&fleet, &stores).await;
        let sold = fleet.http(&branch).get(&format!("{SOLD}/{slug}")).await.json();
        assert_eq!(sold["price"], json!({ "minor": 777, "currency": "EUR" }), "{sold}");
        let at_home = fleet.http(&home).get(&format!("{SOLD}/{slug}")).await.json();
        assert_ne!(at_home["price"], sold["price"]);

        // What the home keeps is changed there only; the rest is the branch's own.
        let (status, refused) =
            change(&seller, PRODUCTS, &same, json!({ "name": { "en": "Ours" } })).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("catalog.shared")), "{refused}");
        let (status, own) = change(&seller, PRODUCTS, &same, json!({ "status": "draft" })).await;
        assert_eq!(status, 200, "{own}");
        let renamed = json!({ "name": { "en": "Fresh from home", "zh-CN": "本家" } });
        assert_eq!(change(&keeper, PRODUCTS, &first, renamed.clone()).await.0, 200);
        settle(&fleet, &stores).await;
        let same = find(&seller, PRODUCTS, "slug", &slug).await.unwrap();
        assert_eq!(same["data"]["name"], renamed["name"]);
        assert_eq!(same["data"]["status"], "draft", "whether it sells it is its own matter");

        // Everything is told; carrying again changes nothing.
        let told = fleet.kernel.share_statuses().await.unwrap().remove(0);
        assert_eq!(told.policy.name, "range");
        assert!(told.ways.iter().all(|way| way.problem.is_none() && way.untaken.is_empty()));
        let before = fleet.store(&branch).await.db.sequence();
        fleet.kernel.carry_shares().await;
        assert_eq!(fleet.store(&branch).await.db.sequence(), before);

        // It ends: what there is, is the branch's own, and nothing comes any more.
        fleet.act(StoreAct::Unshare { name: "range".into() }).await.unwrap();
        let (status, own) =
            change(&seller, PRODUCTS, &same, json!({ "name": { "en": "Ours" } })).await;
        assert_eq!(status, 200, "{own}");
        let first = find(&keeper, PRODUCTS, "slug", &slug).await.unwrap();
        assert_eq!(
            change(&keeper, PRODUCTS, &first, json!({ "name": { "en": "Later" } })).await.0,
            200
        );
        settle(&fleet, &stores).await;
        let same = find(&seller, PRODUCTS, "slug", &slug).await.unwrap();
        assert_eq!(same["data"]["name"], json!({ "en": "Ours" }));

        // Shared again, the products are known again: they have the same SKUs.
        fleet.act(StoreAct::Share(shared)).await.unwrap();
        settle(&fleet, &stores).await;
        let same = find(&seller, PRODUCTS, "slug", &slug).await.unwrap();
        assert_eq!(same["data"]["name"], json!({ "en": "Later" }));
        drop((keeper, seller));
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_along_and_what_does_not_fit_is_told() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let (home, branch) = (bare(&fleet, "home").await, bare(&fleet, "branch").await);
        let stores = [home.as_str(), branch.as_str()];
        let (keeper, seller) = (fleet.staff(&home).await, fleet.staff(&branch).await);
        let files = {
            let ctx = fleet.store(&home).await.system_ctx("catalog".into(), None);
            let files = ctx.get::<dyn hatchery_component::platform::Files>().unwrap();
            files.put(&ctx, vec![("image/png".into(), b"a picture".to_vec())]).await.unwrap()
        };
        let url = format!("/files/{}", files[0].hash);
        let product = |slug: &str, sku: &str| {
            json!({ "slug": slug, "name": { "en": slug }, "status": "active",
                    "variants": [{ "sku": sku }], "images": [{ "url": url }] })
        };
        for (staff, slug, sku) in
            [(&keeper, "pot", "POT"), (&keeper, "cup", "CUP"), (&seller, "cup", "MUG")]
        {
            let saved = staff.post(PRODUCTS, &product(slug, sku)).await;
            assert_eq!(saved.status, 201, "{}", saved.text());
        }
        assert_eq!(fleet.http(&branch).get(&url).await.status, 404);
        let shared = policy("ware", "products", &home, &[(&branch, ShareAccess::default())]);
        fleet.act(StoreAct::Share(shared)).await.unwrap();
        settle(&fleet, &stores).await;
        assert_eq!(fleet.http(&branch).get(&url).await.status, 200, "the picture came along");
        assert!(find(&seller, PRODUCTS, "slug", "pot").await.is_some());
        let cup = find(&seller, PRODUCTS, "slug", "cup").await.unwrap();
        assert_eq!(cup["data"]["variants"][0]["sku"], "MUG", "another cup stays what it is");
        let told = fleet.kernel.share_statuses().await.unwrap().remove(0);
        let untaken: Vec<&str> = told
            .ways
            .iter()
            .flat_map(|way| &way.untaken)
            .map(|record| record.key.as_str())
            .collect();
        assert_eq!(untaken, ["cup"]);
        drop((keeper, seller));
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_customer_file_for_a_group_follows_the_policy_and_the_customers_word() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let home = shop(&fleet, "home", "grocery").await;
        let (reader, writer) =
            (shop(&fleet, "reader", "grocery").await, bare(&fleet, "writer").await);
        let stores = [home.as_str(), reader.as_str(), writer.as_str()];
        let order = buy(&fleet.http(&home), "Ada Lovelace").await;
        settle(&fleet, &stores).await;
        let staff: Vec<TestClient> =
            vec![fleet.staff(&home).await, fleet.staff(&reader).await, fleet.staff(&writer).await];
        let group = policy(
            "family",
            "customers",
            &home,
            &[
                (&reader, access(&["name"], &[])),
                (&writer, access(&["name", "occupation"], &["occupation"])),
            ],
        );
        fleet.act(StoreAct::Share(group)).await.unwrap();
        settle(&fleet, &stores).await;
        let ada = "ada@example.org";
        assert!(find(&staff[1], CUSTOMERS, "email", ada).await.is_none(), "nobody asked her yet");

        // She agrees on the page of her order.
        let (number, token) = (order["number"].as_str().unwrap(), order["token"].as_str().unwrap());
        let guest = fleet.http(&home);
        let page = guest.get(&format!("/orders/{number}?token={token}")).await.text();
        assert!(page.contains(&format!("/orders/{number}/sharing")), "she is asked: {page}");
        let say = format!("/api/v1/store/orders/{number}/sharing");
        let wrong = guest.put(&say, &json!({ "token": "x", "given": true })).await;
        assert_eq!(problem(&wrong), (404, "crm.order_unknown".into()));
        let word = [("token", token), ("given", "true")];
        let said = guest.form(&format!("/orders/{number}/sharing"), &word).await;
        assert_eq!(said.status, 303);
        settle(&fleet, &stores).await;
        let there = find(&staff[1], CUSTOMERS, "email", ada).await.expect("the reader knows her");
        assert_eq!(there["data"]["name"], "Ada Lovelace");
        assert_eq!(there["data"]["orders"], 0, "orders stay where they are");
        assert!(there["data"]["address"].is_null(), "the policy holds it back");
        assert_eq!(there["data"]["consent"]["given"], true, "with her word");

        // The reader changes nothing of it, the writer what the policy says.
        let (status, refused) =
            change(&staff[1], CUSTOMERS, &there, json!({ "name": "Eve" })).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("crm.shared")), "{refused}");
        let there = find(&staff[2], CUSTOMERS, "email", ada).await.unwrap();
        let edit = json!({ "occupation": "Mathematician" });
        assert_eq!(change(&staff[2], CUSTOMERS, &there, edit).await.0, 200);
        settle(&fleet, &stores).await;
        let at_home = find(&staff[0], CUSTOMERS, "email", ada).await.unwrap();
        assert_eq!(at_home["data"]["occupation"], "Mathematician");
        let there = find(&staff[1], CUSTOMERS, "email", ada).await.unwrap();
        assert!(there["data"]["occupation"].is_null(), "the reader does not read it");

        // She buys at the reader too, and changes her mind there: what came from elsewhere is forgotten.
        buy(&fleet.http(&reader), "A. Lovelace").await;
        settle(&fleet, &stores).await;
        let there = find(&staff[1], CUSTOMERS, "email", ada).await.unwrap();
        assert_eq!(
            (&there["data"]["orders"], &there["data"]["name"]),
            (&json!(1), &json!("Ada Lovelace"))
        );
        fleet.clock.advance(TimeDelta::seconds(60));
        let edit = json!({ "share_consent": false });
        assert_eq!(change(&staff[1], CUSTOMERS, &there, edit).await.0, 200);
        settle(&fleet, &stores).await;
        let there = find(&staff[1], CUSTOMERS, "email", ada).await.unwrap();
        assert!(there["data"]["name"].is_null() && there["data"]["orders"] == 1, "{there}");
        assert!(
            find(&staff[2], CUSTOMERS, "email", ada).await.is_none(),
            "nothing was its own there"
        );
        let at_home = find(&staff[0], CUSTOMERS, "email", ada).await.unwrap();
        assert_eq!(at_home["data"]["name"], "Ada Lovelace", "the home has it from her");
        assert!(at_home["data"]["occupation"].is_null(), "and forgets what others gave");
        assert_eq!(at_home["data"]["consent"]["given"], false);
        drop((staff, guest));
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_must_fit_and_ends_with_its_home() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let (home, branch) = (bare(&fleet, "home").await, bare(&fleet, "branch").await);
        let member = |access: ShareAccess| vec![(branch.as_str(), access)];
        let all = ShareAccess::default();
        let gone = fleet.slug("gone");
        for (wrong, says) in [
            (policy("Range", "products", &home, &member(all.clone())), "no name"),
            (policy("range", "products", &home, &[]), "home not among them"),
            (policy("range", "products", &home, &[(&home, all.clone())]), "home not among them"),
            (policy("range", "products", &home, &[(&gone, all.clone())]), "There is no store"),
            (
                policy("range", "orders", &home, &member(all.clone())),
                "it can share: customers, products",
            ),
            (
                policy("range", "products", &home, &member(access(&["smell"], &[]))),
                "no field 'smell'",
            ),
            (policy("range", "products", &home, &member(access(&["name"], &[]))), "without"),
            (
                policy(
                    "range",
                    "products",
                    &home,
                    &member(access(&["name", "options", "variants"], &["name"])),
                ),
                "written by their home only",
            ),
        ] {
            let error = fleet.act(StoreAct::Share(wrong)).await.unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let right = policy("range", "products", &home, &member(all.clone()));
        fleet.act(StoreAct::Share(right)).await.unwrap();
        let second = policy("more", "products", &branch, &[(&home, all.clone())]);
        let error = fleet.act(StoreAct::Share(second)).await.unwrap_err();
        assert!(error.contains("takes part once"), "{error}");

        // It is there after a restart, and ends with the home.
        let fleet = fleet.restart().await;
        let keeper = fleet.staff(&home).await;
        let product = json!({ "slug": "pot", "name": { "en": "Pot" }, "status": "active",
                              "variants": [{ "sku": "POT" }] });
        assert_eq!(keeper.post(PRODUCTS, &product).await.status, 201);
        settle(&fleet, &[&home, &branch]).await;
        let seller = fleet.staff(&branch).await;
        assert!(find(&seller, PRODUCTS, "slug", "pot").await.is_some());
        drop((keeper, seller));
        fleet.act(StoreAct::Backup { slug: home.clone() }).await.unwrap();
        fleet.act(StoreAct::Delete { slug: home.clone(), confirm: home.clone() }).await.unwrap();
        fleet.kernel.carry_shares().await;
        assert_eq!(fleet.kernel.share_statuses().await.unwrap().len(), 1, "it may come back");
        fleet.clock.advance(TimeDelta::days(31));
        fleet.kernel.empty_trash().await;
        assert!(fleet.kernel.share_statuses().await.unwrap().is_empty());
        let seller = fleet.staff(&branch).await;
        let pot = find(&seller, PRODUCTS, "slug", "pot").await.unwrap();
        let (status, own) =
            change(&seller, PRODUCTS, &pot, json!({ "name": { "en": "Ours" } })).await;
        assert_eq!(status, 200, "{own}");
        drop(seller);
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_store_wrote_before_it_fell_asleep_arrives() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let (home, branch) = (bare(&fleet, "home").await, bare(&fleet, "branch").await);
        let shared = policy("range", "products", &home, &[(&branch, ShareAccess::default())]);
        fleet.act(StoreAct::Share(shared)).await.unwrap();
        settle(&fleet, &[&home, &branch]).await;
        let keeper = fleet.staff(&home).await;
        let product = json!({ "slug": "pot", "name": { "en": "Pot" }, "status": "active",
                              "variants": [{ "sku": "POT" }] });
        assert_eq!(keeper.post(PRODUCTS, &product).await.status, 201);
        drop(keeper);
        fleet.store(&home).await.drain().await;
        fleet.kernel.close_idle(Duration::ZERO).await;
        let open: Vec<String> =
            fleet.kernel.open_stores().iter().map(|store| store.slug.to_string()).collect();
        assert!(
            open.contains(&home),
            "it is not closed before its product is on its way: {open:?}"
        );
        assert_eq!(fleet.kernel.carry_shares().await, 1);
        let seller = fleet.staff(&branch).await;
        assert!(find(&seller, PRODUCTS, "slug", "pot").await.is_some());
        drop(seller);
        fleet.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_and_the_api_let_stores_share() {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let (home, branch) = (bare(&fleet, "home").await, bare(&fleet, "branch").await);
        let administrator = fleet.administrator().await;
        let page = administrator.get("/mother/shares").await;
        assert_eq!(page.status, 200, "{}", page.text());
        let form = [
            ("act", "share"),
            ("name", "range"),
            ("kind", "products"),
            ("home", home.as_str()),
            ("members", branch.as_str()),
            ("read", ""),
            ("write", ""),
        ];
        assert_eq!(administrator.form("/mother/shares", &form).await.status, 303);
        let page = administrator.get("/mother/shares?notice=fleet-notice-shared").await.text();
        assert!(page.contains("range") && page.contains("They share now."), "{page}");
        let listed = administrator.get("/api/v1/mother/shares").await.json();
        assert_eq!(listed[0]["policy"]["home"], json!(home));
        let members = BTreeMap::from([(branch.clone(), json!({ "read": ["name"], "write": [] }))]);
        let wanted = json!({ "kind": "customers", "home": home, "members": members });
        let put = administrator.put("/api/v1/mother/shares/family", &wanted).await;
        assert_eq!(put.status, 200, "{}", put.text());
        let wrong = json!({ "kind": "customers", "home": home, "members": {} });
        let refused = administrator.put("/api/v1/mother/shares/family", &wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert_eq!(administrator.delete("/api/v1/mother/shares/family").await.status, 200);
        let end = [("act", "end"), ("name", "range")];
        assert_eq!(administrator.form("/mother/shares", &end).await.status, 303);
        assert_eq!(administrator.get("/api/v1/mother/shares").await.json(), json!([]));
        let stranger = fleet.staff(&home).await;
        assert_eq!(
            stranger.get("/api/v1/mother/shares").await.status,
            404,
            "no store has this page"
        );
        drop((administrator, stranger));
        fleet.close().await;
    })
    .await;
}
