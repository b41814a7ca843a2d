use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Duration;
use hatchery_component::{Ctx, Declaration, Error, Result, Schedule};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::db::entity::job;
use crate::db::tests::{TestDb, both};
use crate::events::background::Background as _;
use crate::tests::scene::{Scene, effect};

both!(
    a_job_runs_once_and_is_gone,
    a_failing_job_is_tried_again_until_it_is_dead,
    a_panic_is_a_failure_like_any_other,
    one_run_per_key_is_queued,
    a_job_goes_with_its_unit_of_work,
    what_a_dead_process_ran_runs_again,
    no_more_than_two_run_at_once,
    schedules_queue_when_their_time_comes,
    a_job_waits_for_its_component,
    the_next_wake_is_the_earliest_of_all,
);

/// A job that writes its payload as an effect and then does what `then` says.
fn writing(
    schedule: Schedule,
    then: impl Fn() -> Result<()> + Send + Sync + 'static,
) -> Declaration {
    let then = Arc::new(then);
    Declaration::new().job("shop.write", schedule, move |ctx: Ctx, payload: Value| {
        let then = then.clone();
        async move {
            effect(&ctx, &payload.to_string()).await?;
            then()
        }
    })
}

fn failing(times: usize) -> impl Fn() -> Result<()> + Send + Sync {
    let failures = AtomicUsize::new(0);
    move || {
        if failures.fetch_add(1, Ordering::SeqCst) < times {
            return Err(Error::conflict("test.failure", "not yet"));
        }
        Ok(())
    }
}

async fn enqueue_one(scene: &Arc<Scene>, key: &str, payload: Value) {
    scene.ctx("shop").enqueue("shop.write", key, payload, None).await.unwrap();
}

async fn rows(test: &TestDb) -> Vec<job::Model> {
    job::Entity::find().all(&test.db.read()).await.unwrap()
}

async fn a_job_runs_once_and_is_gone(test: &TestDb) {
    let scene = Scene::new(test, vec![("shop", writing(Schedule::OnDemand, || Ok(())))]).await;
    let runner = Runner::spawn_for(&scene);
    enqueue_one(&scene, "a", json!(1)).await;
    let later = scene.time() + Duration::hours(1);
    scene.ctx("shop").enqueue("shop.write", "b", json!(2), Some(later)).await.unwrap();
    runner.drain().await;
    assert_eq!(scene.effects().await, ["1"]);
    scene.pass(Duration::hours(1));
    runner.drain().await;
    assert_eq!(scene.effects().await, ["1", "2"]);
    assert!(rows(test).await.is_empty());
    // It wakes by itself.
    enqueue_one(&scene, "c", json!(3)).await;
    let ran = async {
        while scene.effects().await.len() < 3 || !rows(test).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), ran).await.unwrap();
    runner.stop().await;
}

async fn a_failing_job_is_tried_again_until_it_is_dead(test: &TestDb) {
    let tries = usize::try_from(MAX_ATTEMPTS).unwrap();
    let scene =
        Scene::new(test, vec![("shop", writing(Schedule::OnDemand, failing(tries + 1)))]).await;
    let runner = Runner::spawn_for(&scene);
    enqueue_one(&scene, "a", json!(1)).await;
    runner.drain().await;
    let [row] = rows(test).await.try_into().unwrap();
    assert_eq!((row.state.as_str(), row.attempts), ("queued", 1));
    assert_eq!(row.run_at, scene.time() + Duration::seconds(1));
    assert!(row.error.unwrap().contains("not yet"));
    for _ in 1..tries {
        scene.pass(Duration::hours(1));
        runner.drain().await;
    }
    let [row] = rows(test).await.try_into().unwrap();
    assert_eq!((row.state.as_str(), row.attempts), ("dead", MAX_ATTEMPTS));
    scene.pass(Duration::days(1));
    runner.drain().await;
    assert_eq!(scene.effects().await.len(), tries);
    assert_eq!(retry(&scene.ctx("kernel"), vec![row.id]).await.unwrap(), 1);
    runner.drain().await;
    assert_eq!(rows(test).await[0].attempts, 1);
    scene.pass(Duration::seconds(1));
    runner.drain().await;
    assert!(rows(test).await.is_empty());
    runner.stop().await;
}

async fn a_panic_is_a_failure_like_any_other(test: &TestDb) {
    let scene =
        Scene::new(test, vec![("shop", writing(Schedule::OnDemand, || panic!("oh no")))]).await;
    let runner = Runner::spawn_for(&scene);
    enqueue_one(&scene, "a", json!(1)).await;
    runner.drain().await;
    let [row] = rows(test).await.try_into().unwrap();
    assert_eq!(row.state, "queued");
    assert!(row.error.unwrap().contains("panicked: oh no"));
    assert_eq!(discard(&scene.ctx("kernel"), vec![row.id]).await.unwrap(), 1);
    assert!(rows(test).await.is_empty());
    runner.stop().await;
}

async fn one_run_per_key_is_queued(test: &TestDb) {
    let scene = Scene::new(test, Vec::new()).await;
    let at = |hours| Some(scene.time() + Duration::hours(hours));
    for hours in [3, 1, 2] {
        let ctx = scene.ctx("shop");
        ctx.enqueue("shop.write", "a", json!(hours), at(hours)).await.unwrap();
    }
    let [row] = rows(test).await.try_into().unwrap();
    assert_eq!((row.run_at, row.payload), (at(1).unwrap(), json!(3)));
    scene.ctx("shop").enqueue("shop.write", "b", json!(0), None).await.unwrap();
    scene.ctx("shop").enqueue("shop.other", "a", json!(0), None).await.unwrap();
    assert_eq!(rows(test).await.len(), 3);
}

