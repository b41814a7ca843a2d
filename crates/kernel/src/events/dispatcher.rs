//! The dispatcher: one task per store that hands events to their subscribers.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use hatchery_component::declaration::EventHandler;
use hatchery_component::host::Unit;
use hatchery_component::watch::{late, panic_text, panicked, watched};
use hatchery_component::{Actor, Ctx, Db, Result};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

use super::background::{Background, Command, Turn, Worker, changed, instant_of, sleep_until};
use super::outbox::Position;
use super::{Subscriber, cursor, outbox, retry};
use crate::Store;
use crate::db::StoreDb;
use crate::db::entity::{cursor as cursor_row, outbox as outbox_row, retry as retry_row};

/// Events that are read at once.
const WINDOW: u64 = 200;
/// A batch ends after this time, so that nobody waits long for the writer.
const BATCH_TIME: Duration = Duration::from_millis(300);
/// How long one handler may take.
const HANDLER_LIMIT: Duration = Duration::from_secs(2);
/// How long a batch may take in all.
const BATCH_LIMIT: Duration = Duration::from_secs(5);
/// How long events are kept, and with them the cursors of subscribers that are switched off.
const RETENTION: chrono::Duration = chrono::Duration::days(30);
/// Pause between clean-ups.
const CLEAN_UP: Duration = Duration::from_secs(60 * 60);
/// How soon to look again for events whose order is not settled.
const UNSETTLED: Duration = Duration::from_millis(20);
/// How often cursors without an event of their own are written down.
const FLUSH: Duration = Duration::from_secs(60);

/// Delivers the events of a store.
pub struct Dispatcher;

impl Dispatcher {
    /// Starts delivering. It reads the present assembly for each round, and ends with the store.
    pub fn spawn(store: Arc<Store>) -> Worker {
        Self::spawn_for(&store)
    }

    pub(crate) fn spawn_for<S: Background>(store: &Arc<S>) -> Worker {
        let (worker, commands) = Worker::new();
        let task = Task {
            store: Arc::downgrade(store),
            db: store.db().clone(),
            cursors: BTreeMap::new(),
            flushed: Instant::now(),
            // Not at once: starting is to be quick.
            clean_up: Instant::now() + Duration::from_secs(30),
        };
        tokio::spawn(task.run(commands));
        worker
    }
}

struct Task<S> {
    store: Weak<S>,
    db: StoreDb,
    cursors: BTreeMap<String, Cursor>,
    flushed: Instant,
    clean_up: Instant,
}

/// A subscriber's cursor in memory, which may be ahead of its row where no event of its kind came.
struct Cursor {
    position: Position,
    saved: Position,
    /// Batches that failed as a whole, one after the other.
    failures: u32,
    /// Not before.
    after: Instant,
}

/// What a round did.
#[derive(Default)]
struct Round {
    /// Whether anything was handed out.
    worked: bool,
    /// When there may be something to do again.
    next: Option<Instant>,
    /// Whether events wait for older transactions to end.
    unsettled: bool,
}

