use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::Duration;
use hatchery_component::{Actor, Ctx, Declaration, Error, Event, Result};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};

use super::dispatcher::prune;
use super::outbox::Position;
use super::*;
use crate::db::entity::{cursor as cursor_row, outbox as outbox_row, retry as retry_row};
use crate::db::tests::{TestDb, both};
use crate::tests::scene::{Scene, effect};

both!(
    an_event_is_handled_once_although_it_fails_first,
    a_failing_event_holds_back_its_subject_only,
    a_dead_letter_can_be_replayed_and_discarded,
    a_panic_is_a_failure_like_any_other,
    an_event_that_breaks_its_unit_is_put_aside,
    events_of_events_are_delivered_too,
    an_event_goes_with_its_unit_of_work,
    a_new_subscriber_starts_where_it_should,
    a_restart_delivers_nothing_twice,
    old_events_are_removed_when_all_have_passed,
    events_of_many_at_once_arrive_once_each,
    the_handler_knows_what_caused_it,
);

#[derive(Serialize, Deserialize)]
struct Placed {
    number: u32,
    subject: String,
}

impl Event for Placed {
    const TYPE: &'static str = "test.placed.v1";
    fn subject(&self) -> String {
        self.subject.clone()
    }
}

#[derive(Serialize, Deserialize)]
struct Noted {
    number: u32,
}

impl Event for Noted {
    const TYPE: &'static str = "test.noted.v1";
    fn subject(&self) -> String {
        self.number.to_string()
    }
}

async fn place(scene: &Arc<Scene>, events: &[(u32, &str)]) {
    let events: Vec<Placed> = events
        .iter()
        .map(|(number, subject)| Placed { number: *number, subject: (*subject).into() })
        .collect();
    let ctx = scene.ctx("shop");
    let placing = ctx.transaction(|ctx| async move {
        for event in &events {
            ctx.emit(event).await?;
        }
        Ok(())
    });
    placing.await.unwrap();
}

/// A component that writes the number of each event as an effect and then does what `then` says.
fn writer<F>(then: F) -> Declaration
where
    F: Fn(u32) -> Result<()> + Send + Sync + 'static,
{
    let then = Arc::new(then);
    Declaration::new().on("write", move |ctx: Ctx, event: Placed| {
        let then = then.clone();
        async move {
            effect(&ctx, &format!("{:03}", event.number)).await?;
            then(event.number)
        }
    })
}

/// Fails the given number of times for one event.
fn failing(number: u32, times: usize) -> impl Fn(u32) -> Result<()> + Send + Sync {
    let failures = AtomicUsize::new(0);
    move |seen| {
        if seen == number && failures.fetch_add(1, Ordering::SeqCst) < times {
            return Err(Error::conflict("test.failure", "not yet"));
        }
        Ok(())
    }
}

async fn aside(test: &TestDb, state: &str) -> Vec<retry_row::Model> {
    retry_row::Entity::find()
        .filter(retry_row::Column::State.eq(state))
        .order_by_asc(retry_row::Column::OutboxId)
        .all(&test.db.read())
        .await
        .unwrap()
}

