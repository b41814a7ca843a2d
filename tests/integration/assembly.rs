//! One component after the other taken out: what needs it is named, everything else boots, serves and sells.
//!
//! What is expected follows from the manifests and declarations of the linked components, so that a new
//! component is tried without a line here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use hatchery_component::platform::{Components, Resources};
use hatchery_component::{Manifest, Route};
use hatchery_kernel::routing::Lookup;
use hatchery_testkit::{Answer, TestClient, TestStore, TestStoreOptions};
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::scene;

const MUG: &str = "MUG-1";

type Ids = BTreeSet<String>;

/// What linked components say of themselves.
struct Parts(BTreeMap<String, Manifest>);

impl Parts {
    /// Those that are on by default. The others take the place of one of these, so a store never runs all.
    fn linked() -> Self {
        Self(Self::all().0.into_iter().filter(|(_, manifest)| manifest.on_by_default).collect())
    }

    fn all() -> Self {
        let linked = hatchery_component::registrations().unwrap();
        // What runs in the mother only cannot be tried in a store.
        let manifests = linked.into_iter().map(|(manifest, _)| manifest);
        let manifests = manifests.filter(|manifest| !manifest.requires.contains_key("stores"));
        Self(manifests.map(|manifest| (manifest.id.clone(), manifest)).collect())
    }

    /// A random set of which each part has what it needs and no two want the same role.
    fn closed_subset(&self, dice: &mut Dice) -> Ids {
        let share = [2, 5, 8][dice.below(3)];
        let mut chosen: Ids = self.ids().into_iter().filter(|_| dice.below(10) < share).collect();
        let mut roles = BTreeSet::new();
        // Which of two that want a role stays is a matter of chance too.
        let mut order: Vec<String> = chosen.iter().cloned().collect();
        if dice.below(2) == 1 {
            order.reverse();
        }
        for id in &order {
            let exclusive = self.0[id].provides.iter().filter(|(_, it)| !it.collective);
            let wanted: Vec<&String> = exclusive.map(|(interface, _)| interface).collect();
            match wanted.iter().any(|role| roles.contains(*role)) {
                true => drop(chosen.remove(id)),
                false => roles.extend(wanted),
            }
        }
        let provided = |ids: &Ids, interface: &String| {
            ids.iter().any(|id| self.0[id].provides.contains_key(interface))
        };
        let everything = self.ids();
        loop {
            let lacks = |id: &&String| {
                let mut needs = self.0[*id].requires.keys();
                // What no component provides the kernel does.
                needs.any(|it| provided(&everything, it) && !provided(&chosen, it))
            };
            let Some(id) = chosen.iter().find(lacks).cloned() else { return chosen };
            chosen.remove(&id);
        }
    }

    fn ids(&self) -> Ids {
        self.0.keys().cloned().collect()
    }

    /// What cannot run without a component, by way of others too.
    fn needing(&self, out: &str) -> Ids {
        let mut gone = Ids::from([out.to_owned()]);
        loop {
            let lost = |interface: &String| {
                let mut providers =
                    self.0.values().filter(|it| it.provides.contains_key(interface)).peekable();
                // The kernel provides what no component does.
                providers.peek().is_some() && providers.all(|it| gone.contains(&it.id))
            };
            let next: Vec<String> = self
                .0
                .values()
                .filter(|it| !gone.contains(&it.id) && it.requires.keys().any(lost))
                .map(|it| it.id.clone())
                .collect();
            if next.is_empty() {
                gone.remove(out);
                return gone;
            }
            gone.extend(next);
        }
    }

    /// Those that others of the set need come last.
    fn leaves_first(&self, ids: &Ids) -> Vec<String> {
        let mut ids: Vec<String> = ids.iter().cloned().collect();
        ids.sort_by_key(|id| (self.needing(id).len(), id.clone()));
        ids
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((number ^ (number >> 31)) % end as u64) as usize
    }
}