impl<S: Background> Task<S> {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut writes = self.db.writes();
        loop {
            let seen = self.generation();
            let round = self.round_or_log().await;
            let next = match round {
                Some(round) if round.worked => Some(Instant::now()),
                Some(round) => round.next,
                None => return,
            };
            let next = next.into_iter().chain([self.clean_up, self.flushed + FLUSH]).min();
            let db = self.db.clone();
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(Command::Wake) => {}
                    Some(Command::Drain(done)) => {
                        self.drain().await;
                        let _ = done.send(());
                    }
                    Some(Command::Stop(done)) => {
                        self.flush_or_log().await;
                        let _ = done.send(());
                        return;
                    }
                    None => return,
                },
                () = changed(&mut writes, || generation(&db) > seen) => {}
                () = sleep_until(next) => {}
            }
        }
    }

    fn generation(&self) -> u64 {
        generation(&self.db)
    }

    /// Rounds until nothing is left; bounded, because handlers may emit events for ever.
    async fn drain(&mut self) {
        const ROUNDS: usize = 2_000;
        for _ in 0..ROUNDS {
            match self.round_or_log().await {
                Some(round) if round.worked => {}
                Some(round) if round.unsettled => tokio::time::sleep(UNSETTLED).await,
                Some(_) => match self.soon() {
                    Some(at) => sleep_until(Some(at)).await,
                    None => return,
                },
                None => return,
            }
        }
    }

    /// When the first batch that was undone is tried again, unless that is too far off to wait for.
    fn soon(&self) -> Option<Instant> {
        const FAILURES: u32 = 5;
        let now = Instant::now();
        let undone = self.cursors.values().filter(|cursor| cursor.failures <= FAILURES);
        undone.map(|cursor| cursor.after).filter(|after| *after > now).min()
    }

    /// A round; none when the store is gone.
    async fn round_or_log(&mut self) -> Option<Round> {
        let store = self.store.upgrade()?;
        match self.round(store.turn()).await {
            Ok(round) => Some(round),
            Err(error) => {
                tracing::error!(
                    "events could not be delivered and are tried again: {}",
                    error.chain()
                );
                Some(Round {
                    next: Some(Instant::now() + Duration::from_secs(1)),
                    ..Round::default()
                })
            }
        }
    }

    async fn round(&mut self, turn: Turn) -> Result<Round> {
        let subscribers = turn.subscribers();
        self.meet(&subscribers, turn.kernel().now()).await?;
        let mut round = Round::default();
        let ready: Vec<&Subscriber> =
            subscribers.iter().filter(|subscriber| self.is_ready(subscriber)).collect();
        if let Some(least) =
            ready.iter().filter_map(|it| self.cursors.get(&it.key)).map(|it| it.position).min()
        {
            let events = outbox::after(&self.db, least, WINDOW).await?;
            match events.last().map(Position::from) {
                Some(last) => {
                    round.worked = true;
                    for subscriber in ready {
                        self.deliver(&turn, subscriber, &events, last).await;
                    }
                }
                None => round.unsettled = outbox::any_after(&self.db, least).await?,
            }
        }
        let keys: Vec<&str> =
            subscribers.iter().map(|subscriber| subscriber.key.as_str()).collect();
        round.worked |= self.retry(&turn, &subscribers, &keys).await?;
        if round.worked {
            return Ok(round);
        }
        let now = Instant::now();
        if now >= self.clean_up {
            self.clean_up = now + CLEAN_UP;
            self.clean_up(&keys, turn.kernel().now()).await?;
        }
        if now >= self.flushed + FLUSH {
            self.flush(turn.kernel().now()).await?;
        }
        let blocked =
            self.cursors.values().map(|cursor| cursor.after).filter(|after| *after > now).min();
        let retry =
            retry::next_at(&self.db, &keys).await?.map(|at| instant_of(at, turn.kernel().now()));
        let unsettled = round.unsettled.then(|| now + UNSETTLED);
        round.next = [blocked, retry, unsettled].into_iter().flatten().min();
        Ok(round)
    }

    /// Loads the cursors of subscribers that are new to this task, and forgets those that are gone.
    async fn meet(&mut self, subscribers: &[Subscriber], now: DateTime<Utc>) -> Result<()> {
        let keys: Vec<String> =
            subscribers.iter().map(|subscriber| subscriber.key.clone()).collect();
        if self.cursors.len() == keys.len() && keys.iter().all(|key| self.cursors.contains_key(key))
        {
            return Ok(());
        }
        self.flush(now).await?;
        cursor::ensure_cursors(&self.db, &keys, now).await?;
        self.cursors.retain(|key, _| keys.contains(key));
        for (key, position) in cursor::load(&self.db, &keys).await? {
            let new = || Cursor { position, saved: position, failures: 0, after: Instant::now() };
            self.cursors.entry(key).or_insert_with(new);
        }
        Ok(())
    }

    fn is_ready(&self, subscriber: &Subscriber) -> bool {
        self.cursors.get(&subscriber.key).is_some_and(|cursor| cursor.after <= Instant::now())
    }

    /// Hands a subscriber its events among these, up to `last`.
    async fn deliver(
        &mut self,
        turn: &Turn,
        subscriber: &Subscriber,
        events: &[outbox_row::Model],
        last: Position,
    ) {
        let Some(cursor) = self.cursors.get_mut(&subscriber.key) else { return };
        if cursor.position >= last {
            return;
        }
        let from = cursor.position;
        let fits = |event: &&outbox_row::Model| {
            event.event_type == subscriber.event_type && Position::from(*event) > from
        };
        let mut mine: Vec<&outbox_row::Model> = events.iter().filter(fits).collect();
        let mut until = last;
        if cursor.failures > 0 && mine.len() > 1 {
            // One at a time shows which one it is that breaks the unit of work.
            mine.truncate(1);
            until = mine.first().map_or(last, |event| Position::from(*event));
        }
        if mine.is_empty() {
            cursor.position = last;
            return;
        }
        let batch = Batch { db: &self.db, turn, subscriber };
        let mut result = batch.handle(&mine, until).await;
        if let (Err(error), [event], true) = (&result, mine.as_slice(), cursor.failures > 1) {
            // Even alone it takes the unit of work with it: it is put aside.
            result = batch.put_aside(event, &error.chain()).await;
        }
        match result {
            Ok(position) => {
                cursor.position = position;
                cursor.saved = position;
                cursor.failures = 0;
            }
            Err(error) => {
                cursor.failures = std::cmp::min(cursor.failures + 1, 10);
                let pause = Duration::from_millis(25 << cursor.failures);
                cursor.after = Instant::now() + pause;
                tracing::warn!(
                    subscriber = subscriber.key,
                    "a batch of events for '{}' was undone and is tried again in {pause:?}: {}",
                    subscriber.key,
                    error.chain(),
                );
            }
        }
    }

    /// Tries what was put aside and is due.
    async fn retry(
        &mut self,
        turn: &Turn,
        subscribers: &[Subscriber],
        keys: &[&str],
    ) -> Result<bool> {
        let due = retry::due(&self.db, keys, turn.kernel().now()).await?;
        for row in &due {
            let Some(subscriber) =
                subscribers.iter().find(|subscriber| subscriber.key == row.subscriber)
            else {
                continue;
            };
            let batch = Batch { db: &self.db, turn, subscriber };
            if let Err(error) = batch.try_again(row).await {
                batch.note_failure(row, &error.chain()).await?;
            }
        }
        Ok(!due.is_empty())
    }

    async fn flush_or_log(&mut self) {
        let Some(store) = self.store.upgrade() else { return };
        let now = store.turn().kernel().now();
        if let Err(error) = self.flush(now).await {
            // Nothing is lost: events of other kinds are passed over once more.
            tracing::warn!("cursors could not be written down: {}", error.chain());
        }
    }

    /// Writes down the cursors that moved without an event of their own.
    async fn flush(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.flushed = Instant::now();
        let moved = self.cursors.iter_mut().filter(|(_, cursor)| cursor.position > cursor.saved);
        let mut moved: Vec<(&String, &mut Cursor)> = moved.collect();
        if moved.is_empty() {
            return Ok(());
        }
        let unit = self.db.begin(Uuid::now_v7()).await?;
        let connection = Db::unit(unit.clone());
        for (key, cursor) in &moved {
            cursor::save(&connection, key, cursor.position, now).await?;
        }
        unit.commit().await?;
        for (_, cursor) in &mut moved {
            cursor.saved = cursor.position;
        }
        Ok(())
    }

    /// Removes old events that all have passed, and the cursors of those who are off for too long.
    async fn clean_up(&mut self, keys: &[&str], now: DateTime<Utc>) -> Result<()> {
        self.flush(now).await?;
        let unit = self.db.begin(Uuid::now_v7()).await?;
        let connection = Db::unit(unit.clone());
        cursor_row::Entity::update_many()
            .col_expr(cursor_row::Column::UpdatedAt, Expr::value(now))
            .filter(cursor_row::Column::Subscriber.is_in(keys.iter().copied()))
            .exec(&connection)
            .await?;
        cursor_row::Entity::delete_many()
            .filter(cursor_row::Column::UpdatedAt.lt(now - RETENTION))
            .exec(&connection)
            .await?;
        unit.commit().await?;
        let Some(least) = cursor::least(&self.db).await? else { return Ok(()) };
        prune(&self.db, least, now - RETENTION).await
    }
}

