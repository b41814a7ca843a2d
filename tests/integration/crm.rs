//! Customer files: grown from orders and facts, never asked twice, never emptied.

use futures::future::join_all;
use hatchery_component::Kind;
use hatchery_interfaces::crm::{
    ContactChannel, Customer, CustomerFacts, CustomerId, Customers, Gender,
};
use hatchery_testkit::{TestDatabase, TestStore, for_each_database};
use hatchery_types::{Query, Sort};
use serde_json::{Value, json};

use crate::scene::{self, address, gbp, part};

const COMPONENTS: [&str; 7] =
    ["catalog", "pricing", "inventory", "cart", "order", "crm", "identity"];

fn facts(data: Value) -> CustomerFacts {
    serde_json::from_value(data).unwrap()
}

async fn file(store: &TestStore, id: CustomerId) -> Customer {
    let ctx = store.ctx();
    let customers = ctx.get::<dyn Customers>().unwrap();
    customers.customers(&ctx, vec![id]).await.unwrap().pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_grows_from_the_orders_of_a_guest() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, COMPONENTS).await;
        scene::put_on_sale(&store, &[("A", "2.55", None)]).await;
        let guest = store.http();
        let first = scene::order(&guest, &[("A", 2)]).await;
        store.drain().await;
        store.clock.advance(chrono::TimeDelta::hours(2));
        let second = scene::order(&guest, &[("A", 1)]).await;
        let cart = scene::cart(&guest, &[("A", 1)]).await;
        let mut body = json!({ "email": "EVE@example.org", "shipping_address": address() });
        body["shipping_address"]["name"] = json!("Eve");
        body["shipping_address"]["phone"] = json!("+44 1");
        assert_eq!(guest.post(&format!("{cart}/checkout"), &body).await.status, 201);
        store.drain().await;
        let ctx = store.ctx();
        let customers = ctx.get::<dyn Customers>().unwrap();
        let emails = ["eve@EXAMPLE.org", "ada@example.org", "no@example.org"].map(str::to_owned);
        let found = customers.customers_by_email(&ctx, emails.to_vec()).await.unwrap();
        assert_eq!(found.len(), 2);
        let ada = found.iter().find(|it| it.email.as_deref() == Some("ada@example.org")).unwrap();
        let expected = json!({
            "id": ada.id,
            "email": "ada@example.org",
            "name": "Ada Lovelace",
            "gender": null,
            "birth_date": null,
            "age": null,
            "occupation": null,
            "interests": [],
            "channels": [{ "kind": "email", "value": "ada@example.org", "preferred": false }],
            "address": address(),
            "locale": "en",
            "references": {},
            "orders": 2,
            "spent": gbp(765),
            "first_order_at": first["placed_at"],
            "last_order_at": second["placed_at"],
            "created_at": "2026-01-05T10:00:00Z",
            "version": ada.version,
        });
        assert_eq!(json!(ada), expected);
        let eve = found.iter().find(|it| it.id != ada.id).unwrap();
        let channels: Vec<(&str, &str)> =
            eve.channels.iter().map(|it| (it.kind.as_str(), it.value.as_str())).collect();
        assert_eq!(channels, [("email", "eve@example.org"), ("phone", "+44 1")]);

        let (number, token): (String, String) = (part(&second, "number"), part(&second, "token"));
        let cancel = format!("/api/v1/store/orders/{number}/cancel?token={token}");
        assert_eq!(guest.post(&cancel, &json!({})).await.status, 200);
        store.drain().await;
        let ada = file(&store, ada.id).await;
        assert_eq!(
            (ada.orders, ada.spent),
            (1, Some(gbp(510))),
            "a cancelled order does not count"
        );
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_fill_what_is_empty_and_find_the_file_by_number_or_address() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["crm"]).await;
        let ctx = store.ctx();
        let customers = ctx.get::<dyn Customers>().unwrap();
        let learn = |all: Vec<Value>| {
            let (ctx, customers) = (&ctx, &customers);
            async move {
                customers.learn(ctx, all.into_iter().map(facts).collect()).await.unwrap()
            }
        };
        let ids = learn(vec![
            json!({ "email": " Ada@Example.org", "name": "Ada" }),
            json!({ "reference": ["old", "17850"], "name": "Bob" }),
            json!({ "reference": ["old", "17850"], "email": "bob@example.org", "occupation": "Baker" }),
            json!({ "email": "ADA@example.org", "birth_date": "1990-01-06", "gender": "female" }),
            json!({ "reference": ["other", "17850"], "email": "ada@example.org" }),
        ])
        .await;
        assert_eq!((ids[0], ids[1]), (ids[3], ids[2]));
        assert_eq!((ids[0] == ids[1], ids[4]), (false, ids[0]));
        let ada = file(&store, ids[0]).await;
        assert_eq!((ada.name.as_deref(), ada.gender), (Some("Ada"), Some(Gender::Female)));
        assert_eq!(ada.age, Some(35), "tomorrow it is 36");
        assert_eq!(json!(ada.references), json!({ "other": "17850" }));
        store.clock.advance(chrono::TimeDelta::days(1));
        assert_eq!(file(&store, ids[0]).await.age, Some(36));
        let bob = file(&store, ids[1]).await;
        assert_eq!((bob.name.as_deref(), bob.occupation.as_deref()), (Some("Bob"), Some("Baker")));

        // What is known stays; an address that another file has is not taken over.
        let told = scene::told(&store, "customer.saved.v1").await.len();
        let same = learn(vec![
            json!({ "email": "ada@example.org", "name": "Countess", "gender": "other" }),
            json!({ "reference": ["old", "17850"], "email": "ada@example.org" }),
        ])
        .await;
        assert_eq!(same, [ids[0], ids[1]]);
        assert_eq!(json!(file(&store, ids[0]).await)["name"], "Ada");
        assert_eq!(file(&store, ids[1]).await.email.as_deref(), Some("bob@example.org"));
        assert_eq!(scene::told(&store, "customer.saved.v1").await.len(), told, "nothing new, nothing told");
        let channel = |value: &str| json!({ "kind": "phone", "value": value, "preferred": true });
        learn(vec![json!({
            "email": "ada@example.org", "channels": [channel("1"), channel("2")], "interests": ["tea"],
        })])
        .await;
        let ada = file(&store, ids[0]).await;
        let preferred: Vec<&ContactChannel> = ada.channels.iter().filter(|it| it.preferred).collect();
        assert_eq!((preferred.len(), preferred[0].value.as_str()), (1, "1"));
        assert!(learn(vec![]).await.is_empty());
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_read_in_batches_and_pages() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["crm"]).await;
        let ctx = store.ctx();
        let customers = ctx.get::<dyn Customers>().unwrap();
        let people = ["cy", "ada", "bob"];
        let all =
            people.map(|name| facts(json!({ "email": format!("{name}@x.org"), "name": name })));
        let ids = customers.learn(&ctx, all.to_vec()).await.unwrap();
        let asked = vec![ids[2], ctx.new_id(), ids[0]];
        let names =
            |found: Vec<Customer>| found.into_iter().filter_map(|it| it.name).collect::<Vec<_>>();
        assert_eq!(names(customers.customers(&ctx, asked).await.unwrap()), ["bob", "cy"]);
        assert!(customers.customers(&ctx, vec![]).await.unwrap().is_empty());
        let query = || Query::<Customer>::new().order_by(Sort::ascending("name")).limit(2);
        let page = customers.list_customers(&ctx, query()).await.unwrap();
        assert_eq!(names(page.items), ["ada", "bob"]);
        let rest = query().after(page.next_cursor.unwrap());
        assert_eq!(names(customers.list_customers(&ctx, rest).await.unwrap().items), ["cy"]);
        let bob = Query::new().filter(Customer::EMAIL.eq("bob@x.org"));
        assert_eq!(names(customers.list_customers(&ctx, bob).await.unwrap().items), ["bob"]);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_write_files_and_are_told_what_cannot_be() {
    for_each_database(|database| async move {
        let store = TestStore::on(database, ["crm", "identity"]).await;
        let staff = store.login_staff().await;
        let path = "/api/v1/admin/customers";
        let ada = json!({
            "email": "Ada@Example.org",
            "name": "Ada",
            "birth_date": "1990-06-15",
            "interests": ["tea"],
            "channels": [
                { "kind": "wechat", "value": "ada", "preferred": true },
                { "kind": "phone", "value": "1", "preferred": false },
            ],
        });
        let made = staff.post(path, &ada).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        assert_eq!(
            (&made["data"]["email"], &made["data"]["age"]),
            (&json!("ada@example.org"), &json!(35))
        );
        let of_ada = format!("{path}/{}", part::<String>(&made, "id"));
        let emptied = staff.patch(&of_ada, &json!({ "name": null, "interests": [] })).await;
        assert_eq!(emptied.status, 200, "{}", emptied.text());
        assert_eq!(
            emptied.json()["data"]["name"],
            Value::Null,
            "staff may take back what is wrong"
        );
        assert_eq!(emptied.json()["data"]["channels"], made["data"]["channels"]);
        let both = json!([
            { "kind": "phone", "value": "1", "preferred": true },
            { "kind": "phone", "value": "2", "preferred": true },
        ]);
        for (body, status, code) in [
            (json!({ "birth_date": "2030-01-01" }), 422, "crm.birth_date"),
            (json!({ "birth_date": "1899-12-31" }), 422, "crm.birth_date"),
            (json!({ "channels": both }), 422, "crm.several_preferred"),
        ] {
            let refused = staff.patch(&of_ada, &body).await;
            assert_eq!(
                scene::problem(&refused),
                (status, code.into()),
                "{body}: {}",
                refused.text()
            );
        }
        let twin = staff.post(path, &json!({ "email": "ADA@example.org" })).await;
        assert_eq!(scene::problem(&twin), (409, "crm.email_taken".into()));
        let all = staff.get(path).await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 1, "the refused file was not begun");
        let name = json!({ "name": "A" });
        let first = [("if-match", "\"1\"")];
        let old = staff.json_with("PATCH".parse().unwrap(), &of_ada, &name, &first).await;
        assert_eq!(old.status, 412);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_orders_at_once_are_one_file() {
    for_each_database(|database: TestDatabase| async move {
        let store = TestStore::on(database, ["crm"]).await;
        let tries = (0..10).map(|number| {
            let ctx = store.ctx();
            async move {
                let fact =
                    facts(json!({ "email": "ada@example.org", "interests": [number.to_string()] }));
                let customers = ctx.get::<dyn Customers>().unwrap();
                loop {
                    match customers.learn(&ctx, vec![fact.clone()]).await {
                        Ok(ids) => return ids[0],
                        Err(error) => assert!(
                            matches!(error.kind(), Kind::Retry | Kind::Conflict),
                            "{}",
                            error.chain()
                        ),
                    }
                }
            }
        });
        let mut ids = join_all(tries).await;
        ids.dedup();
        assert_eq!(ids.len(), 1);
        let ctx = store.ctx();
        let all =
            ctx.get::<dyn Customers>().unwrap().list_customers(&ctx, Query::new()).await.unwrap();
        assert_eq!(all.items.len(), 1);
        assert_eq!(all.items[0].interests.len(), 10, "what each of them told is there");
        store.close().await;
    })
    .await;
}
