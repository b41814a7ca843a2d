//! One store: its database, its folder, its keys and its running assembly.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use hatchery_component::ctx::Header;
use hatchery_component::host::BoxFuture;
use hatchery_component::{Actor, Ctx, Result, StoreInfo};
use hatchery_types::Locale;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use crate::active::Active;
use crate::assembly::{Assembly, Retired};
use crate::db::StoreDb;
use crate::events::background::Background as _;
use crate::events::{Dispatcher, Worker};
use crate::health::Health;
use crate::host::{AssemblyHost, StoreClock};
use crate::jobs::{self, Runner};
use crate::kernel::Kernel;
use crate::known::Known;
use crate::platform::tasks::TaskRuns;
use crate::settings::StoreSettings;
use crate::solver::Resolution;

/// How long shutdown waits for work that runs beside requests, such as an import.
const GRACE: Duration = Duration::from_secs(10);
/// When a store without any work of its own is woken.
const NEVER: DateTime<Utc> = DateTime::from_timestamp(253_402_300_799, 0).expect("a time");
/// How long a component may take to stop.
const STOP_LIMIT: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 5000 });

/// An open store.
pub struct Store {
    /// Its short name.
    pub slug: Arc<str>,
    /// Its folder: `data/stores/<slug>` with `store.db`, `files/`, `key`.
    pub folder: PathBuf,
    /// Its database.
    pub db: StoreDb,
    /// Secret the store signs with (cookies, links), 32 bytes, kept in the file `key`.
    pub key: [u8; 32],
    /// The running assembly.
    pub assembly: ArcSwap<Assembly>,
    /// Time and ids.
    pub clock: Arc<dyn StoreClock>,
    /// The process.
    pub kernel: Weak<Kernel>,
    /// How its components do.
    pub(crate) health: Health,
    /// Long work that people started.
    pub(crate) tasks: TaskRuns,
    /// Held by whoever changes the component set or settings: one change at a time.
    pub(crate) changing: tokio::sync::Mutex<()>,
    /// What the running assembly was made from.
    pub(crate) present: ArcSwap<Present>,
    spawned: Mutex<JoinSet<()>>,
    background: OnceLock<Background>,
    /// Assemblies that requests may still run on, the present one among them.
    alive: Mutex<Vec<Weak<Assembly>>>,
    retired: UnboundedSender<Retired>,
    retiring: Mutex<Option<JoinHandle<()>>>,
    opened: Instant,
    /// Requests that may come at once, and when that was reckoned.
    allowance: Mutex<(f64, Instant)>,
    /// When it was used last: milliseconds after it was opened.
    used: AtomicI64,
}

/// What an assembly was made from.
#[derive(Default)]
pub(crate) struct Present {
    /// Files and environment over saved settings.
    pub(crate) settings: StoreSettings,
    /// Of each component one build.
    pub(crate) known: Arc<Known>,
    /// What runs, and what is left out and why.
    pub(crate) resolution: Resolution,
    /// Other things people should know, by component: saved settings that no longer fit, an edit of the
    /// files that could not be put in place.
    pub(crate) notices: BTreeMap<String, String>,
}

/// What an open store is made of.
pub(crate) struct Parts {
    pub(crate) slug: Arc<str>,
    pub(crate) folder: PathBuf,
    pub(crate) db: StoreDb,
    pub(crate) key: [u8; 32],
    pub(crate) clock: Arc<dyn StoreClock>,
    pub(crate) kernel: Weak<Kernel>,
    /// The assembly of nothing, in place until the first real one.
    pub(crate) empty: Assembly,
}

struct Background {
    dispatcher: Worker,
    runner: Worker,
}

