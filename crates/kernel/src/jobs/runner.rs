//! The runner: one task per store that runs what is due.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::FutureExt;
use hatchery_component::declaration::{Job, JobHandler};
use hatchery_component::watch::{panic_text, panicked, watched};
use hatchery_component::{Actor, Ctx, Db, Result};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

use super::{queue, schedule};
use crate::Store;
use crate::db::StoreDb;
use crate::db::entity::job;
use crate::events::background::{
    Background, Command, Turn, Worker, changed, instant_of, sleep_until,
};

/// Runs at once.
const CONCURRENCY: usize = 2;
/// How long a run counts as alive without a sign of life.
const LEASE: Duration = Duration::from_secs(60);
/// How long stopping waits for runs; what does not end is run again by the next process.
const GRACE: Duration = Duration::from_secs(10);

/// Runs the jobs of a store.
pub struct Runner;

impl Runner {
    /// Starts running. It reads the present assembly for each run, and ends with the store.
    pub fn spawn(store: Arc<Store>) -> Worker {
        Self::spawn_for(&store)
    }

    pub(crate) fn spawn_for<S: Background>(store: &Arc<S>) -> Worker {
        let (worker, commands) = Worker::new();
        let task = Task {
            store: Arc::downgrade(store),
            db: store.db().clone(),
            owner: Uuid::now_v7(),
            runs: JoinSet::new(),
            started: false,
        };
        tokio::spawn(task.run(commands));
        worker
    }
}

struct Task<S> {
    store: Weak<S>,
    db: StoreDb,
    owner: Uuid,
    runs: JoinSet<()>,
    /// Whether what an earlier process left has been queued again.
    started: bool,
}

impl<S: Background> Task<S> {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let mut writes = self.db.writes();
        loop {
            let seen = generation(&self.db);
            let Some(next) = self.fill_or_log().await else { return };
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
                        self.end().await;
                        let _ = done.send(());
                        return;
                    }
                    None => return,
                },
                Some(_) = self.runs.join_next() => {}
                () = changed(&mut writes, || generation(&db) > seen) => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// Runs until nothing is due; bounded, because jobs may queue jobs for ever.
    async fn drain(&mut self) {
        const ROUNDS: usize = 10_000;
        for _ in 0..ROUNDS {
            if self.fill_or_log().await.is_none() {
                return;
            }
            if self.runs.join_next().await.is_none() {
                return;
            }
        }
    }

    async fn end(&mut self) {
        let all = async { while self.runs.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!("jobs did not end in {GRACE:?} and are run again after the next start");
            self.runs.shutdown().await;
        }
    }

    /// Starts what is due and gives the next time to look; none when the store is gone.
    async fn fill_or_log(&mut self) -> Option<Option<Instant>> {
        let store = self.store.upgrade()?;
        match self.fill(store.turn()).await {
            Ok(next) => Some(next),
            Err(error) => {
                tracing::error!("jobs could not be run and are tried again: {}", error.chain());
                Some(Some(Instant::now() + Duration::from_secs(1)))
            }
        }
    }

    async fn fill(&mut self, turn: Turn) -> Result<Option<Instant>> {
        let ctx = turn.kernel();
        let now = ctx.now();
        if !self.started {
            self.release_lost(&ctx).await?;
            self.started = true;
        }
        let declared: Vec<&Job> =
            turn.components().iter().flat_map(|(_, declaration)| &declaration.jobs).collect();
        let scheduled = schedule::run_due(&self.db, &declared, &ctx.store().time_zone, now).await?;
        let names: Vec<&str> = declared.iter().map(|job| job.name).collect();
        let free = CONCURRENCY.saturating_sub(self.runs.len());
        if free > 0 {
            for row in queue::due(&self.db, &names, now, free).await? {
                self.start(&turn, row).await?;
            }
        }
        let queued = match self.runs.len() {
            // The end of a run is the next time to look.
            CONCURRENCY.. => None,
            _ => queue::next_at(&self.db, &names).await?,
        };
        Ok(queued.into_iter().chain(scheduled).min().map(|at| instant_of(at, now)))
    }

    async fn start(&mut self, turn: &Turn, row: job::Model) -> Result<()> {
        let found = turn.components().iter().find_map(|(component, declaration)| {
            let job = declaration.jobs.iter().find(|job| job.name == row.job)?;
            Some((component.clone(), job.handler.clone()))
        });
        let Some((component, handler)) = found else { return Ok(()) };
        let ctx = turn.ctx(component, Uuid::now_v7());
        let ctx = ctx.with_actor(Actor::System { caused_by: Some(format!("job:{}", row.id)) });
        let (owner, now) = (self.owner, ctx.now());
        let unit = self.db.begin(Uuid::now_v7()).await?;
        let taken = queue::take(&Db::unit(unit.clone()), row.id, owner, now, lease(now)).await?;
        unit.commit().await?;
        if taken {
            let run = Run { db: self.db.clone(), owner, row };
            self.runs.spawn(run.run(ctx, handler, turn.job_limit()));
        }
        Ok(())
    }

    async fn release_lost(&self, ctx: &Ctx) -> Result<()> {
        let unit = self.db.begin(Uuid::now_v7()).await?;
        let lost = queue::release_lost(&Db::unit(unit.clone()), self.owner, ctx.now()).await?;
        unit.commit().await?;
        if lost > 0 {
            tracing::info!(lost, "{lost} jobs were running when the process ended; they run again");
        }
        Ok(())
    }
}