/// Which components a text quotes.
fn named(lines: &[String], ids: &Ids) -> Ids {
    let says = |id: &&String| lines.iter().any(|line| line.starts_with(&format!("'{id}' needs")));
    ids.iter().filter(says).cloned().collect()
}

/// Errors that were logged while this is there. Everything a test does happens on its own thread.
#[derive(Clone, Default)]
struct Complaints(Arc<Mutex<Vec<String>>>);

impl Complaints {
    fn listen() -> (Self, DefaultGuard) {
        let complaints = Self::default();
        let subscriber = tracing_subscriber::registry().with(complaints.clone());
        (complaints, tracing::subscriber::set_default(subscriber))
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[track_caller]
    fn check(&self, when: &str) {
        let found = self.take();
        assert!(found.is_empty(), "{when}: {found:#?}");
    }
}

impl<S: Subscriber> Layer<S> for Complaints {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            let mut text = event.metadata().target().to_owned();
            event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                text.push_str(&format!(" {field}={value:?}"));
            });
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        }
    }
}

/// A store of all components with mugs at 11.50 and a tax of 20% that comes on top.
async fn shop() -> TestStore {
    let store = TestStore::with(TestStoreOptions::default()).await;
    scene::put_on_sale(&store, &[(MUG, "11.50", Some(1000))]).await;
    let ctx = store.ctx();
    let tax = json!({
        "code": "gb-standard",
        "name": { "en": "VAT 20%", "zh-CN": "增值税 20%" },
        "country": "GB",
        "region": "",
        "categories": ["standard"],
        "basis_points": 2000,
        "included": false,
        "active": true,
    });
    let resources = ctx.get::<dyn Resources>().unwrap();
    resources.save(&ctx, "tax-rates".into(), None, tax, None).await.unwrap();
    store
}

/// Asks for everything that a set of components serves, and for everything else; what is not as it should be.
async fn look_around(store: &TestStore, staff: &TestClient, running: &Ids) -> Vec<String> {
    let guest = store.http();
    let runs = |id: &str| running.contains(id);
    let mut odd = Vec::new();
    let mut served = BTreeSet::new();
    let all = store.kernel.known();
    for (id, known) in all.iter().filter(|(id, _)| runs(id)) {
        served.extend(known.declaration.routes.iter().map(|it| (id, it.method.as_str(), &it.path)));
    }
    // Two implementations of one interface may serve the same.
    let by_another = |id: &str, route: &Route| {
        let same = |(other, method, path): &(&str, &str, &String)| {
            *other != id && *method == route.method.as_str() && **path == route.path
        };
        served.iter().any(same)
    };
    for (id, known) in all.iter().filter(|(id, _)| *id != "kernel") {
        for route in &known.declaration.routes {
            let path = filled(&route.path);
            let request = guest.request(route.method.clone(), &path);
            let answer = guest.send(request.body(Default::default())).await;
            let (status, is_whole) = (answer.status.as_u16(), path == route.path);
            let is_fine = match runs(id) {
                false if by_another(id, route) => status < 500,
                // The kernel takes what follows for the name of a resource.
                false if path.starts_with("/api/v1/admin/") => answer.status.is_client_error(),
                false => status == 404,
                // Every page without a subject is there; what needs a component that is off says so.
                true if is_whole && route.method == "GET" => status < 500 && status != 404,
                true => status < 500 || (status == 503 && is_absence(&answer)),
            };
            if !is_fine {
                odd.push(format!("{} {path} of {id}: {status} {}", route.method, answer.text()));
            }
        }
        for resource in &known.declaration.resources {
            let api = match (runs(id), runs("identity")) {
                (true, true) => 200,
                (true, false) => 401,
                (false, _) => 404,
            };
            let page = match (runs("admin"), runs("identity")) {
                (false, _) => 404,
                (true, false) => 303,
                (true, true) => api,
            };
            for (begin, expected) in [("/api/v1/admin", api), ("/admin", page)] {
                let path = format!("{begin}/{}", resource.name);
                let status = staff.get(&path).await.status.as_u16();
                if status != expected {
                    odd.push(format!("{path} of {id}: {status} instead of {expected}"));
                }
            }
        }
    }
    let openapi = guest.get("/api/openapi.json").await;
    if openapi.status != 200 {
        odd.push(format!("the description of the API: {}", openapi.text()));
    }
    odd
}