/// Removes events up to a position that are older than a time, some at once.
pub(crate) async fn prune(db: &StoreDb, least: Position, before: DateTime<Utc>) -> Result<()> {
    const AT_ONCE: u64 = 2_000;
    let column = outbox_row::Column::TransactionId;
    let passed = Condition::any().add(column.lt(least.transaction)).add(
        Condition::all()
            .add(column.eq(least.transaction))
            .add(outbox_row::Column::Id.lte(least.id)),
    );
    loop {
        let some = Query::select()
            .column(outbox_row::Column::Id)
            .from(outbox_row::Entity)
            .cond_where(
                Condition::all().add(passed.clone()).add(outbox_row::Column::OccurredAt.lt(before)),
            )
            .limit(AT_ONCE)
            .to_owned();
        let unit = db.begin(Uuid::now_v7()).await?;
        let removed = outbox_row::Entity::delete_many()
            .filter(outbox_row::Column::Id.into_expr().in_subquery(some))
            .exec(&Db::unit(unit.clone()))
            .await?;
        unit.commit().await?;
        if removed.rows_affected < AT_ONCE {
            return Ok(());
        }
    }
}

/// One subscriber's turn.
struct Batch<'a> {
    db: &'a StoreDb,
    turn: &'a Turn,
    subscriber: &'a Subscriber,
}

