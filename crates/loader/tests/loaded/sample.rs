//! What the sample does, in both homes.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use hatchery_component::declaration::Schedule;
use hatchery_component::{
    Access, Component, Ctx, Error, Kind, Progress, Result, StoreContext, View,
};
use hatchery_sample::{Kettle, Neighbor};
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt;
use tracing::Instrument;
use uuid::Uuid;

use crate::host::{Store, answer, empty, info, now};
use crate::{library, log};

fn homes() -> [(&'static str, Arc<dyn Component>); 2] {
    [("linked", Arc::new(hatchery_sample::Sample)), ("loaded", library::load("hatchery-sample"))]
}

/// Runs a check on a fresh store in each home.
async fn in_both_homes(check: impl AsyncFn(&Store, Arc<dyn Kettle>, Ctx)) {
    for (home, component) in homes() {
        println!("home: {home}");
        let store = Store::open("sample", component).await;
        let ctx = store.ctx();
        let kettle = ctx.get::<dyn Kettle>().unwrap();
        check(&store, kettle, ctx).await;
        store.stop().await;
    }
}

struct Next;

#[async_trait]
impl Neighbor for Next {
    async fn answer(&self, ctx: &Ctx, question: String) -> Result<String> {
        if question == "grumpy" {
            return Err(Error::new(Kind::Denied, "neighbor.grumpy", "Not today."));
        }
        // A neighbor may call back.
        if question == "how many" {
            let brews = ctx.get::<dyn Kettle>()?.brews(ctx).await?;
            return Ok(brews.len().to_string());
        }
        Ok(answer(ctx, &question))
    }
}

#[tokio::test]
async fn the_context_says_the_same_in_both_homes() {
    in_both_homes(async |_, kettle, ctx| {
        let facts = kettle.facts(&ctx).await.unwrap();
        assert_eq!((facts.store.as_str(), facts.now), ("acme", now()));
        assert_eq!(facts.actor, format!("customer:{}", Uuid::from_u128(2)));
        assert_eq!((facts.locale.as_str(), facts.request), ("zh-CN", Uuid::from_u128(3)));
        assert!(facts.ids_differ && facts.random == 12 && !facts.in_unit);
        assert_eq!((facts.verified.as_deref(), facts.forged), (Some("cup 7"), None));
        let work = async |ctx: Ctx| kettle.facts(&ctx).await;
        assert!(ctx.transaction(work).await.unwrap().in_unit);
    })
    .await;
}

#[tokio::test]
async fn entities_and_events_work_in_both_homes() {
    in_both_homes(async |store, kettle, ctx| {
        assert_eq!(kettle.brews(&ctx).await.unwrap(), []);
        let empty = kettle.sums(&ctx).await.unwrap();
        assert_eq!((empty.quantity, empty.last, empty.brews), (None, None, 0));
        let id = kettle.add(&ctx, "assam".into(), 5_000_000_000).await.unwrap();
        kettle.add(&ctx, "sencha".into(), 1).await.unwrap();
        let brews = kettle.brews(&ctx).await.unwrap();
        let (first, second) = (&brews[0], &brews[1]);
        assert_eq!((first.id, first.quantity, first.size), (id, 5_000_000_000, -7));
        assert_eq!((first.strength, first.hot, first.made_at), (0.25, true, now()));
        assert_eq!((first.day, &first.tags), (now().date_naive(), &json!(["a", { "b": null }])));
        assert_eq!(first.picture, [0, 255]);
        assert_eq!(first.note.as_deref(), Some("strong"));
        assert_eq!((first.parent, second.parent), (Some(Uuid::from_u128(9)), None));
        assert_eq!(second.note, None);
        let tuples = kettle.tuples(&ctx).await.unwrap();
        assert_eq!(tuples, [(5_000_000_000, "assam".into()), (1, "sencha".into())]);
        let sums = kettle.sums(&ctx).await.unwrap();
        assert_eq!((sums.quantity, sums.last, sums.brews), (Some(5_000_000_001), Some(now()), 2));
        let brewed = |name: &str| ("sample.brewed.v1".to_owned(), name.to_owned());
        assert_eq!(store.events().await, [brewed("assam"), brewed("sencha")]);
    })
    .await;
}

#[tokio::test]
async fn a_unit_of_work_is_shared_across_the_boundary() {
    in_both_homes(async |store, kettle, ctx| {
        store.host.provide::<dyn Neighbor>("next", Arc::new(Next));
        let work = async |ctx: Ctx| {
            kettle.add(&ctx, "assam".into(), 1).await?;
            // Seen in the same unit of work, also by way of a neighbor that calls back, not outside of it.
            assert_eq!(kettle.ask(&ctx, "how many".into()).await?, "1 (1, true)");
            let outside = store.ctx();
            assert_eq!(kettle.brews(&outside).await?, []);
            Err::<(), _>(Error::invalid("test.changed_mind", "No."))
        };
        let error = ctx.transaction(work).await.err().unwrap();
        assert_eq!(error.code(), "test.changed_mind", "{}", error.chain());
        assert_eq!(kettle.brews(&ctx).await.unwrap(), []);
        assert_eq!(store.events().await, []);
        // One that is begun inside.
        kettle.try_two(&ctx).await.unwrap();
        let names: Vec<_> =
            kettle.brews(&ctx).await.unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["one"]);
        assert_eq!(store.events().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn errors_and_panics_come_back_cleanly() {
    for (home, component) in homes() {
        let store = Store::open("sample", component).await;
        let ctx = store.ctx();
        let kettle = ctx.get::<dyn Kettle>().unwrap();
        let fail = async |how: &str| kettle.fail(&ctx, how.into()).await.err().unwrap();

        let error = fail("error").await;
        assert_eq!((error.kind(), error.code()), (Kind::Conflict, "sample.cold"));
        assert_eq!(error.fields()[0].message, "Warm it.");
        assert_eq!(error.details(), Some(&json!({ "degrees": 12 })));
        assert!(error.chain().contains("the kettle broke"));
        assert_eq!(fail("other").await.code(), "sample.how");
        assert_eq!(fail("in unit").await.code(), "sample.spilt");
        let error = fail("sql").await;
        assert_eq!(error.kind(), Kind::Internal);
        assert!(error.chain().contains("no_such_column"), "{}", error.chain());
        let duplicate = kettle
            .add(&ctx, "twice".into(), 1)
            .await
            .and(kettle.add(&ctx, "twice".into(), 1).await);
        assert_eq!(duplicate.err().unwrap().code(), "database.duplicate");
        let outside = store.ctx().db();
        let write =
            sea_orm::ConnectionTrait::execute_unprepared(&outside, "DELETE FROM sample_brew");
        assert!(write.await.is_err(), "outside a unit of work nothing is written");

        if home == "loaded" {
            // In the linked home a panic is the kernel's matter.
            for how in ["panic", "panic later", "panic in unit"] {
                let error = fail(how).await;
                assert_eq!((error.kind(), error.code()), (Kind::Internal, "component.panic"));
                assert!(error.chain().contains("the kettle exploded"), "{}", error.chain());
            }
        }
        let names: Vec<_> =
            kettle.brews(&ctx).await.unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["twice"], "what failed left nothing");
        store.stop().await;
    }
}

#[tokio::test]
async fn neighbors_are_called_with_the_callers_context() {
    in_both_homes(async |store, kettle, ctx| {
        let error = kettle.ask(&ctx, "hello".into()).await.err().unwrap();
        assert_eq!((error.kind(), error.code()), (Kind::Unavailable, "interface.absent"));
        store.host.provide::<dyn Neighbor>("next", Arc::new(Next));
        store.host.provide::<dyn Neighbor>("other", Arc::new(Next));
        let customer = format!("customer:{}", Uuid::from_u128(2));
        let expect = |unit: &str| format!("hello? {customer} zh-CN {unit} (2, true)");
        assert_eq!(kettle.ask(&ctx, "hello".into()).await.unwrap(), expect("outside"));
        let work = async |ctx: Ctx| kettle.ask(&ctx, "hello".into()).await;
        assert_eq!(ctx.transaction(work).await.unwrap(), expect("inside"));
        let error = kettle.ask(&ctx, "grumpy".into()).await.err().unwrap();
        assert_eq!((error.kind(), error.code()), (Kind::Denied, "neighbor.grumpy"));
    })
    .await;
}

#[tokio::test]
async fn routes_are_served_in_both_homes() {
    in_both_homes(async |store, kettle, ctx| {
        let send = async |method: Method, uri: &str, body: &str| {
            let path = if uri.starts_with("/brews/") { "/brews/{name}" } else { uri };
            let routes = &store.declaration.routes;
            let route = routes.iter().find(|it| it.method == method && it.path == path).unwrap();
            let request = Request::builder()
                .method(method)
                .uri(uri)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::USER_AGENT, "test")
                .extension(ctx.clone())
                .body(Body::from(body.to_owned()))
                .unwrap();
            let (parts, body) = route.router.clone().oneshot(request).await.unwrap().into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            (parts, String::from_utf8(body.to_vec()).unwrap())
        };
        let (parts, _) = send(Method::GET, "/brews/green%20tea?sugar=2", "").await;
        let view = parts.extensions.get::<View>().unwrap();
        assert_eq!((parts.status, view.status), (StatusCode::ACCEPTED, 202));
        assert_eq!(view.template, "sample/brew.html");
        assert_eq!(json!(view.data), json!({ "name": "green tea", "sugar": 2, "store": "acme" }));
        let (parts, _) = send(Method::GET, "/brews/nothing", "").await;
        let error = parts.extensions.get::<Arc<Error>>().unwrap();
        assert_eq!((error.kind(), error.code()), (Kind::NotFound, "sample.no_brew"));
        let (parts, text) = send(Method::GET, "/brews/x?sugar=much", "").await;
        assert_eq!(parts.status, StatusCode::BAD_REQUEST);
        assert!(text.contains("sugar"), "{text}");
        let (parts, text) =
            send(Method::POST, "/brews", r#"{"name": "assam", "quantity": 2}"#).await;
        assert_eq!(
            (parts.status, &parts.headers[header::SERVER]),
            (StatusCode::CREATED, &"test".parse().unwrap())
        );
        assert_eq!(kettle.brews(&ctx).await.unwrap()[0].id.to_string(), text);
        let (_, text) = send(Method::GET, "/greeting", "").await;
        assert_eq!(text, "good day");
        let access: Vec<_> =
            store.declaration.routes.iter().map(|route| route.access.clone()).collect();
        let staff = Access::Staff("sample.brew.write");
        assert_eq!(access, [Access::Public, staff, Access::Public, Access::Public]);
    })
    .await;
}

#[tokio::test]
async fn handlers_run_in_both_homes() {
    in_both_homes(async |store, kettle, ctx| {
        let declared = &store.declaration;
        let heard = &declared.subscriptions[0];
        assert_eq!((heard.name, heard.event_type), ("count", "sample.brewed.v1"));
        (heard.handler)(ctx.clone(), json!({ "name": "x" })).await.unwrap();
        let error = (heard.handler)(ctx.clone(), json!(1)).await.err().unwrap();
        assert_eq!(error.code(), "event.invalid");
        let job = &declared.jobs[0];
        assert_eq!(
            (job.name, job.schedule),
            ("sample.clean", Schedule::Daily { hour: 3, minute: 30 })
        );
        (job.handler)(ctx.clone(), json!("cups")).await.unwrap();
        let reports = Arc::new(Mutex::new(Vec::new()));
        let progress = {
            let reports = reports.clone();
            Progress::new(move |done, total, what| {
                reports.lock().unwrap().push((done, total, what.to_owned()));
            })
        };
        let task = &declared.tasks[0];
        let result = (task.handler)(ctx.clone(), json!([1]), progress).await.unwrap();
        assert_eq!((task.name, result), ("sample.count", json!({ "counted": [1] })));
        assert_eq!(*reports.lock().unwrap(), [(1, Some(2), "counting".to_owned())]);
        let views =
            (declared.slots[0].filler)(ctx.clone(), vec!["a".into(), "b".into()]).await.unwrap();
        assert_eq!(views.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(views["a"].data["greeting"], "good day");
        kettle.later(&ctx).await.unwrap();
        store.settle().await;
        kettle.enqueue(&ctx, json!({ "a": 1 })).await.unwrap();
        let jobs = store.host.jobs.lock().unwrap().clone();
        assert_eq!((jobs[0].job.as_str(), &jobs[0].payload), ("sample.clean", &json!({ "a": 1 })));
        let names: Vec<_> =
            kettle.brews(&ctx).await.unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["after x", "cleaned \"cups\"", "later"]);
        assert_eq!(declared.assets[0].bytes, b"b { color: red }");
        assert_eq!(declared.messages[0].1, "sample-cup = Cup");
        assert_eq!(declared.emits[0].0, "sample.brewed.v1");
        assert_eq!((declared.settings.check)(&empty()), Ok(()));
        let problem = (declared.settings.check)(&json!({ "a": 1 })).unwrap_err();
        assert!(problem.contains("unknown field `a`"), "{problem}");
    })
    .await;
}

/// Logs when it is asked, within the span of whoever asks.
struct Talkative;

#[async_trait]
impl Neighbor for Talkative {
    async fn answer(&self, _: &Ctx, question: String) -> Result<String> {
        tracing::info!("a neighbor was asked: {question}");
        Ok("everybody listens".into())
    }
}

#[tokio::test]
async fn spans_cross_with_their_fields_and_counts_with_their_names() {
    log::capture();
    in_both_homes(async |store, kettle, ctx| {
        store.host.provide::<dyn Neighbor>("next", Arc::new(Talkative));
        let request = Uuid::now_v7();
        let span = tracing::info_span!("request", id = %request);
        kettle.boil(&ctx, 3).instrument(span).await.unwrap();
        kettle.boil(&ctx, 4).await.unwrap();
        assert_eq!(store.host.counts.lock().unwrap()["sample boiled"], 7);
        let lines = log::lines(&request.to_string());
        let line = |part: &str| lines.iter().find(|line| line.contains(part)).unwrap();
        for part in
            ["the water is cold", "the water boils", "everybody listens", "neighbor was asked"]
        {
            let line = line(part);
            for within in ["request{", "boil", "cups=3", "kettle"] {
                assert!(line.contains(within), "no '{within}' in: {line}");
            }
            assert_eq!(line.contains("pour"), part == "the water boils", "{line}");
        }
        assert!(line("the water is cold").contains("degrees=20"));
        assert!(line("the water boils").contains("WARN"));
        assert!(line("the water is cold").contains("INFO"));
    })
    .await;
    // A span that was left is not around what comes after it.
    tracing::info!("the test is over");
    let lines = log::lines("the test is over");
    assert!(!lines.iter().any(|line| line.contains("boil")), "{lines:?}");
}

#[tokio::test]
async fn a_start_may_fail() {
    for (_, component) in homes() {
        let context = StoreContext { store: info(), settings: json!({ "greeting": "refuse" }) };
        let error = component.start(&context).await.err().unwrap();
        assert_eq!((error.kind(), error.code()), (Kind::Invalid, "sample.greeting"));
    }
}