fn lease(now: chrono::DateTime<chrono::Utc>) -> chrono::DateTime<chrono::Utc> {
    now + LEASE
}

fn generation(db: &StoreDb) -> u64 {
    db.table_generation("kernel_job")
}

/// One run of a job.
struct Run {
    db: StoreDb,
    owner: Uuid,
    row: job::Model,
}

impl Run {
    async fn run(self, ctx: Ctx, handler: JobHandler, limit: Duration) {
        let header = ctx.header();
        let span = tracing::info_span!(
            "job", id = %header.request_id, store = header.store.slug, job = self.row.job
        );
        let component = header.component.clone();
        let work = async { handler(ctx.clone(), self.row.payload.clone()).await }.instrument(span);
        let call = AssertUnwindSafe(watched(&ctx, &component, Some(limit), work)).catch_unwind();
        let result = self
            .with_lease(&ctx, call)
            .await
            .unwrap_or_else(|panic| Err(panicked(&component, &panic_text(&*panic))));
        let failure = result.err().map(|error| error.chain());
        if let Some(failure) = &failure {
            metrics::counter!("job_failed_total").increment(1);
            let (job, key) = (&self.row.job, &self.row.key);
            let attempt = self.row.attempts + 1;
            tracing::warn!(job, key, "job '{job}' for '{key}' failed (try {attempt}): {failure}");
        } else {
            metrics::counter!("job_done_total").increment(1);
        }
        // The work is done; only its end is still to be written. Without that it runs again, which the
        // handler must stand, but need not suffer for a busy moment.
        const TRIES: u64 = 5;
        for attempt in 1..=TRIES {
            match self.finish(&ctx, failure.clone()).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(
                        "the end of job '{}' could not be noted: {}",
                        self.row.job,
                        error.chain()
                    );
                    tokio::time::sleep(Duration::from_millis(100 * attempt)).await;
                }
            }
        }
    }

    /// Waits for the handler and shows that it lives meanwhile.
    async fn with_lease<T>(&self, ctx: &Ctx, call: impl Future<Output = T>) -> T {
        let mut call = std::pin::pin!(call);
        loop {
            tokio::select! {
                result = &mut call => return result,
                () = tokio::time::sleep(LEASE / 3) => {
                    if let Err(error) = self.renew(ctx).await {
                        tracing::warn!("the lease of job '{}' could not be renewed: {}", self.row.job, error.chain());
                    }
                }
            }
        }
    }

    async fn renew(&self, ctx: &Ctx) -> Result<()> {
        let unit = self.db.begin(Uuid::now_v7()).await?;
        queue::renew(&Db::unit(unit.clone()), self.row.id, self.owner, lease(ctx.now())).await?;
        unit.commit().await
    }

    async fn finish(&self, ctx: &Ctx, failure: Option<String>) -> Result<()> {
        let unit = self.db.begin(Uuid::now_v7()).await?;
        let connection = Db::unit(unit.clone());
        match failure {
            None => queue::done(&connection, self.row.id, self.owner).await?,
            Some(failure) => {
                queue::failed(&connection, self.row.clone(), failure, ctx.now()).await?
            }
        }
        unit.commit().await
    }
}
