//! Components that panic, hang and fail: the request ends cleanly, the component is taken out or rests, and
//! the store goes on.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::routing::{get, post};
use hatchery_component::platform::{ComponentChange, ComponentStatus};
use hatchery_component::{
    Access, Actor, Component, Ctx, Declaration, Error, Instance, Kind, Manifest, Result, Schedule,
    StoreContext, interface,
};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::kernel::{KernelOptions, testing};
use crate::{Kernel, Store};

#[interface(id = "luck", version = "1.0.0")]
#[async_trait]
trait Luck: Send + Sync {
    async fn draw(&self, ctx: &Ctx, how: String) -> Result<String>;
}

/// Fails in the way that it is told.
async fn act(how: &str) -> Result<String> {
    match how {
        "panic" => panic!("bad luck"),
        "hang" => std::future::pending().await,
        "defect" => Err(Error::internal("a broken lever")),
        "sold-out" => Err(Error::conflict("luck.sold_out", "Sold out.")),
        _ => Ok("won".into()),
    }
}

struct Wheel;

#[async_trait]
impl Luck for Wheel {
    async fn draw(&self, _: &Ctx, how: String) -> Result<String> {
        act(&how).await
    }
}

/// `wheel` provides luck, `stall` needs it and asks for it, `poster` stands alone.
struct Fair(&'static str);

#[async_trait]
impl Component for Fair {
    fn declare(&self) -> Declaration {
        async fn own(axum::extract::Path(how): axum::extract::Path<String>) -> Result<String> {
            act(&how).await
        }
        async fn draw(
            ctx: Ctx,
            axum::extract::Path(how): axum::extract::Path<String>,
        ) -> Result<String> {
            ctx.get::<dyn Luck>()?.draw(&ctx, how).await
        }
        let page = |path: &'static str| {
            Declaration::new().page(Access::Public, Method::GET, path, get(own)).page(
                Access::Public,
                Method::POST,
                path,
                post(own),
            )
        };
        match self.0 {
            "poster" => page("/poster/{how}")
                .job("poster.hang", Schedule::OnDemand, |_, how: Value| async move {
                    act(how.as_str().unwrap_or_default()).await.map(drop)
                })
                .task("poster.task", "poster.task", |_, how: Value, _| async move {
                    act(how.as_str().unwrap_or_default()).await.map(Value::from)
                }),
            "stall" => {
                Declaration::new().page(Access::Public, Method::GET, "/stall/{how}", get(draw))
            }
            _ => page("/wheel/{how}"),
        }
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        let instance = Instance::new(Arc::new(()));
        Ok(if self.0 == "wheel" { instance.provide::<dyn Luck>(Arc::new(Wheel)) } else { instance })
    }
}

struct Ground {
    kernel: Arc<Kernel>,
    store: Arc<Store>,
    folder: TempDir,
}

impl Ground {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let kernel = Kernel::open(Self::options(&folder)).await.unwrap();
        let store = kernel.create_store(testing::new_store("demo")).await.unwrap();
        Self { kernel, store, folder }
    }

    fn options(folder: &TempDir) -> KernelOptions {
        let config = folder.path().join("config");
        std::fs::create_dir_all(&config).unwrap();
        let text = "[kernel.watch]\ncall_milliseconds = 60\nrest_seconds = 3600\njob_seconds = 1\n\
                    [http]\nrequest_timeout_seconds = 2\n";
        std::fs::write(config.join("default.toml"), text).unwrap();
        let component = |id: &'static str, facts: &str| {
            let text = format!("id = \"{id}\"\nversion = \"1.0.0\"\nsummary = \"x\"\n{facts}");
            (Manifest::parse(&text).unwrap(), Arc::new(Fair(id)) as Arc<dyn Component>)
        };
        let components = vec![
            component("wheel", "provides = { luck = \"1.0.0\" }"),
            component("stall", "requires = { luck = \"^1\" }"),
            component("poster", "permissions = [\"poster.task\"]"),
        ];
        KernelOptions {
            config: Some(config),
            ..KernelOptions::new(folder.path().join("data"), components)
        }
    }

    async fn ask(&self, method: Method, path: &str) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/{path}"))
            .header("host", "demo.localhost")
            .header("accept", "application/json")
            .body(axum::body::Body::empty())
            .unwrap();
        let response = crate::http::router(self.kernel.clone()).oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        (status, serde_json::from_slice(&body).unwrap_or(Value::String(text)))
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, path).await
    }

    fn status(&self, id: &str) -> ComponentStatus {
        self.store.components().into_iter().find(|it| it.id == id).unwrap()
    }

    /// Waits for what the watch does beside the requests.
    async fn until(&self, is_true: impl Fn(&Self) -> bool) {
        let wait = async {
            while !is_true(self) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it happens");
    }
}