impl Store {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        let Parts { slug, folder, db, key, clock, kernel, empty } = parts;
        let (retired, mut arriving) = mpsc::unbounded_channel();
        let retiring = tokio::spawn(async move {
            while let Some(retired) = arriving.recv().await {
                match retired {
                    Retired::Component(active) => stop(active).await,
                    // Whoever waited may have given up.
                    Retired::Flush(done) => drop(done.send(())),
                }
            }
        });
        Arc::new_cyclic(|this| Self {
            slug,
            folder,
            db,
            key,
            assembly: ArcSwap::from_pointee(empty),
            clock,
            kernel,
            health: Health::new(this.clone()),
            tasks: TaskRuns::default(),
            changing: tokio::sync::Mutex::default(),
            present: ArcSwap::default(),
            spawned: Mutex::default(),
            background: OnceLock::new(),
            alive: Mutex::default(),
            retired,
            retiring: Mutex::new(Some(retiring)),
            opened: Instant::now(),
            allowance: Mutex::new((f64::INFINITY, Instant::now())),
            used: AtomicI64::new(0),
        })
    }

    /// Whether one more request may come, of so many per second. 0 for no limit.
    pub(crate) fn admits(&self, per_second: u32) -> bool {
        if per_second == 0 {
            return true;
        }
        let now = Instant::now();
        let rate = f64::from(per_second);
        let mut allowance = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        let gained = now.duration_since(allowance.1).as_secs_f64() * rate;
        *allowance = ((allowance.0 + gained).min(2.0 * rate), now);
        if allowance.0 < 1.0 {
            return false;
        }
        allowance.0 -= 1.0;
        true
    }

    /// Notes that somebody uses it now.
    pub(crate) fn touch(&self) {
        self.used.store(millis(self.opened.elapsed()), Ordering::Relaxed);
    }

    /// Lets it count as used this long ago for the last time.
    pub(crate) fn used_before(&self, ago: Duration) {
        self.used.store(millis(self.opened.elapsed()) - millis(ago), Ordering::Relaxed);
    }

    /// How long nobody has used it.
    pub(crate) fn idle_for(&self) -> Duration {
        let idle = millis(self.opened.elapsed()) - self.used.load(Ordering::Relaxed);
        Duration::from_millis(u64::try_from(idle).unwrap_or_default())
    }

    /// When it has to be open for its own work. Far in the future when it has none.
    pub(crate) async fn wakes_at(self: &Arc<Self>) -> Result<DateTime<Utc>> {
        let wakes_at = jobs::next_wake(&self.db, &self.clone().turn()).await?;
        Ok(wakes_at.unwrap_or(NEVER))
    }

    /// Facts about the store.
    pub fn info(&self) -> Arc<StoreInfo> {
        self.assembly.load().store.clone()
    }

    /// A context on the present assembly, for a component's code.
    pub fn ctx(self: &Arc<Self>, component: Arc<str>, actor: Actor, locale: Option<Locale>) -> Ctx {
        let assembly = self.assembly.load_full();
        self.ctx_on(assembly, component, actor, locale, self.clock.new_uuid())
    }

    /// A context on a given assembly and request.
    pub fn ctx_on(
        self: &Arc<Self>,
        assembly: Arc<Assembly>,
        component: Arc<str>,
        actor: Actor,
        locale: Option<Locale>,
        request_id: Uuid,
    ) -> Ctx {
        let store = assembly.store.clone();
        let locale = locale.unwrap_or_else(|| store.locale());
        let header = Header { store, component, actor, locale, request_id, unit: None };
        Ctx::new(header, Arc::new(AssemblyHost::new(self.clone(), assembly)))
    }

    /// A context for the system itself.
    pub fn system_ctx(self: &Arc<Self>, component: Arc<str>, caused_by: Option<String>) -> Ctx {
        self.ctx(component, Actor::System { caused_by }, None)
    }

    /// Runs something beside requests. Shutdown waits for it a while, then drops it.
    pub fn spawn(&self, future: BoxFuture<()>) {
        let mut spawned = self.spawned.lock().unwrap_or_else(PoisonError::into_inner);
        while spawned.try_join_next().is_some() {}
        spawned.spawn(future);
    }

    /// Tells the dispatcher of events and the runner of jobs to look for work now.
    pub fn wake(&self) {
        if let Some(background) = self.background.get() {
            background.dispatcher.wake();
            background.runner.wake();
        }
    }

    /// Delivers all events and runs all due jobs, those that they cause included. For tests, imports and
    /// shutdown.
    pub async fn drain(&self) {
        /// Work that always causes more work is left to the background after so many rounds.
        const ROUNDS: usize = 50;
        let Some(background) = self.background.get() else { return };
        let mut writes = self.db.writes();
        for _ in 0..ROUNDS {
            writes.mark_unchanged();
            background.dispatcher.drain().await;
            background.runner.drain().await;
            if !writes.has_changed().unwrap_or(false) {
                return;
            }
        }
    }

    /// Starts delivering events and running jobs.
    pub(crate) fn run_background(self: &Arc<Self>) {
        self.background.get_or_init(|| Background {
            dispatcher: Dispatcher::spawn(self.clone()),
            runner: Runner::spawn(self.clone()),
        });
    }

    /// Puts an assembly in place. What is gone stops when the last request on the old one has finished.
    pub(crate) fn swap(&self, assembly: Assembly, present: Present) {
        assembly.retire_to(self.retired.clone());
        let assembly = Arc::new(assembly);
        {
            let mut alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
            alive.retain(|assembly| assembly.strong_count() > 0);
            alive.push(Arc::downgrade(&assembly));
        }
        self.present.store(Arc::new(present));
        self.assembly.store(assembly);
        self.wake();
    }

    /// The components this store knows, of each one build.
    pub fn known(&self) -> Arc<Known> {
        self.present.load().known.clone()
    }

    /// The assemblies before the present one that requests still run on.
    pub(crate) fn older_assemblies(&self) -> Vec<Arc<Assembly>> {
        let present = self.assembly.load().generation;
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = alive.iter().filter_map(Weak::upgrade);
        alive.filter(|assembly| assembly.generation < present).collect()
    }

    /// Stops components that were started for an assembly that did not come to be.
    pub(crate) fn retire(&self, started: impl IntoIterator<Item = Arc<Active>>) {
        for active in started {
            // The receiver lives as long as the store is open.
            let _ = self.retired.send(Retired::Component(active));
        }
    }

    /// Ends everything: work beside requests, jobs and events, components, the database. Tells when it has to
    /// be open again, when that can be told.
    pub(crate) async fn close(self: &Arc<Self>) -> Option<DateTime<Utc>> {
        let mut spawned =
            std::mem::take(&mut *self.spawned.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async { while spawned.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!(store = %self.slug, "work beside requests did not end in time and was dropped");
            spawned.shutdown().await;
        }
        if let Some(background) = self.background.get() {
            background.runner.stop().await;
            background.dispatcher.drain().await;
            background.dispatcher.stop().await;
        }
        let wakes_at = self.wakes_at().await;
        self.stop_components().await;
        let retiring = self.retiring.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(retiring) = retiring {
            retiring.abort();
        }
        if let Err(error) = self.db.close().await {
            tracing::error!(store = %self.slug, "the database of '{}' did not close: {error}", self.slug);
            return None;
        }
        wakes_at.ok()
    }
}

