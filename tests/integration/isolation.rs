//! Nothing crosses stores: every route of a store is called with the session, the token, the ids and the files
//! of another one, and no answer has anything of that other store in it, nor does anything change there.

use std::collections::BTreeMap;

use hatchery_component::sharing::{ShareAccess, SharePolicy};
use hatchery_component::stores::StoreAct;
use hatchery_kernel::Store;
use hatchery_testkit::{Answer, TestClient, TestFleet, for_each_database};
use serde_json::{Map, Value, json};

use crate::fleet::{blueprints, buy, shop};

/// Stands in every text of the foreign store that its owner wrote.
const MARK: &str = "Zebrawood";
const MAIL: &str = "zebrawood@example.org";

/// What somebody has of a store.
struct Belongings {
    /// Signed in as staff.
    staff: TestClient,
    /// The `Cookie` header of that.
    cookie: String,
    /// An API token.
    bearer: String,
    /// Values for parameters of paths, by name; several where it could be one of several things.
    values: BTreeMap<&'static str, Vec<String>>,
}

/// A shop with everything in it that can be named, all of it marked.
async fn fill(fleet: &TestFleet, slug: &str) -> Belongings {
    let guest = fleet.http(slug);
    let order = buy(&guest, MARK).await;
    let store = fleet.store(slug).await;
    store.drain().await;
    let staff = fleet.staff(slug).await;
    let admin = |resource: &str| format!("/api/v1/admin/{resource}");
    let token = json!({ "name": MARK, "role": "owner" });
    let token = staff.post(&admin("api-tokens"), &token).await;
    assert_eq!(token.status, 201, "{}", token.text());
    let token = token.json();
    let user = json!({ "email": MAIL, "name": MARK, "role": "owner" });
    let user = staff.post(&admin("users"), &user).await;
    assert_eq!(user.status, 201, "{}", user.text());
    let products = guest.get("/api/v1/store/products").await.json();
    let product = &products["items"][0];
    let cart = guest.post("/api/v1/store/carts", &json!({})).await.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = json!({ "sku": product["variants"][0]["sku"], "quantity": 1 });
    let path = format!("/api/v1/store/carts/{}/lines", text(&cart["id"]));
    let cart = guest.post(&path, &line).await.json();
    let mut ids = vec![text(&cart["id"]), text(&token["id"])];
    let described = staff.get("/api/v1/admin/resources").await.json();
    let described = described.as_array().cloned().unwrap_or_default();
    for resource in described.iter().chain(described.is_empty().then_some(&Value::Null)) {
        let name = resource["name"].as_str().unwrap_or("orders");
        let list = staff.get(&format!("/api/v1/admin/{name}?limit=20")).await;
        if list.status == 200 {
            let items = list.json()["items"].as_array().cloned().unwrap_or_default();
            ids.extend(items.iter().map(|item| text(&item["id"])));
        }
    }
    let ctx = store.system_ctx("catalog".into(), None);
    let files = ctx.get::<dyn hatchery_component::platform::Files>().unwrap();
    let kept =
        files.put(&ctx, vec![("text/plain".into(), MARK.as_bytes().to_vec())]).await.unwrap();
    let hash = kept[0].hash.clone();
    let cookie = staff.cookie("hatchery-session").expect("there is a session");
    ids.sort();
    ids.dedup();
    let values = BTreeMap::from([
        ("line_id", vec![text(&cart["lines"][0]["id"])]),
        ("number", vec![text(&order["number"])]),
        ("token", vec![text(&order["token"])]),
        ("hash", vec![hash]),
        ("ids", ids),
    ]);
    let bearer = format!("Bearer {}", text(&token["data"]["token"]));
    Belongings { staff, cookie: format!("hatchery-session={cookie}"), bearer, values }
}

/// An operation of the document.
struct Operation {
    method: String,
    path: String,
    parameters: Vec<String>,
    body: bool,
}