impl Batch<'_> {
    /// Handles events in one unit of work with the move of the cursor. Gives the position that was reached.
    async fn handle(&self, events: &[&outbox_row::Model], until: Position) -> Result<Position> {
        let mut held = retry::held(self.db, &self.subscriber.key).await?;
        let (ctx, unit) = self.open().await?;
        let begun = Instant::now();
        let mut reached = until;
        for (place, event) in events.iter().enumerate() {
            if place > 0 && begun.elapsed() > BATCH_TIME {
                reached = events.get(place - 1).map_or(until, |event| Position::from(*event));
                break;
            }
            let failure = if held.contains(&event.subject) {
                None
            } else {
                match self.call(&ctx, &*unit, event.event_id, event.data.clone()).await? {
                    Ok(()) => continue,
                    Err(error) => Some(error.chain()),
                }
            };
            if let Some(failure) = &failure {
                self.log_failure(event.event_id, 1, failure);
            }
            self.put(&ctx, event, failure.as_deref()).await?;
            held.insert(event.subject.clone());
        }
        cursor::save(&ctx.db(), &self.subscriber.key, reached, ctx.now()).await?;
        unit.commit().await?;
        Ok(reached)
    }

    /// Tries an event that was put aside.
    async fn try_again(&self, row: &retry_row::Model) -> Result<()> {
        let (ctx, unit) = self.open().await?;
        let Some(row) = retry::claim(&ctx.db(), row).await? else { return unit.rollback().await };
        match self.call(&ctx, &*unit, row.event_id, row.data.clone()).await? {
            Ok(()) => retry::remove(&ctx.db(), row, ctx.now()).await?,
            Err(error) => {
                let failure = error.chain();
                self.log_failure(row.event_id, row.attempts + 1, &failure);
                retry::failed(&ctx.db(), row, &failure, ctx.now()).await?;
            }
        }
        unit.commit().await
    }

    /// Puts an event aside that took the unit of work with it, and moves the cursor past it.
    async fn put_aside(&self, event: &outbox_row::Model, failure: &str) -> Result<Position> {
        let (ctx, unit) = self.open().await?;
        self.log_failure(event.event_id, 1, failure);
        self.put(&ctx, event, Some(failure)).await?;
        let position = Position::from(event);
        cursor::save(&ctx.db(), &self.subscriber.key, position, ctx.now()).await?;
        unit.commit().await?;
        Ok(position)
    }

    /// Notes the failure of an event that took the unit of work with it.
    async fn note_failure(&self, row: &retry_row::Model, failure: &str) -> Result<()> {
        let (ctx, unit) = self.open().await?;
        let Some(row) = retry::claim(&ctx.db(), row).await? else { return unit.rollback().await };
        self.log_failure(row.event_id, row.attempts + 1, failure);
        retry::failed(&ctx.db(), row, failure, ctx.now()).await?;
        unit.commit().await
    }

    async fn open(&self) -> Result<(Ctx, Arc<dyn Unit>)> {
        let ctx = self.turn.ctx(self.subscriber.component.clone(), Uuid::now_v7());
        let unit = self.db.begin_long(ctx.request_id(), BATCH_LIMIT).await?;
        Ok((ctx.within(unit.clone()), unit))
    }

    /// Calls the handler in a savepoint. The outer error is one of the unit of work, the inner one the
    /// handler's, of which nothing is left.
    async fn call(
        &self,
        ctx: &Ctx,
        unit: &dyn Unit,
        event_id: Uuid,
        data: Value,
    ) -> Result<Result<()>> {
        let savepoint = unit.savepoint().await?;
        let ctx = ctx.with_actor(Actor::System { caused_by: Some(event_id.to_string()) });
        let header = ctx.header();
        let span = tracing::info_span!(
            "event", id = %header.request_id, store = header.store.slug,
            subscriber = &*self.subscriber.key, event = %event_id
        );
        match guarded(&self.subscriber.handler, ctx, data).instrument(span).await {
            Ok(()) => {
                unit.release(savepoint).await?;
                metrics::counter!("event_delivered_total").increment(1);
                Ok(Ok(()))
            }
            Err(error) => {
                unit.rollback_to(savepoint).await?;
                metrics::counter!("event_failed_total").increment(1);
                Ok(Err(error))
            }
        }
    }

    async fn put(&self, ctx: &Ctx, event: &outbox_row::Model, failure: Option<&str>) -> Result<()> {
        let id = ctx.new_id::<retry_row::Entity>().uuid();
        Ok(retry::put(&ctx.db(), id, &self.subscriber.key, event, failure, ctx.now()).await?)
    }

    fn log_failure(&self, event: Uuid, attempt: i32, failure: &str) {
        let subscriber = &self.subscriber.key;
        tracing::warn!(subscriber, %event, "'{subscriber}' could not handle event {event} (try {attempt}): {failure}");
    }
}

/// Calls a handler; a panic or a passed deadline is an error like any other.
async fn guarded(handler: &EventHandler, ctx: Ctx, data: Value) -> Result<()> {
    let (around, component) = (ctx.clone(), ctx.header().component.clone());
    // Made inside, because making the future may panic as well.
    let work = async { handler(ctx, data).await };
    let watched = watched(&around, &component, Some(HANDLER_LIMIT), work);
    // Whoever watches ends it by the limit; where nobody does, this ends it a little later.
    let limit = HANDLER_LIMIT + Duration::from_millis(100);
    match tokio::time::timeout(limit, AssertUnwindSafe(watched).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(panicked(&component, &panic_text(&*panic))),
        Err(_) => Err(late(&component, limit)),
    }
}

fn generation(db: &StoreDb) -> u64 {
    std::cmp::max(db.table_generation("kernel_outbox"), db.table_generation("kernel_retry"))
}