impl Store {
    /// Puts an assembly of nothing in place and waits until the components have stopped.
    async fn stop_components(&self) {
        let empty = Assembly::assemble(
            u64::MAX,
            self.info(),
            BTreeMap::new(),
            self.assembly.load().settings.clone(),
        );
        match empty {
            Ok(empty) => self.assembly.store(Arc::new(empty)),
            Err(error) => tracing::error!("components are not stopped: {}", error.chain()),
        }
        let (done, waiting) = oneshot::channel();
        // Both fail only when there is nobody left who could stop anything.
        let _ = self.retired.send(Retired::Flush(done));
        let _ = tokio::time::timeout(GRACE, waiting).await;
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Stops a component, unless another assembly goes on with it.
async fn stop(active: Arc<Active>) {
    let id = active.manifest.id.clone();
    let Ok(Active { instance, known, .. }) = Arc::try_unwrap(active) else { return };
    let Some(component) = known.component.clone() else { return };
    let mut stopping = tokio::spawn(async move { component.stop(instance).await });
    let why = match tokio::time::timeout(STOP_LIMIT, &mut stopping).await {
        Ok(Ok(())) => return,
        Ok(Err(_)) => "panicked while it stopped",
        Err(_) => {
            stopping.abort();
            "did not stop in time"
        }
    };
    tracing::error!(component = %id, "'{id}' {why}; what it held may be held until restart");
}