/// Whether somebody who sends a form is told that the component behind it is off.
fn is_absence(answer: &Answer) -> bool {
    answer.text().contains("interface.absent")
        || answer.header("content-type").starts_with("text/html")
}

/// A path with something in the place of its parameters.
fn filled(path: &str) -> String {
    path.replace("{slug}", "mug-1")
        .replace("{number}", "100001")
        .replace("{resource}", "products")
        .replace("{provider}", "payment-manual")
        .split('/')
        .map(
            |part| {
                if part.starts_with('{') { "01900000-0000-7000-8000-00000000ffff" } else { part }
            },
        )
        .collect::<Vec<_>>()
        .join("/")
}

/// Buys two mugs by the API, as far as the parts allow, and follows the order to its end.
async fn buy(store: &TestStore, running: &Ids, when: &str) {
    let client = store.http();
    let runs = |id: &str| running.contains(id);
    if !runs("cart") {
        assert_eq!(client.post("/api/v1/store/carts", &json!({})).await.status, 404, "{when}");
        return;
    }
    let cart = scene::cart(&client, &[(MUG, 2)]).await;
    let mut body = json!({ "email": "ada@example.org", "shipping_address": scene::address() });
    let options = client.get(&format!("{cart}/shipping-options?country=GB")).await;
    let mut total = 2300;
    if runs("tax") {
        total += 460;
    }
    if runs("shipping") {
        let options = options.json();
        let codes: Vec<Value> = scene::each(&options, "code");
        match runs("shipping-flat-rate") {
            true => {
                assert_eq!(codes, [json!("standard"), json!("express")], "{when}");
                body["shipping_method"] = codes[0].clone();
                total += 395;
            }
            false => assert!(codes.is_empty(), "{when}: {options}"),
        }
    } else {
        assert_eq!(options.status, 404, "{when}");
    }
    let methods = client.get(&format!("{cart}/payment-methods")).await;
    let mut expected = "unpaid";
    if runs("payment") {
        let codes = scene::each(&methods.json(), "code");
        assert_eq!(codes.contains(&json!("remittance")), runs("payment-manual"), "{when}");
        assert_eq!(codes.contains(&json!("card")), runs("payment-card-sandbox"), "{when}");
        if runs("payment-manual") {
            body["payment"] = json!({ "method": "remittance" });
            expected = "pending";
        } else if runs("payment-card-sandbox") {
            body["payment"] = json!({ "method": "card", "token": "tok_visa" });
            expected = "authorized";
        }
    } else {
        assert_eq!(methods.status, 404, "{when}");
    }
    let before = if runs("inventory") { reserved(store).await } else { 0 };
    let placed = client.post(&format!("{cart}/checkout"), &body).await;
    if !runs("order") {
        assert_eq!(placed.status, 404, "{when}");
        return;
    }
    assert_eq!(placed.status, 201, "{when}: {}", placed.text());
    let order = placed.json();
    assert_eq!(order["total"], json!({ "minor": total, "currency": "GBP" }), "{when}: {order}");
    assert_eq!(order["payment_status"], expected, "{when}: {order}");
    store.drain().await;
    let path = format!("/api/v1/store/orders/{}", order["number"].as_str().unwrap());
    let token = order["token"].as_str().unwrap();
    let seen = client.get(&format!("{path}?token={token}")).await;
    assert_eq!(seen.status, 200, "{when}: {}", seen.text());
    assert_eq!(seen.json()["status"], "placed", "{when}");
    if runs("inventory") {
        assert_eq!(reserved(store).await - before, 2, "{when}");
    }
    let cancelled = client.post(&format!("{path}/cancel?token={token}"), &json!({})).await;
    assert_eq!(cancelled.status, 200, "{when}: {}", cancelled.text());
    assert_eq!(cancelled.json()["status"], "cancelled", "{when}");
    store.drain().await;
}