async fn an_event_is_handled_once_although_it_fails_first(test: &TestDb) {
    let scene = Scene::new(test, vec![("reader", writer(failing(2, 2)))]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    place(&scene, &[(1, "a"), (2, "b"), (3, "c")]).await;
    dispatcher.drain().await;
    // Nothing is left of the failed one's effect.
    assert_eq!(scene.effects().await, ["001", "003"]);
    let [row] = aside(test, "retrying").await.try_into().unwrap();
    assert_eq!((row.attempts, row.next_at), (1, scene.time() + Duration::seconds(1)));
    assert!(row.error.contains("not yet"), "{}", row.error);
    scene.pass(Duration::seconds(1));
    dispatcher.drain().await;
    assert_eq!(scene.effects().await.len(), 2);
    scene.pass(Duration::seconds(4));
    dispatcher.drain().await;
    assert_eq!(scene.effects().await, ["001", "002", "003"]);
    assert!(aside(test, "retrying").await.is_empty());
    dispatcher.stop().await;
}

async fn a_failing_event_holds_back_its_subject_only(test: &TestDb) {
    let order = Arc::new(Mutex::new(Vec::new()));
    let seen = order.clone();
    let fail = failing(1, 1);
    let declaration = writer(move |number| {
        fail(number)?;
        seen.lock().unwrap().push(number);
        Ok(())
    });
    let scene = Scene::new(test, vec![("reader", declaration)]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    place(&scene, &[(1, "a"), (2, "a"), (3, "b")]).await;
    dispatcher.drain().await;
    place(&scene, &[(4, "a"), (5, "b")]).await;
    dispatcher.drain().await;
    assert_eq!(*order.lock().unwrap(), [3, 5]);
    assert_eq!(aside(test, "waiting").await.len(), 2);
    scene.pass(Duration::seconds(1));
    dispatcher.drain().await;
    assert_eq!(*order.lock().unwrap(), [3, 5, 1, 2, 4]);
    assert_eq!(scene.effects().await, ["001", "002", "003", "004", "005"]);
    dispatcher.stop().await;
}

async fn a_dead_letter_can_be_replayed_and_discarded(test: &TestDb) {
    let tries = usize::try_from(MAX_ATTEMPTS).unwrap();
    let scene = Scene::new(test, vec![("reader", writer(failing(1, tries * 2)))]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    place(&scene, &[(1, "a"), (2, "a")]).await;
    let die = async || {
        for _ in 0..tries {
            dispatcher.drain().await;
            scene.pass(Duration::hours(1));
        }
    };
    die().await;
    let [dead] = aside(test, "dead").await.try_into().unwrap();
    assert_eq!(dead.attempts, MAX_ATTEMPTS);
    dispatcher.drain().await;
    // It holds nobody up any more.
    assert_eq!(scene.effects().await, ["002"]);
    assert_eq!(replay(&scene.ctx("kernel"), vec![dead.id]).await.unwrap(), 1);
    assert_eq!(replay(&scene.ctx("kernel"), vec![dead.id]).await.unwrap(), 0);
    die().await;
    let [dead] = aside(test, "dead").await.try_into().unwrap();
    replay(&scene.ctx("kernel"), vec![dead.id]).await.unwrap();
    dispatcher.drain().await;
    assert_eq!(scene.effects().await, ["001", "002"]);
    assert!(aside(test, "dead").await.is_empty());

    scene.set(vec![("reader", writer(failing(3, 1000)))]);
    place(&scene, &[(3, "a"), (4, "a")]).await;
    dispatcher.drain().await;
    let [held] = aside(test, "retrying").await.try_into().unwrap();
    assert_eq!(discard(&scene.ctx("kernel"), vec![held.id]).await.unwrap(), 1);
    dispatcher.drain().await;
    assert_eq!(scene.effects().await, ["001", "002", "004"]);
    dispatcher.stop().await;
}

async fn a_panic_is_a_failure_like_any_other(test: &TestDb) {
    let declaration = writer(|number| if number == 1 { panic!("oh no") } else { Ok(()) });
    let scene = Scene::new(test, vec![("reader", declaration)]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    place(&scene, &[(1, "a"), (2, "b")]).await;
    dispatcher.drain().await;
    assert_eq!(scene.effects().await, ["002"]);
    let [row] = aside(test, "retrying").await.try_into().unwrap();
    assert!(row.error.contains("panicked: oh no"), "{}", row.error);
    dispatcher.stop().await;
}

async fn an_event_that_breaks_its_unit_is_put_aside(test: &TestDb) {
    let declaration = Declaration::new().on("break", |ctx: Ctx, event: Placed| async move {
        effect(&ctx, &format!("{:03}", event.number)).await?;
        if event.number == 2 {
            ctx.unit().unwrap().rollback().await?;
        }
        Ok(())
    });
    let scene = Scene::new(test, vec![("reader", declaration)]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    place(&scene, &[(1, "a"), (2, "b"), (3, "c")]).await;
    for _ in 0..100 {
        dispatcher.drain().await;
        if scene.effects().await == ["001", "003"] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(scene.effects().await, ["001", "003"]);
    assert_eq!(aside(test, "retrying").await.len(), 1);
    dispatcher.stop().await;
}

async fn events_of_events_are_delivered_too(test: &TestDb) {
    let first = Declaration::new().on("forward", |ctx: Ctx, event: Placed| async move {
        ctx.emit(&Noted { number: event.number }).await
    });
    let second = Declaration::new().on("write", |ctx: Ctx, event: Noted| async move {
        effect(&ctx, &format!("noted {}", event.number)).await
    });
    let scene = Scene::new(test, vec![("first", first), ("second", second)]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    place(&scene, &[(1, "a"), (2, "a")]).await;
    dispatcher.drain().await;
    assert_eq!(scene.effects().await, ["noted 1", "noted 2"]);
    // The component that emitted it is its source.
    let noted = outbox_row::Entity::find().filter(outbox_row::Column::EventType.eq(Noted::TYPE));
    assert_eq!(noted.one(&test.db.read()).await.unwrap().unwrap().source, "first");
    let events = recent(&scene.ctx("kernel"), None, 10).await.unwrap();
    assert_eq!(events.len(), 4);
    assert!(
        events
            .iter()
            .any(|event| event.source == "/stores/demo/shop" && event.event_type == Placed::TYPE)
    );
    dispatcher.stop().await;
}

async fn an_event_goes_with_its_unit_of_work(test: &TestDb) {
    let scene = Scene::new(test, vec![("reader", writer(|_| Ok(())))]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    let undone: Result<()> = scene
        .ctx("shop")
        .transaction(|ctx| async move {
            ctx.emit(&Placed { number: 1, subject: "a".into() }).await?;
            Err(Error::conflict("test", "no"))
        })
        .await;
    assert!(undone.is_err());
    let outside = scene.ctx("shop").emit(&Placed { number: 2, subject: "a".into() }).await;
    assert!(outside.unwrap_err().chain().contains("needs a unit of work"));
    dispatcher.drain().await;
    assert_eq!(outbox_row::Entity::find().count(&test.db.read()).await.unwrap(), 0);
    // It wakes by itself.
    place(&scene, &[(3, "a")]).await;
    let arrived = async {
        while scene.effects().await != ["003"] {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), arrived).await.unwrap();
    dispatcher.stop().await;
}

async fn a_new_subscriber_starts_where_it_should(test: &TestDb) {
    let scene = Scene::new(test, Vec::new()).await;
    place(&scene, &[(1, "a")]).await;
    // In a new store at the beginning.
    scene.set(vec![("reader", writer(|_| Ok(())))]);
    let dispatcher = Dispatcher::spawn_for(&scene);
    dispatcher.drain().await;
    assert_eq!(scene.effects().await, ["001"]);
    // Later at the end, as of when its cursor is made.
    let late = || {
        Declaration::new().on("late", |ctx: Ctx, event: Placed| async move {
            effect(&ctx, &format!("late {}", event.number)).await
        })
    };
    let made =
        ensure_cursors(&test.db, &["late/late".into(), "reader/write".into()], scene.time()).await;
    assert_eq!(made.unwrap(), ["late/late"]);
    place(&scene, &[(2, "a")]).await;
    dispatcher.drain().await;
    scene.set(vec![("reader", writer(|_| Ok(()))), ("late", late())]);
    dispatcher.wake();
    dispatcher.drain().await;
    assert_eq!(scene.effects().await, ["001", "002", "late 2"]);
    // Switched off and on again, it goes on where it was.
    scene.set(vec![("reader", writer(|_| Ok(())))]);
    dispatcher.drain().await;
    place(&scene, &[(3, "a")]).await;
    dispatcher.drain().await;
    scene.set(vec![("late", late())]);
    dispatcher.drain().await;
    assert_eq!(scene.effects().await, ["001", "002", "003", "late 2", "late 3"]);
    dispatcher.stop().await;
}

async fn a_restart_delivers_nothing_twice(test: &TestDb) {
    let other = Declaration::new().on("other", |_: Ctx, _: Noted| async move { Ok(()) });
    let scene = Scene::new(test, vec![("reader", writer(|_| Ok(()))), ("other", other)]).await;
    for number in 1..4 {
        let dispatcher = Dispatcher::spawn_for(&scene);
        place(&scene, &[(number, "a")]).await;
        dispatcher.drain().await;
        dispatcher.stop().await;
    }
    assert_eq!(scene.effects().await, ["001", "002", "003"]);
    // Stopping wrote down the cursor that had nothing to handle.
    let rows = cursor_row::Entity::find().all(&test.db.read()).await.unwrap();
    assert!(rows.iter().all(|row| row.outbox_id > 0), "{rows:?}");
}

async fn old_events_are_removed_when_all_have_passed(test: &TestDb) {
    let scene = Scene::new(test, vec![("reader", writer(|_| Ok(())))]).await;
    place(&scene, &[(1, "a"), (2, "a")]).await;
    scene.pass(Duration::days(20));
    place(&scene, &[(3, "a"), (4, "a")]).await;
    let all = || async {
        outbox_row::Entity::find().order_by_asc(outbox_row::Column::Id).all(&test.db.read()).await
    };
    let rows = all().await.unwrap();
    let before = scene.time() - Duration::days(10);
    prune(&test.db, Position::from(&rows[0]), before).await.unwrap();
    assert_eq!(all().await.unwrap().len(), 3);
    prune(&test.db, Position::from(&rows[3]), before).await.unwrap();
    let left: Vec<i64> = all().await.unwrap().iter().map(|row| row.id).collect();
    assert_eq!(left, [rows[2].id, rows[3].id]);
}

async fn events_of_many_at_once_arrive_once_each(test: &TestDb) {
    let scene = Scene::new(test, vec![("reader", writer(|_| Ok(())))]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    let tasks = (0..100_u32).map(|number| {
        let scene = scene.clone();
        tokio::spawn(async move { place(&scene, &[(number, "a"), (number + 100, "b")]).await })
    });
    for task in futures::future::join_all(tasks).await {
        task.unwrap();
    }
    dispatcher.drain().await;
    let expected: Vec<String> = (0..200).map(|number| format!("{number:03}")).collect();
    assert_eq!(scene.effects().await, expected);
    dispatcher.stop().await;
}

async fn the_handler_knows_what_caused_it(test: &TestDb) {
    let declaration = Declaration::new().on("look", |ctx: Ctx, _: Placed| async move {
        let Actor::System { caused_by: Some(event) } = ctx.actor() else {
            panic!("{:?}", ctx.actor())
        };
        effect(&ctx, &format!("{} {}", ctx.header().component, event)).await
    });
    let scene = Scene::new(test, vec![("reader", declaration)]).await;
    let dispatcher = Dispatcher::spawn_for(&scene);
    place(&scene, &[(1, "a")]).await;
    dispatcher.drain().await;
    let row = outbox_row::Entity::find().one(&test.db.read()).await.unwrap().unwrap();
    assert_eq!(scene.effects().await, [format!("reader {}", row.event_id)]);
    dispatcher.stop().await;
}
