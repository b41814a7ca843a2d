//! What work beside requests needs of a store, and how others reach it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hatchery_component::{Actor, Ctx, Declaration};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::Subscriber;
use crate::Store;
use crate::db::StoreDb;

/// A store, as far as events and jobs need one. Tests have a smaller one.
pub(crate) trait Background: Send + Sync + 'static {
    /// Its database.
    fn db(&self) -> &StoreDb;
    /// The present assembly, for one batch of events or one job run.
    fn turn(self: Arc<Self>) -> Turn;
}

/// A store on one assembly.
#[derive(Clone)]
pub(crate) struct Turn {
    components: Vec<(Arc<str>, Arc<Declaration>)>,
    ctx: Arc<dyn Fn(Arc<str>, Uuid) -> Ctx + Send + Sync>,
    job_limit: Duration,
}

impl Turn {
    /// `ctx` makes the context of a component for a request; the system acts.
    pub(crate) fn new(
        components: Vec<(Arc<str>, Arc<Declaration>)>,
        ctx: impl Fn(Arc<str>, Uuid) -> Ctx + Send + Sync + 'static,
    ) -> Self {
        Self { components, ctx: Arc::new(ctx), job_limit: Duration::MAX }
    }

    /// The same turn with another limit for jobs.
    pub(crate) fn with_job_limit(self, job_limit: Duration) -> Self {
        Self { job_limit, ..self }
    }

    /// How long a job may take.
    pub(crate) fn job_limit(&self) -> Duration {
        self.job_limit
    }

    /// The context for a component.
    pub(crate) fn ctx(&self, component: Arc<str>, request_id: Uuid) -> Ctx {
        (self.ctx)(component, request_id)
    }

    /// The context for the kernel itself.
    pub(crate) fn kernel(&self) -> Ctx {
        self.ctx("kernel".into(), Uuid::now_v7())
    }

    /// The components and what they bring, by id.
    pub(crate) fn components(&self) -> &[(Arc<str>, Arc<Declaration>)] {
        &self.components
    }

    /// All subscribers, by key.
    pub(crate) fn subscribers(&self) -> Vec<Subscriber> {
        subscribers(self.components.iter().map(|(id, declaration)| (id, declaration)))
    }
}

/// The subscribers that components declare, by key.
pub(crate) fn subscribers<'a>(
    components: impl Iterator<Item = (&'a Arc<str>, &'a Arc<Declaration>)>,
) -> Vec<Subscriber> {
    let mut subscribers: Vec<Subscriber> = components
        .flat_map(|(id, declaration)| {
            declaration.subscriptions.iter().map(move |subscription| Subscriber {
                key: format!("{id}/{}", subscription.name),
                component: id.clone(),
                event_type: subscription.event_type,
                handler: subscription.handler.clone(),
            })
        })
        .collect();
    subscribers.sort_by(|left, right| left.key.cmp(&right.key));
    subscribers
}

impl Background for Store {
    fn db(&self) -> &StoreDb {
        &self.db
    }

    fn turn(self: Arc<Self>) -> Turn {
        let assembly = self.assembly.load_full();
        let components = assembly.components.iter();
        let components =
            components.map(|(id, active)| (id.clone(), active.declaration.clone())).collect();
        let limit = Duration::from_secs(assembly.settings.watch.job_seconds);
        let turn = Turn::new(components, move |component, request_id| {
            let actor = Actor::System { caused_by: None };
            self.ctx_on(assembly.clone(), component, actor, None, request_id)
        });
        turn.with_job_limit(limit)
    }
}

/// A task of a store that works beside requests, as others reach it. It wakes by itself when what it waits
/// for is committed.
#[derive(Clone)]
pub struct Worker {
    commands: mpsc::UnboundedSender<Command>,
}

/// What a worker is told. Whoever waits for the answer gets it when the worker is done, or is gone.
pub(crate) enum Command {
    /// Look for work.
    Wake,
    /// Work until nothing is left.
    Drain(oneshot::Sender<()>),
    /// Come to an end.
    Stop(oneshot::Sender<()>),
}

impl Worker {
    /// A worker, and what its task listens to.
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Command>) {
        let (commands, receiver) = mpsc::unbounded_channel();
        (Self { commands }, receiver)
    }

    /// Lets it look for work now.
    pub fn wake(&self) {
        // When it has stopped there is nobody to wake.
        let _ = self.commands.send(Command::Wake);
    }

    /// Waits until all that is due is done, and what follows from it. What failed and was put aside, or is
    /// due later, is not waited for.
    pub async fn drain(&self) {
        self.ask(Command::Drain).await;
    }

    /// Lets it finish what it is at, and end.
    pub async fn stop(&self) {
        self.ask(Command::Stop).await;
    }

    async fn ask(&self, command: impl FnOnce(oneshot::Sender<()>) -> Command) {
        let (done, answered) = oneshot::channel();
        if self.commands.send(command(done)).is_ok() {
            // An error means that it has ended.
            let _ = answered.await;
        }
    }
}

/// The pause after the given number of failures: 1 s, 4 s, 16 s, .. up to an hour.
pub(crate) fn pause(failures: i32) -> chrono::Duration {
    const LONGEST: i64 = 60 * 60;
    let exponent = u32::try_from(failures.clamp(1, 10) - 1).unwrap_or(0);
    chrono::Duration::seconds(4_i64.pow(exponent).min(LONGEST))
}

/// Returns when a commit has made something true.
pub(crate) async fn changed(writes: &mut watch::Receiver<u64>, is_true: impl Fn() -> bool) {
    loop {
        writes.mark_unchanged();
        if is_true() || writes.changed().await.is_err() {
            return;
        }
    }
}

pub(crate) async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// When a time of the store's clock comes, by the machine's.
pub(crate) fn instant_of(at: DateTime<Utc>, now: DateTime<Utc>) -> Instant {
    Instant::now() + (at - now).to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn pauses_grow_to_an_hour() {
        let seconds: Vec<i64> =
            (1..=9).map(|failures| super::pause(failures).num_seconds()).collect();
        assert_eq!(seconds, [1, 4, 16, 64, 256, 1024, 3600, 3600, 3600]);
        assert_eq!(super::pause(i32::MAX).num_seconds(), 3600);
    }
}