/// How many mugs are kept for orders.
async fn reserved(store: &TestStore) -> i64 {
    let left = store.http().get(&format!("/api/v1/store/availability?skus={MUG}")).await;
    left.json()["items"][0]["reserved"].as_i64().unwrap()
}

/// Buys a mug with the pages, when there are pages to buy with.
async fn buy_on_the_pages(store: &TestStore, running: &Ids, when: &str) {
    let runs = |id: &str| running.contains(id);
    if !["storefront", "cart", "order"].iter().all(|id| runs(id)) {
        return;
    }
    let client = store.http();
    let added = client.form("/cart/lines", &[("sku", MUG), ("quantity", "1")]).await;
    assert_eq!(added.status, 303, "{when}: {}", added.text());
    let form = client.get("/checkout").await;
    assert_eq!(form.status, 200, "{when}: {}", form.text());
    let mut fields = vec![
        ("action", "place"),
        ("email", "ada@example.org"),
        ("shipping_address.name", "Ada Lovelace"),
        ("shipping_address.line1", "12 St James's Square"),
        ("shipping_address.city", "London"),
        ("shipping_address.postal_code", "SW1Y 4JH"),
        ("shipping_address.country", "GB"),
        ("billing_same", "1"),
    ];
    let ships = runs("shipping") && runs("shipping-flat-rate");
    assert_eq!(form.text().contains("name=\"shipping_method\""), ships, "{when}: {}", form.text());
    if ships {
        fields.push(("shipping_method", "standard"));
    }
    let pays = runs("payment") && (runs("payment-manual") || runs("payment-card-sandbox"));
    assert_eq!(form.text().contains("name=\"payment.method\""), pays, "{when}: {}", form.text());
    if pays && runs("payment-manual") {
        fields.push(("payment.method", "remittance"));
    } else if pays {
        fields.extend([("payment.method", "card"), ("payment.token", "tok_visa")]);
    }
    let placed = client.form("/checkout", &fields).await;
    assert_eq!(placed.status, 303, "{when}: {}", placed.text());
    let order = client.get(placed.header("location")).await;
    assert_eq!(order.status, 200, "{when}: {}", order.text());
    store.drain().await;
}

#[tokio::test]
async fn one_after_the_other_is_switched_off_while_the_store_runs() {
    let (complaints, _listening) = Complaints::listen();
    let parts = Parts::linked();
    let store = shop().await;
    let staff = store.login_staff().await;
    let everything = parts.ids();
    let mut odd = look_around(&store, &staff, &everything).await;
    buy(&store, &everything, "with everything").await;
    buy_on_the_pages(&store, &everything, "with everything").await;
    complaints.check("with everything");
    for out in &everything {
        let switch = |id: String, on: bool| {
            let ctx = store.ctx();
            async move { ctx.get::<dyn Components>().unwrap().switch(&ctx, id, on).await.unwrap() }
        };
        let needing = parts.needing(out);
        let plan = {
            let ctx = store.ctx();
            ctx.get::<dyn Components>().unwrap().plan(&ctx, out.clone(), false).await.unwrap()
        };
        assert_eq!(plan.possible, needing.is_empty(), "{out}: {:?}", plan.lines);
        assert_eq!(named(&plan.lines, &everything), needing, "{out}: {:?}", plan.lines);
        if !needing.is_empty() {
            let refused = switch(out.clone(), false).await;
            assert_eq!((refused.possible, refused.lines), (false, plan.lines), "{out}");
            let (ctx, id) = (store.ctx(), out.clone());
            let status = ctx.get::<dyn Components>().unwrap().list(&ctx).await.unwrap();
            let mut expected = status.iter().filter(|it| everything.contains(&it.id));
            assert!(expected.all(|it| it.enabled), "a refusal for '{id}' changes nothing");
        }
        let mut going = parts.leaves_first(&needing);
        going.push(out.clone());
        for id in &going {
            let report = switch(id.clone(), false).await;
            assert!(report.possible, "{id}: {:?}", report.lines);
        }
        let gone: Ids = going.iter().cloned().collect();
        let running: Ids = everything.difference(&gone).cloned().collect();
        let when = format!("without {}", going.join(", "));
        let found = look_around(&store, &staff, &running).await;
        odd.extend(found.into_iter().map(|it| format!("{when}: {it}")));
        buy(&store, &running, &when).await;
        buy_on_the_pages(&store, &running, &when).await;
        for id in going.iter().rev() {
            let report = switch(id.clone(), true).await;
            assert!(report.possible, "{id}: {:?}", report.lines);
        }
        store.drain().await;
        buy(&store, &everything, &format!("after {out} is back")).await;
        odd.extend(complaints.take().into_iter().map(|it| format!("{when} is logged: {it}")));
    }
    assert!(odd.is_empty(), "{odd:#?}");
    store.close().await;
}

