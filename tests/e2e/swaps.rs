//! Components come and go while the store sells, and nothing is dropped.
//!
//! `HATCHERY_TEST_SWAPS=100` makes as many changes of each kind; fewer are made without it.

use std::env;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::Client;
use crate::support::Host;

/// Folder with the libraries of all components in `loaded` and the catalog's next version in `next`; set by
/// `cargo xtask test`.
const LIBRARIES_VARIABLE: &str = "HATCHERY_TEST_LIBRARIES";
/// Browsing and buying at once.
const CONNECTIONS: u64 = 64;

/// What the crowd did while components came and went.
#[derive(Default)]
struct Tally {
    ended: AtomicBool,
    requests: AtomicU64,
    orders: AtomicU64,
    failures: Mutex<Vec<String>>,
}

impl Tally {
    /// Sends a request; anything but these answers is a failure.
    fn note(&self, what: &str, answer: &reqwest::Result<crate::client::Answer>, good: &[u16]) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let told = match answer {
            Ok(answer) if good.contains(&answer.status.as_u16()) => return,
            Ok(answer) => format!("{what}: {answer:?}"),
            Err(error) => format!("{what}: {error:?}"),
        };
        self.failures.lock().expect("nobody panicked").push(told);
    }
}

/// Browses and buys until the others have ended.
async fn shop(client: Client, tally: Arc<Tally>, number: u64) {
    let get = async |path: &str, good: &[u16]| {
        let answer = client.send(reqwest::Method::GET, path, None, None).await;
        tally.note(path, &answer, good);
    };
    for round in 0.. {
        if tally.ended.load(Ordering::Relaxed) {
            return;
        }
        get("/api/v1/store/products?limit=5", &[200]).await;
        get("/api/v1/store/products/crowd", &[200]).await;
        get("/products/crowd", &[200]).await;
        // The part that goes and comes is there or it is not.
        get("/api/v1/store/recommendations?placement=home&limit=3", &[200, 404]).await;
        if !(number + round).is_multiple_of(4) {
            continue;
        }
        let post = async |path: &str, body: Value, key: Option<&str>, good: &[u16]| {
            let answer = client.send(reqwest::Method::POST, path, Some(body), key).await;
            tally.note(path, &answer, good);
            answer.ok().map(|answer| answer.body)
        };
        let cart = post("/api/v1/store/carts", json!({}), None, &[201]).await;
        let Some(id) = cart.as_ref().and_then(|cart| cart["id"].as_str()) else { continue };
        let cart = format!("/api/v1/store/carts/{id}");
        let line = json!({ "sku": "CROWD", "quantity": 1 });
        post(&format!("{cart}/lines"), line, None, &[200, 201]).await;
        let email = format!("crowd{number}@example.org");
        let request = client.checkout_request(&cart, &email).await;
        let key = format!("crowd-{number}-{round}");
        let placed = post(&format!("{cart}/checkout"), request, Some(&key), &[201]).await;
        if placed.is_some_and(|order| order["number"].is_string()) {
            tally.orders.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn swaps() -> usize {
    let text = env::var("HATCHERY_TEST_SWAPS").unwrap_or_default();
    if text.is_empty() { 6 } else { text.parse().expect("a number") }
}

/// The catalog as a library.
fn catalog(version: &str) -> Option<String> {
    let folder = PathBuf::from(env::var_os(LIBRARIES_VARIABLE)?);
    let (prefix, suffix) = (env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let name = if version == "next" { "catalog_next" } else { "catalog" };
    Some(
        folder.join(version).join(format!("{prefix}hatchery_{name}{suffix}")).display().to_string(),
    )
}

/// Makes changes of the component set and keeps how long each took.
struct Operator<'a> {
    host: &'a Host,
    staff: Client,
    took: Vec<Duration>,
}

impl Operator<'_> {
    /// By the API, as the back office does.
    async fn change(&mut self, change: Value) {
        let begun = Instant::now();
        let answer = self.staff.post("/api/v1/admin/component-changes", change.clone()).await;
        self.took.push(begun.elapsed());
        assert_eq!(answer.status, StatusCode::OK, "{change}: {answer:?}");
        assert_eq!(answer.body["possible"], true, "{change}: {answer:?}");
    }

    async fn swap(&mut self, component: &str, to: &str) {
        self.change(json!({ "swap": { "component": component, "to": to } })).await;
    }

    /// By the command line, because a file is for those who run the host.
    async fn command(&mut self, arguments: &[&str]) {
        let begun = Instant::now();
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        let output = self.host.run_beside(&arguments).await;
        self.took.push(begun.elapsed());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text} {:?}", output.stderr);
    }

    /// The middle and the longest time, for the log.
    fn tell(&mut self, what: &str) {
        let mut took = std::mem::take(&mut self.took);
        took.sort();
        if let (Some(middle), Some(longest)) = (took.get(took.len() / 2), took.last()) {
            println!("{} {what}: {middle:?} in the middle, {longest:?} at most", took.len());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_dropped_while_components_come_and_go() {
    let host = Host::start(&["--demo"]).await;
    let staff = Client::owner(&host).await;
    staff.make_product("CROWD", 1_000_000).await;
    let tally = Arc::new(Tally::default());
    let crowd: Vec<_> = (0..CONNECTIONS)
        .map(|number| tokio::spawn(shop(Client::new(&host), tally.clone(), number)))
        .collect();

    let count = swaps();
    let mut operator = Operator { host: &host, staff, took: Vec::new() };
    for _ in 0..count {
        operator.change(json!({ "disable": "recommendation" })).await;
        operator.change(json!({ "enable": "recommendation" })).await;
    }
    operator.tell("toggles");
    for _ in 0..count {
        operator.swap("recommendation", "recommendation-popular").await;
        operator.swap("recommendation-popular", "recommendation").await;
    }
    operator.tell("swaps of two components");
    if let (Some(first), Some(next)) = (catalog("loaded"), catalog("next")) {
        for _ in 0..count.min(20) {
            operator.command(&["component", "swap", "catalog", &next]).await;
            operator.command(&["component", "swap", "catalog", &first]).await;
        }
        operator.tell("swaps of two versions");
        let known = operator.staff.get("/api/v1/admin/components").await.body;
        let all = known["items"].as_array().or(known.as_array()).expect("components");
        let catalog = all.iter().find(|it| it["id"] == "catalog").expect("the catalog");
        assert_eq!(
            (catalog["version"].as_str(), catalog["home"].as_str()),
            (Some("0.1.0"), Some("loaded"))
        );
    } else {
        println!("SKIPPED: {LIBRARIES_VARIABLE} is not set, so no library is swapped");
    }
    tally.ended.store(true, Ordering::Relaxed);
    for buyer in crowd {
        buyer.await.expect("a buyer does not panic");
    }

    let told = operator.staff.get("/api/v1/admin/component-host").await.body;
    let (requests, orders) =
        (tally.requests.load(Ordering::Relaxed), tally.orders.load(Ordering::Relaxed));
    println!("{requests} requests, {orders} orders; {told}");
    let failures = tally.failures.lock().expect("nobody panicked");
    let first: Vec<&String> = failures.iter().take(5).collect();
    assert!(failures.is_empty(), "{} of {requests} failed: {first:#?}", failures.len());
    assert!(orders > 0, "somebody bought");
    // What goes is let go of once the last request on it has ended.
    assert!(told["retired_libraries"].as_u64() <= Some(2), "{told}");
}