async fn operations(client: &TestClient) -> Vec<Operation> {
    let document = client.get("/api/openapi.json").await.json();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameters: Vec<String> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(str::to_owned)
            .collect();
        for (method, operation) in item.as_object().unwrap() {
            if ["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                found.push(Operation {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    parameters: parameters.clone(),
                    body: operation.get("requestBody").is_some(),
                });
            }
        }
    }
    found
}

/// The paths of an operation with foreign values in the places of its parameters.
fn foreign_paths(operation: &Operation, theirs: &Belongings) -> Vec<String> {
    let mut paths = vec![operation.path.clone()];
    for name in &operation.parameters {
        let known = theirs.values.get(name.as_str());
        let values = known.unwrap_or(&theirs.values["ids"]);
        // All values for the first, one for each of the others: enough to reach every handler with each id.
        let values: Vec<&String> = match paths.len() {
            1 => values.iter().collect(),
            _ => values.iter().take(1).collect(),
        };
        let place = format!("{{{name}}}");
        paths = paths
            .iter()
            .flat_map(|path| values.iter().map(|value| path.replace(&place, value)))
            .collect();
    }
    let token = &theirs.values["token"][0];
    if operation.path.contains("/orders/{number}") {
        paths.iter_mut().for_each(|path| path.push_str(&format!("?token={token}")));
    }
    paths
}