async fn a_job_goes_with_its_unit_of_work(test: &TestDb) {
    let scene = Scene::new(test, vec![("shop", writing(Schedule::OnDemand, || Ok(())))]).await;
    let undone: Result<()> = scene
        .ctx("shop")
        .transaction(|ctx| async move {
            ctx.enqueue("shop.write", "a", json!(1), None).await?;
            Err(Error::conflict("test", "no"))
        })
        .await;
    assert!(undone.is_err());
    assert!(rows(test).await.is_empty());
}

async fn what_a_dead_process_ran_runs_again(test: &TestDb) {
    let scene = Scene::new(test, vec![("shop", writing(Schedule::OnDemand, || Ok(())))]).await;
    enqueue_one(&scene, "a", json!(1)).await;
    // As a process leaves it that is killed in the middle.
    let unit = test.db.begin(Uuid::now_v7()).await.unwrap();
    let [row] = rows(test).await.try_into().unwrap();
    let row = job::ActiveModel {
        id: Set(row.id),
        state: Set("running".into()),
        queued_key: Set(None),
        lease_owner: Set(Some(Uuid::now_v7())),
        lease_until: Set(Some(scene.time() + Duration::minutes(1))),
        ..Default::default()
    };
    job::Entity::update(row).exec(&hatchery_component::Db::unit(unit.clone())).await.unwrap();
    unit.commit().await.unwrap();
    // Meanwhile somebody asked for the same: one run does for both.
    enqueue_one(&scene, "a", json!(2)).await;
    let runner = Runner::spawn_for(&scene);
    runner.drain().await;
    assert_eq!(scene.effects().await, ["2"]);
    assert!(rows(test).await.is_empty());
    runner.stop().await;
}

async fn no_more_than_two_run_at_once(test: &TestDb) {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (now, high) = (running.clone(), most.clone());
    let declaration =
        Declaration::new().job("shop.write", Schedule::OnDemand, move |_: Ctx, _: Value| {
            let (now, high) = (now.clone(), high.clone());
            async move {
                high.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        });
    let scene = Scene::new(test, vec![("shop", declaration)]).await;
    for number in 0..6 {
        enqueue_one(&scene, &number.to_string(), json!(number)).await;
    }
    let runner = Runner::spawn_for(&scene);
    runner.drain().await;
    assert!(rows(test).await.is_empty());
    assert_eq!(most.load(Ordering::SeqCst), 2);
    runner.stop().await;
}

async fn schedules_queue_when_their_time_comes(test: &TestDb) {
    let every = Schedule::Every(std::time::Duration::from_secs(3600));
    let scene = Scene::new(test, vec![("shop", writing(every, || Ok(())))]).await;
    let runner = Runner::spawn_for(&scene);
    runner.drain().await;
    assert!(scene.effects().await.is_empty());
    scene.pass(Duration::minutes(61));
    runner.drain().await;
    assert_eq!(scene.effects().await.len(), 1);
    runner.drain().await;
    assert_eq!(scene.effects().await.len(), 1);
    // What was missed is made up for once.
    scene.pass(Duration::hours(10));
    runner.drain().await;
    assert_eq!(scene.effects().await.len(), 2);
    // It is 23:01 UTC, a minute past midnight in London.
    let daily = Schedule::Daily { hour: 1, minute: 30 };
    scene.set(vec![("shop", writing(daily, || Ok(())))]);
    runner.drain().await;
    scene.pass(Duration::minutes(88));
    runner.drain().await;
    let before = scene.effects().await.len();
    scene.pass(Duration::minutes(2));
    runner.drain().await;
    assert_eq!(scene.effects().await.len(), before + 1);
    runner.stop().await;
}

async fn a_job_waits_for_its_component(test: &TestDb) {
    let scene = Scene::new(test, Vec::new()).await;
    let runner = Runner::spawn_for(&scene);
    enqueue_one(&scene, "a", json!(1)).await;
    runner.drain().await;
    assert_eq!(rows(test).await.len(), 1);
    scene.set(vec![("shop", writing(Schedule::OnDemand, || Ok(())))]);
    runner.drain().await;
    assert_eq!(scene.effects().await, ["1"]);
    runner.stop().await;
}

async fn the_next_wake_is_the_earliest_of_all(test: &TestDb) {
    let every = Schedule::Every(std::time::Duration::from_secs(60));
    let scene = Scene::new(test, vec![("shop", writing(every, || Ok(())))]).await;
    let next = async || next_wake(&test.db, &scene.clone().turn()).await.unwrap();
    assert_eq!(next().await, None);
    let runner = Runner::spawn_for(&scene);
    runner.drain().await;
    assert_eq!(next().await, Some(scene.time() + Duration::hours(1)), "not every minute");
    let soon = scene.time() + Duration::minutes(5);
    scene.ctx("shop").enqueue("shop.write", "a", json!(1), Some(soon)).await.unwrap();
    assert_eq!(next().await, Some(soon));
    scene.set(Vec::new());
    assert_eq!(next().await, None, "the component that has the job is off");
    runner.stop().await;
}
