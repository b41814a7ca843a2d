//! What the boundary costs: the same component, called directly, as a linked one, and as a loaded one.
//!
//! `cargo xtask bench boundary`. The numbers of one run can be compared; those of two runs on a busy machine
//! cannot, so the table shows ratios.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../tests/loaded/library.rs"]
mod library;
mod log {
    /// Nothing is logged here.
    pub(crate) fn capture() {}
}

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use hatchery_component::{
    Component, Ctx, Declaration, Error, Instance, Manifest, Result, StoreContext,
};
use hatchery_kernel::http::router;
use hatchery_sample::{Kettle, Neighbor, Sample};
use hatchery_testkit::{TestStore, TestStoreOptions};
use http::{Request, header};
use tower::ServiceExt;

/// How long each measurement runs, and how often; the best counts.
const LENGTH: Duration = Duration::from_millis(200);
const ROUNDS: usize = 9;

/// Provides what the sample requires.
struct Next;

#[async_trait]
impl Component for Next {
    fn declare(&self) -> Declaration {
        Declaration::new()
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        Ok(Instance::new(Arc::new(())).provide::<dyn Neighbor>(Arc::new(Self)))
    }
}

#[async_trait]
impl Neighbor for Next {
    async fn answer(&self, _: &Ctx, _: String) -> Result<String> {
        Err(Error::internal("nobody asks"))
    }
}

/// A store with the sample in one of the homes.
async fn store(sample: Arc<dyn Component>) -> TestStore {
    let next = "id = 'next'\nversion = '1.0.0'\nsummary = 'x'\n[provides]\nneighbor = '1.0.0'";
    let manifest = |text: &str| Manifest::parse(text).unwrap();
    TestStore::with(TestStoreOptions {
        components: Some(Vec::new()),
        fakes: vec![
            (manifest(include_str!("../tests/sample/component.toml")), sample),
            (manifest(next), Arc::new(Next)),
        ],
        ..TestStoreOptions::default()
    })
    .await
}

/// Nanoseconds of one call: the best round.
async fn time(call: impl AsyncFn()) -> f64 {
    let mut best = f64::MAX;
    let mut batch = 1_u32;
    for _ in 0..ROUNDS {
        let (begun, mut calls) = (Instant::now(), 0_u32);
        while begun.elapsed() < LENGTH {
            for _ in 0..batch {
                call().await;
            }
            calls += batch;
        }
        best = best.min(begun.elapsed().as_nanos() as f64 / f64::from(calls));
        // So that looking at the clock does not count.
        batch = (20_000.0 / best).clamp(1.0, 1000.0) as u32;
    }
    best
}

async fn request(store: &TestStore, path: &str) -> f64 {
    let router = router(store.kernel.clone());
    time(async || {
        let request = Request::get(path).header(header::HOST, "demo.localhost").body(Body::empty());
        let response = router.clone().oneshot(request.unwrap()).await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
        to_bytes(response.into_body(), usize::MAX).await.unwrap();
    })
    .await
}

/// What component code pays: it fetches the interface and calls it.
async fn small(ctx: &Ctx) -> f64 {
    time(async || assert_eq!(ctx.get::<dyn Kettle>().unwrap().price(ctx, 7).await.unwrap(), 7))
        .await
}

async fn page(ctx: &Ctx) -> f64 {
    time(async || {
        assert_eq!(ctx.get::<dyn Kettle>().unwrap().page(ctx, 20).await.unwrap().len(), 20);
    })
    .await
}

fn row(what: &str, unit: &str, times: &[(&str, f64)]) {
    let first = times[0].1;
    for (home, time) in times {
        println!("{what:<28}{home:<10}{time:>12.0} {unit:<12}{:>7.2} x", time / first);
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let linked = store(Arc::new(Sample)).await;
        let loaded = store(library::load("hatchery-sample")).await;
        let (here, there) = (linked.ctx_of("next"), loaded.ctx_of("next"));
        println!("{:<28}{:<10}{:>12} {:<12}{:>9}", "", "home", "time", "", "ratio");

        let direct = here.get::<dyn Kettle>().unwrap();
        let held = time(async || assert_eq!(direct.price(&here, 7).await.unwrap(), 7)).await;
        let times =
            [("direct", held), ("linked", small(&here).await), ("loaded", small(&there).await)];
        row("small call", "ns", &times);
        let held = time(async || assert_eq!(direct.page(&here, 20).await.unwrap().len(), 20)).await;
        let times =
            [("direct", held), ("linked", page(&here).await), ("loaded", page(&there).await)];
        row("page of 20 products", "ns", &times);

        for (what, path) in
            [("route, some words", "/greeting"), ("route, 20 products", "/products")]
        {
            let each = [
                ("linked", request(&linked, path).await),
                ("loaded", request(&loaded, path).await),
            ];
            let rates = each.map(|(home, time)| (home, 1e9 / time));
            row(what, "requests/s", &rates);
        }
        linked.close().await;
        loaded.close().await;
    });
}