async fn send(
    client: &TestClient,
    operation: &Operation,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let mut request = client.request(operation.method.parse().unwrap(), path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match operation.body {
        true => {
            request = request.header("content-type", "application/json");
            body.to_string().into()
        }
        false => Default::default(),
    };
    client.send(request.body(body)).await
}

/// A body that names foreign things in every way a body could.
fn foreign_body(theirs: &Belongings) -> Value {
    let ids = &theirs.values["ids"];
    let mut body = Map::new();
    for key in [
        "id",
        "cart",
        "cart_id",
        "order",
        "order_id",
        "customer",
        "customer_id",
        "product",
        "payment",
    ] {
        body.insert(key.into(), json!(ids[0]));
    }
    body.insert("ids".into(), json!(ids));
    body.insert("number".into(), json!(theirs.values["number"][0]));
    body.insert("token".into(), json!(theirs.values["token"][0]));
    body.insert("file".into(), json!(theirs.values["hash"][0]));
    Value::Object(body)
}

#[track_caller]
fn nothing_of_theirs(what: &str, answer: &Answer, theirs: &Belongings) {
    let text = answer.text();
    assert!(
        !text.contains(MARK) && !text.contains(MAIL),
        "{what} tells of the other store: {text}"
    );
    assert!(!text.contains(&theirs.values["token"][0]), "{what} tells a token of the other store");
    assert!(
        answer.status.as_u16() != 500,
        "{what} fails on foreign ids instead of refusing them: {text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_tells_or_changes_anything_of_another_store() {
    call_everything(Declared::Nothing).await;
}

/// The declared exception: stores that share products, and the files of customers who agree, share nothing
/// else. The customer of this test was never asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_opens_what_it_says_and_nothing_else() {
    call_everything(Declared::ProductsAndCustomers).await;
}

/// What the stores share.
#[derive(Clone, Copy, PartialEq)]
enum Declared {
    Nothing,
    ProductsAndCustomers,
}

async fn share(fleet: &TestFleet, ours: &str, theirs: &str) {
    for kind in ["products", "customers"] {
        let members = BTreeMap::from([(ours.to_owned(), ShareAccess::default())]);
        let (name, kind, home) = (kind.to_owned(), kind.to_owned(), theirs.to_owned());
        let policy = SharePolicy { name, kind, home, members };
        fleet.act(StoreAct::Share(policy)).await.unwrap();
    }
    let told = fleet.kernel.share_statuses().await.unwrap();
    let carried: u64 = told.iter().flat_map(|share| &share.ways).map(|way| way.carried).sum();
    assert!(carried > 0, "they share for real: {told:?}");
}

async fn call_everything(declared: Declared) {
    for_each_database(|database| async move {
        let fleet = TestFleet::on(database, blueprints()).await;
        let (ours, theirs) =
            (shop(&fleet, "ours", "grocery").await, shop(&fleet, "theirs", "grocery").await);
        let own_order = buy(&fleet.http(&ours), "Oak").await;
        let belongings = fill(&fleet, &theirs).await;
        assert_eq!(
            own_order["number"], belongings.values["number"][0],
            "both count alike: a harder test"
        );
        let own_staff = fleet.staff(&ours).await;
        let (their_store, our_store) = (fleet.store(&theirs).await, fleet.store(&ours).await);
        their_store.drain().await;
        if declared == Declared::ProductsAndCustomers {
            share(&fleet, &ours, &theirs).await;
            their_store.drain().await;
        }
        let guest = fleet.http(&ours);
        let operations = operations(&own_staff).await;
        assert!(operations.len() > 60, "the document has all routes: {}", operations.len());
        let before = rows(&their_store).await;
        let body = foreign_body(&belongings);
        let mut calls = 0;
        for operation in &operations {
            let is_staff =
                operation.path.starts_with("/api/v1/admin/") || operation.path.contains("/admin/");
            for path in foreign_paths(operation, &belongings) {
                let what = format!("{} {path}", operation.method);
                let session = [("cookie", belongings.cookie.as_str())];
                let bearer = [("authorization", belongings.bearer.as_str())];
                let by_session = send(&guest, operation, &path, &session, &body).await;
                let by_token = send(&guest, operation, &path, &bearer, &body).await;
                for answer in [&by_session, &by_token] {
                    nothing_of_theirs(&what, answer, &belongings);
                }
                // A webhook proves itself by its signature, whoever sends it.
                if !operation.path.contains("/webhooks/") {
                    assert_eq!(by_token.status, 401, "{what}: a foreign token is no token here");
                }
                if is_staff && !operation.path.ends_with("/session") {
                    // Some look at what was sent before they look at who sent it.
                    let refused = [401, 422].contains(&by_session.status.as_u16());
                    assert!(
                        refused,
                        "{what}: a foreign session is none here, {}",
                        by_session.status
                    );
                }
                // The own staff, with ids that are not theirs. What would end the session comes last.
                if operation.path.ends_with("/session") || operation.path.ends_with("/password") {
                    continue;
                }
                let by_staff = send(&own_staff, operation, &path, &[], &body).await;
                nothing_of_theirs(&what, &by_staff, &belongings);
                let names_one = !operation.parameters.is_empty()
                    && operation
                        .parameters
                        .iter()
                        .all(|name| name != "resource" && name != "action");
                if names_one && operation.method == "GET" && !shared(&operation.path) {
                    assert!(
                        !by_staff.status.is_success(),
                        "{what} finds a foreign id: {}",
                        by_staff.text()
                    );
                }
                calls += 3;
            }
        }
        for hash in &belongings.values["hash"] {
            assert_eq!(guest.get(&format!("/files/{hash}")).await.status, 404);
            assert_eq!(fleet.http(&theirs).get(&format!("/files/{hash}")).await.status, 200);
        }
        our_store.drain().await;
        assert_eq!(rows(&their_store).await, before, "nothing was written there");
        eprintln!("{calls} calls of {} operations", operations.len());
        drop((their_store, our_store, belongings.staff));
        fleet.close().await;
    })
    .await;
}

/// Paths whose parameter names a thing that both stores have, such as a component.
fn shared(path: &str) -> bool {
    // The history of what is not there is empty.
    path.ends_with("/history")
        || path.contains("/components/{")
        || path.contains("{resource}")
        || path.contains("/products/{slug}")
}

/// How many rows each resource of a store has, and how often it was written to.
async fn rows(store: &Store) -> u64 {
    store.db.sequence()
}