#[tokio::test]
async fn a_panic_fails_its_own_request_and_a_leaf_that_keeps_failing_is_quarantined() {
    let ground = Ground::open().await;
    for method in [Method::GET, Method::POST] {
        let (status, _) = ground.ask(method, "poster/panic").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(ground.get("poster/fine").await, (StatusCode::OK, json!("won")));
    let vitals = ground.status("poster").vitals;
    assert_eq!((vitals.calls, vitals.errors, vitals.panics), (3, 2, 2));
    for how in ["defect", "panic", "defect"] {
        ground.get(&format!("poster/{how}")).await;
    }
    ground.until(|ground| !ground.status("poster").enabled).await;
    let problem = ground.status("poster").problem.unwrap();
    assert_eq!(problem, "is quarantined: 5 of the last 6 calls failed within a minute");
    assert_eq!(ground.get("poster/fine").await.0, StatusCode::NOT_FOUND);
    assert_eq!(ground.get("stall/fine").await, (StatusCode::OK, json!("won")), "the rest goes on");

    let Ground { kernel, store, folder } = ground;
    kernel.shutdown().await;
    drop((kernel, store));
    let kernel = Kernel::open(Ground::options(&folder)).await.unwrap();
    let store = kernel.store("demo").await.unwrap();
    let ground = Ground { kernel, store, folder };
    assert_eq!(ground.status("poster").problem, Some(problem), "it is remembered");
    let enable = ComponentChange::Enable("poster".into());
    let actor = Actor::System { caused_by: None };
    assert!(ground.kernel.apply("demo", &enable, &actor).await.unwrap().possible);
    assert_eq!(ground.status("poster").problem, None);
    assert_eq!(ground.get("poster/fine").await.0, StatusCode::OK);
    ground.kernel.shutdown().await;
}

#[tokio::test]
async fn what_others_need_rests_instead_and_who_asked_for_it_is_not_blamed() {
    let ground = Ground::open().await;
    for how in ["panic", "defect", "hang", "panic", "defect"] {
        let (status, _) = ground.get(&format!("stall/{how}")).await;
        assert!(status.is_server_error(), "{how}: {status}");
    }
    ground.until(|ground| ground.status("wheel").vitals.resting.is_some()).await;
    assert!(ground.status("wheel").enabled);
    let (stall, wheel) = (ground.status("stall").vitals, ground.status("wheel").vitals);
    assert_eq!((stall.calls, stall.errors), (5, 0));
    assert_eq!((wheel.errors, wheel.panics, wheel.timeouts), (5, 2, 1));
    let (status, _) = ground.get("stall/fine").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "it is left alone");
    assert_eq!(ground.get("poster/fine").await.0, StatusCode::OK);
    ground.kernel.shutdown().await;
}

#[tokio::test]
async fn a_hang_ends_with_an_error_of_its_own() {
    let ground = Ground::open().await;
    let ctx = ground.store.system_ctx("stall".into(), None);
    let error = ctx.get::<dyn Luck>().unwrap().draw(&ctx, "hang".into()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Timeout, "component.timeout"));
    assert!(error.chain().contains("'wheel' did not answer within"), "{}", error.chain());
    assert_eq!(error.blamed(), Some("wheel"));
    for method in [Method::GET, Method::POST] {
        let (status, body) = ground.ask(method, "poster/hang").await;
        assert_eq!(status, StatusCode::GATEWAY_TIMEOUT, "{body}");
    }
    assert_eq!(ground.status("poster").vitals.timeouts, 2);
    ctx.enqueue("poster.hang", "one", json!("hang"), None).await.unwrap();
    ground.until(|ground| ground.status("poster").vitals.timeouts == 3).await;
    ground.kernel.shutdown().await;
}

#[tokio::test]
async fn what_is_no_defect_takes_nobody_out() {
    let ground = Ground::open().await;
    for _ in 0..20 {
        assert_eq!(ground.get("poster/sold-out").await.0, StatusCode::CONFLICT);
    }
    // A rare defect among many good calls is stood.
    for call in 0..60 {
        ground.get(if call % 10 == 0 { "poster/defect" } else { "poster/fine" }).await;
    }
    let poster = ground.status("poster");
    assert_eq!((poster.enabled, poster.vitals.errors), (true, 6));
    ground.kernel.shutdown().await;
}

#[tokio::test]
async fn panics_in_tasks_and_jobs_are_counted_and_contained() {
    let ground = Ground::open().await;
    let actor = Actor::System { caused_by: None };
    let run = ground.store.start_task("poster.task", json!("panic"), actor).await;
    let mut run = run.unwrap();
    let ended = run.wait_for(|run| run.state != "running").await.unwrap().clone();
    assert_eq!(ended.state, "failed");
    let ctx = ground.store.system_ctx("poster".into(), None);
    ctx.enqueue("poster.hang", "one", json!("panic"), None).await.unwrap();
    ground.until(|ground| ground.status("poster").vitals.panics == 2).await;
    assert_eq!(ground.get("poster/fine").await.0, StatusCode::OK);
    ground.kernel.shutdown().await;
}