#[tokio::test]
async fn what_the_files_take_out_stays_out_and_what_needs_it_is_named() {
    let (complaints, _listening) = Complaints::listen();
    let parts = Parts::linked();
    let everything = parts.ids();
    let mut store = shop().await;
    for out in &everything {
        let needing = parts.needing(out);
        let file = format!("[components]\ndisabled = [\"{out}\"]\n");
        store.configure("stores/demo.toml", &file);
        // An edit while the store runs is refused by name when something needs it.
        let reloaded = store.kernel.reload_settings().await;
        match reloaded {
            Ok(()) => assert!(needing.is_empty(), "{out} is needed by {needing:?}"),
            Err(error) => {
                let lines: Vec<String> = error
                    .message()
                    .lines()
                    .map(|line| line.trim_start_matches("store 'demo': ").to_owned())
                    .collect();
                assert_eq!(named(&lines, &everything), needing, "{lines:?}");
                assert!(lines[0].contains("stores/demo.toml:2"), "{lines:?}");
            }
        }
        // At a start what cannot run is left out, and says why.
        store = store.restart().await;
        let running: Ids = everything.iter().filter(|id| *id != out).cloned().collect();
        let running: Ids = running.difference(&needing).cloned().collect();
        let ctx = store.ctx();
        let status = ctx.get::<dyn Components>().unwrap().list(&ctx).await.unwrap();
        for one in status.iter().filter(|it| everything.contains(&it.id)) {
            let when = format!("without {out}, {}: {:?}", one.id, one.problem);
            assert_eq!(one.enabled, running.contains(&one.id), "{when}");
            assert_eq!(one.problem.is_some(), needing.contains(&one.id), "{when}");
        }
        let components = ctx.get::<dyn Components>().unwrap();
        let plan = components.plan(&ctx, out.clone(), true).await.unwrap();
        assert!(!plan.possible && plan.lines[0].contains("stores/demo.toml:2"), "{:?}", plan.lines);
        buy(&store, &running, &format!("without {out}")).await;
        complaints.check(&format!("without {out} in the file"));
    }
    store.configure("stores/demo.toml", "");
    store.kernel.reload_settings().await.unwrap();
    buy(&store, &everything, "with an empty file").await;
    complaints.check("with an empty file");
    store.close().await;
}

#[tokio::test]
async fn nothing_but_what_a_purchase_needs_still_sells() {
    let (complaints, _listening) = Complaints::listen();
    let selling = ["catalog", "pricing", "cart", "order"];
    let running: Ids = selling.iter().map(|id| (*id).to_owned()).collect();
    for more in [&[][..], &["payment"], &["shipping"], &["payment", "shipping", "storefront"]] {
        let running: Ids =
            running.iter().cloned().chain(more.iter().map(|it| (*it).to_owned())).collect();
        let store = TestStore::new(running.iter().map(String::as_str)).await;
        scene::put_on_sale(&store, &[(MUG, "11.50", None)]).await;
        let when = format!("with {more:?} but no provider");
        buy(&store, &running, &when).await;
        buy_on_the_pages(&store, &running, &when).await;
        complaints.check(&when);
        store.close().await;
    }
}

/// How many subsets are tried, and from which seed on: `HATCHERY_TEST_SUBSETS=300 HATCHERY_TEST_SEED=7`.
fn number(variable: &str, default: u64) -> u64 {
    let text = std::env::var(variable).unwrap_or_default();
    if text.is_empty() { default } else { text.parse().expect("a number") }
}

#[tokio::test]
async fn every_closed_subset_boots_and_no_page_leads_to_what_is_not_there() {
    let (complaints, _listening) = Complaints::listen();
    let parts = Parts::all();
    let mut dice = Dice(number("HATCHERY_TEST_SEED", 1));
    let count = number("HATCHERY_TEST_SUBSETS", 12) as usize;
    let mut subsets = BTreeSet::new();
    while subsets.len() < count {
        subsets.insert(parts.closed_subset(&mut dice));
    }
    let mut odd = Vec::new();
    for running in &subsets {
        let when = running.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        let store = TestStore::new(running.iter().map(String::as_str)).await;
        if running.contains("catalog") {
            scene::put_on_sale(&store, &[(MUG, "11.50", None)]).await;
        }
        let signs_in = running.contains("identity");
        let staff = if signs_in { store.login_staff().await } else { store.http() };
        for path in ["/health/live", "/health/ready"] {
            let answer = staff.get(path).await;
            if answer.status != 200 {
                odd.push(format!("with {when}: {path} {} {}", answer.status, answer.text()));
            }
        }
        let found = look_around(&store, &staff, running).await;
        let dead = dead_links(&store, &staff).await;
        odd.extend(found.into_iter().chain(dead).map(|it| format!("with {when}: {it}")));
        odd.extend(complaints.take().into_iter().map(|it| format!("with {when} is logged: {it}")));
        store.close().await;
    }
    assert!(odd.is_empty(), "{odd:#?}");
}

/// Links and forms that lead nowhere, of all pages that can be reached from the first ones.
async fn dead_links(store: &TestStore, client: &TestClient) -> Vec<String> {
    const MOST: usize = 60;
    let mut odd = Vec::new();
    let mut waiting: Vec<(String, String)> = Vec::new();
    for start in ["/", "/admin"] {
        // Without the component that has the page there is nothing to follow.
        if client.get(start).await.status != 404 {
            waiting.push((start.to_owned(), "the beginning".to_owned()));
        }
    }
    let mut seen = BTreeSet::new();
    while let Some((path, from)) = waiting.pop() {
        if seen.len() >= MOST || !seen.insert(path.clone()) {
            continue;
        }
        let answer = client.get(&path).await;
        let status = answer.status.as_u16();
        if status == 404 || status >= 500 {
            odd.push(format!("{path} on {from}: {status}"));
        }
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        let text = answer.text();
        for link in attributes(&text, "href") {
            waiting.push((link, path.clone()));
        }
        let assembly = store.store.assembly.load_full();
        for action in attributes(&text, "action") {
            let target = action.split('?').next().unwrap_or_default();
            let found = assembly.paths.find(&reqwest::Method::POST, target);
            if matches!(found, Lookup::NotFound) {
                odd.push(format!("the form for {action} on {path} leads nowhere"));
            }
        }
    }
    odd
}

/// The values of an attribute that are paths of this store.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let mark = format!(" {name}=\"");
    let marks = html.split(&mark).skip(1);
    let values = marks.filter_map(|rest| rest.split('"').next());
    let own = values.filter(|value| value.starts_with('/') && !value.starts_with("//"));
    own.map(|value| value.split('#').next().unwrap_or_default().replace("&amp;", "&")).collect()
}
