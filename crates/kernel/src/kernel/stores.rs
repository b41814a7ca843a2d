//! The stores of the process: opened when somebody needs them, closed when nobody does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, Utc};
use hatchery_component::{Error, Kind, Result, StoreInfo};
use hatchery_types::{Currency, Locale};
use tokio::sync::MutexGuard;

use super::Kernel;
use crate::assembly::Assembly;
use crate::change::{self, Boot};
use crate::db::{DatabaseTarget, StoreDb};
use crate::folder;
use crate::platform::tasks;
use crate::registry::{DatabaseKind, MOTHER, StoreRecord, StoreState, Suspension};
use crate::settings::{KernelSettings, StoreSettings, StoredSettings};
use crate::store::{Parts, Store};

/// How often idle stores are looked for, and those that have work.
const UPKEEP: Duration = Duration::from_secs(5);
/// A store that has work so soon is not closed.
const SOON: chrono::Duration = chrono::Duration::seconds(60);
/// How long a store that was woken stays open without anything to do.
const AWAKE: Duration = Duration::from_secs(10);
/// How long a store that is to be closed waits for requests that still use it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long shutdown waits for whoever still holds a store.
const LEAVING: Duration = Duration::from_millis(500);
/// Stores that are opened at once for their own work.
const WOKEN_AT_ONCE: usize = 8;

/// The places of stores that are or were open, by slug.
#[derive(Default)]
pub(super) struct Slots(Mutex<BTreeMap<String, Arc<Slot>>>);

/// The place of one store.
#[derive(Default)]
pub(super) struct Slot {
    store: ArcSwapOption<Store>,
    /// Number of its last commit when it was closed; 0 as long as it never was open.
    sequence: AtomicU64,
    /// Held by whoever opens or closes it, or does what needs it closed.
    gate: tokio::sync::Mutex<()>,
}

impl Slots {
    fn get(&self, slug: &str) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match slots.get(slug) {
            Some(slot) => slot.clone(),
            None => slots.entry(slug.to_owned()).or_default().clone(),
        }
    }

    fn all(&self) -> Vec<(String, Arc<Slot>)> {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.iter().map(|(slug, slot)| (slug.clone(), slot.clone())).collect()
    }
}

impl Slot {
    /// The number of the last commit of the store that this process knows of.
    fn sequence(&self) -> u64 {
        match self.open() {
            Some(store) => store.db.sequence(),
            None => self.sequence.load(Ordering::Relaxed),
        }
    }

    /// The store, if it is open.
    pub(super) fn open(&self) -> Option<Arc<Store>> {
        self.store.load_full()
    }
}

/// A store that is closed, and stays so until this is dropped.
pub(crate) struct Closed<'a> {
    slot: &'a Slot,
    _gate: MutexGuard<'a, ()>,
}

/// What a new store begins with, beside its record.
#[derive(Default)]
pub(crate) struct Beginnings {
    /// The components that are on at first.
    pub(crate) components: Option<Vec<String>>,
    /// Settings it has saved, by component.
    pub(crate) settings: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
    /// Whether its data are there already, as a copy.
    pub(crate) is_copy: bool,
}

impl Kernel {
    /// All stores, by slug; those in the trash are left out, and so is the mother.
    pub fn stores(&self) -> Vec<StoreRecord> {
        let records = self.records.load();
        records.values().filter(|it| it.state != StoreState::Deleted).cloned().collect()
    }

    /// All stores, by slug, those in the trash too.
    pub(crate) fn records(&self) -> Arc<BTreeMap<String, StoreRecord>> {
        self.records.load_full()
    }

    /// A store's record.
    ///
    /// # Errors
    /// There is none of that name, or it is in the trash.
    pub fn record(&self, slug: &str) -> Result<StoreRecord> {
        if slug == MOTHER {
            return Ok(self.mother());
        }
        match self.records.load().get(slug) {
            Some(record) if record.state == StoreState::Deleted => {
                let message = format!("The store '{slug}' is in the trash.");
                Err(Error::new(Kind::NotFound, "store.deleted", message))
            }
            Some(record) => Ok(record.clone()),
            None => Err(Error::not_found("store.unknown", format!("There is no store '{slug}'."))),
        }
    }

    /// The stores that are open, the mother among them when she is.
    pub fn open_stores(&self) -> Vec<Arc<Store>> {
        self.slots.all().into_iter().filter_map(|(_, slot)| slot.open()).collect()
    }

    /// A store; opened if it is not.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be opened.
    pub async fn store(&self, slug: &str) -> Result<Arc<Store>> {
        self.record(slug)?;
        let slot = self.slots.get(slug);
        if let Some(store) = slot.open() {
            store.touch();
            return Ok(store);
        }
        self.open_in(&slot, slug).await
    }

    /// A store, if it is open. It does not count as used.
    pub(crate) fn if_open(&self, slug: &str) -> Option<Arc<Store>> {
        self.slots.get(slug).open()
    }

    /// Another number whenever something was written to a store, as far as this process knows.
    pub(crate) fn changes(&self, slug: &str) -> u64 {
        self.slots.get(slug).sequence()
    }

    /// A store for work of its own, not for somebody who waits: one that had to be opened is closed again as
    /// soon as it has nothing to do.
    ///
    /// # Errors
    /// Those of [`store`](Self::store).
    pub(crate) async fn store_for_work(&self, slug: &str) -> Result<Arc<Store>> {
        if let Some(store) = self.if_open(slug) {
            return Ok(store);
        }
        let store = self.store(slug).await?;
        store.used_before(self.idle().saturating_sub(AWAKE));
        Ok(store)
    }

    async fn open_in(&self, slot: &Slot, slug: &str) -> Result<Arc<Store>> {
        let _gate = slot.gate.lock().await;
        if let Some(store) = slot.open() {
            store.touch();
            return Ok(store);
        }
        self.make_room().await;
        // Whoever held the gate may have deleted it.
        let record = self.record(slug)?;
        let store = self.open_store(record, Beginnings::default()).await?;
        slot.store.store(Some(store.clone()));
        Ok(store)
    }

    /// Closes stores that nobody uses, those first that were not used for the longest time, until one more may
    /// be open. When all are in use, more are open than the settings say.
    async fn make_room(&self) {
        let most = self.host_settings().open_stores.max(1) as usize;
        let mut open: Vec<(Duration, String, Arc<Slot>)> = self
            .slots
            .all()
            .into_iter()
            .filter(|(slug, _)| slug != MOTHER)
            .filter_map(|(slug, slot)| Some((slot.open()?.idle_for(), slug, slot)))
            .collect();
        let mut too_many = (open.len() + 1).saturating_sub(most);
        if too_many == 0 {
            return;
        }
        open.sort_by_key(|(idle, ..)| std::cmp::Reverse(*idle));
        for (_, slug, slot) in open {
            let Ok(gate) = slot.gate.try_lock() else { continue };
            let closing = Closed { _gate: gate, slot: &slot };
            too_many -= usize::from(self.close(&slug, &closing, Duration::ZERO).await);
            if too_many == 0 {
                return;
            }
        }
    }

    /// Opens a store that was just made.
    pub(crate) async fn begin_store(
        &self,
        record: StoreRecord,
        beginnings: Beginnings,
    ) -> Result<Arc<Store>> {
        let slot = self.slots.get(&record.slug);
        let _gate = slot.gate.lock().await;
        self.make_room().await;
        let store = self.open_store(record, beginnings).await?;
        slot.store.store(Some(store.clone()));
        Ok(store)
    }

    /// Does something while a store is closed: requests that use it finish first, new ones wait.
    pub(crate) async fn while_closed<T>(
        &self,
        slug: &str,
        work: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<T> {
        let slot = self.slots.get(slug);
        let closed = Closed { _gate: slot.gate.lock().await, slot: &slot };
        self.close(slug, &closed, PATIENCE).await;
        let result = work().await;
        drop(closed);
        result
    }

    /// Closes a store when nobody uses it, or after a while anyhow; answers whether it is closed. With no
    /// patience it stays open while it is used or has work soon.
    async fn close(&self, slug: &str, closed: &Closed<'_>, patience: Duration) -> bool {
        let slot = closed.slot;
        let Some(store) = slot.store.swap(None) else { return true };
        let is_free = || Arc::strong_count(&store) == 1;
        let waited = tokio::time::timeout(patience, async {
            while !is_free() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        if waited.await.is_err() {
            if patience.is_zero() {
                slot.store.store(Some(store));
                return false;
            }
            tracing::warn!(store = %slug, "the store '{slug}' is closed while requests still use it");
        }
        if patience.is_zero() && (!self.is_settled(&store) || has_work_soon(&store).await) {
            slot.store.store(Some(store));
            return false;
        }
        if !self.is_settled(&store) {
            self.shares().closed_early(slug);
        }
        let wakes_at = store.close().await;
        slot.sequence.store(store.db.sequence(), Ordering::Relaxed);
        if let Some(wakes_at) = wakes_at
            && let Err(error) = self.note_wake(slug, Some(wakes_at)).await
        {
            tracing::error!(store = %slug, "when '{slug}' has work is not noted: {}", error.chain());
        }
        true
    }

    /// Closes stores that nobody has used for `idle`; answers how many.
    pub async fn close_idle(&self, idle: Duration) -> usize {
        let mut closed = 0;
        for (slug, slot) in self.slots.all() {
            let is_idle = slot.open().is_some_and(|store| store.idle_for() >= idle);
            if slug == MOTHER || !is_idle {
                continue;
            }
            // Whoever holds the gate opens it or has closed it already.
            let Ok(gate) = slot.gate.try_lock() else { continue };
            let closing = Closed { _gate: gate, slot: &slot };
            closed += usize::from(self.close(&slug, &closing, Duration::ZERO).await);
        }
        closed
    }

    /// Opens stores that have work of their own; answers how many.
    pub async fn wake_due(self: &Arc<Self>) -> usize {
        let now = self.options.clock.now();
        let records = self.records();
        let due = records.values().filter(|record| {
            let sells = matches!(record.state, StoreState::Active | StoreState::Suspended);
            sells && record.wakes_at.is_none_or(|at| at <= now)
        });
        let closed = due.filter(|record| self.slots.get(&record.slug).open().is_none());
        let waiting: Vec<String> = closed.map(|record| record.slug.clone()).collect();
        let mut woken = 0;
        for some in waiting.chunks(WOKEN_AT_ONCE) {
            let opening = some.iter().cloned().map(|slug| {
                let kernel = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = kernel.store_for_work(&slug).await {
                        tracing::error!(store = %slug, "the store '{slug}' is not open: {}", error.chain());
                    }
                })
            });
            for one in opening.collect::<Vec<_>>() {
                // A panic was logged where it happened; the other stores open.
                woken += usize::from(one.await.is_ok());
            }
        }
        woken
    }

    /// Lets stores be woken for their work and closed when they are idle, and carries what they share, until
    /// shutdown.
    pub fn keep_stores(self: &Arc<Self>) {
        let carrying = tokio::spawn(self.clone().carry_on());
        let kernel = Arc::downgrade(self);
        let keeping = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(UPKEEP);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(kernel) = kernel.upgrade() else { return };
                kernel.close_idle(kernel.idle()).await;
                kernel.wake_due().await;
                kernel.empty_trash().await;
            }
        });
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend([carrying, keeping]);
    }

    fn idle(&self) -> Duration {
        Duration::from_secs(self.host_settings().idle_seconds)
    }

    /// Closes all stores, the mother last.
    pub(super) async fn close_stores(&self) {
        let (mothers, stores): (Vec<_>, Vec<_>) =
            self.slots.all().into_iter().partition(|(slug, _)| slug == MOTHER);
        for (slug, slot) in stores.into_iter().chain(mothers) {
            let closing = Closed { _gate: slot.gate.lock().await, slot: &slot };
            self.close(&slug, &closing, LEAVING).await;
        }
    }

    /// Facts about a store, those that files fix included.
    pub(crate) fn info(&self, slug: &str, settings: &StoreSettings) -> Result<StoreInfo> {
        let record = self.record(slug)?;
        let facts = settings.facts.clone();
        let domains = facts.domains.as_ref().unwrap_or(&record.domains);
        let base_url = facts.base_url.unwrap_or_else(|| self.address(slug, domains));
        Ok(StoreInfo {
            id: record.id,
            slug: record.slug,
            name: facts.name.unwrap_or(record.name),
            locales: facts.locales.unwrap_or(record.locales),
            currency: facts.currency.unwrap_or(record.currency),
            time_zone: facts.time_zone.unwrap_or(record.time_zone),
            base_url,
        })
    }

    /// Facts about a store that may be closed.
    ///
    /// # Errors
    /// There is none; its settings do not fit.
    pub fn store_info(&self, slug: &str) -> Result<StoreInfo> {
        self.info(slug, &self.store_settings(slug)?)
    }

    /// The address of a store that no file fixes.
    pub(crate) fn address(&self, slug: &str, domains: &[String]) -> String {
        let port = self.listen().map_or(80, |it| it.port());
        let local = |host: &str| match port {
            80 => format!("http://{host}"),
            port => format!("http://{host}:{port}"),
        };
        let is_local = |domain: &str| {
            domain == "localhost"
                || domain.ends_with(".localhost")
                || domain.parse::<std::net::IpAddr>().is_ok()
        };
        let own = match (slug, domains.first()) {
            (_, Some(domain)) => domain.clone(),
            (MOTHER, None) => self.mother_domain(),
            (slug, None) => format!("{slug}.localhost"),
        };
        if is_local(&own) { local(&own) } else { format!("https://{own}") }
    }

    /// The first domain that the mother's console answers on.
    fn mother_domain(&self) -> String {
        let domains = self.host_settings();
        domains.mother_domains.first().cloned().unwrap_or_else(|| "localhost".into())
    }

    /// The mother as a store.
    fn mother(&self) -> StoreRecord {
        StoreRecord {
            slug: MOTHER.to_owned(),
            id: uuid::Uuid::nil(),
            name: "Hatchery".to_owned(),
            domains: Vec::new(),
            locales: vec![Locale::en(), Locale::zh_cn()],
            currency: Currency::USD,
            time_zone: "Etc/UTC".to_owned(),
            database: DatabaseKind::Sqlite,
            state: StoreState::Active,
            created_at: DateTime::UNIX_EPOCH,
            suspension: None,
            origin: None,
            deleted_at: None,
            wakes_at: None,
        }
    }

    /// Changes a record, in the registry first.
    ///
    /// # Errors
    /// There is none of that name; the registry.
    pub(crate) async fn edit_record(
        &self,
        slug: &str,
        edit: impl FnOnce(&mut StoreRecord),
    ) -> Result<StoreRecord> {
        let _one_at_a_time = self.editing.lock().await;
        let Some(before) = self.records.load().get(slug).cloned() else {
            return Err(Error::not_found("store.unknown", format!("There is no store '{slug}'.")));
        };
        let mut record = before.clone();
        edit(&mut record);
        if record != before {
            self.registry.change(&record).await?;
            self.remember(record.clone());
        }
        Ok(record)
    }

    async fn note_wake(&self, slug: &str, wakes_at: Option<DateTime<Utc>>) -> Result<()> {
        match slug {
            MOTHER => Ok(()),
            slug => self.edit_record(slug, |record| record.wakes_at = wakes_at).await.map(drop),
        }
    }

    pub(crate) fn remember(&self, record: StoreRecord) {
        self.records.rcu(|records| {
            let mut records = BTreeMap::clone(records);
            records.insert(record.slug.clone(), record.clone());
            records
        });
        self.index_hosts();
    }

    /// Lets an open store know facts about it that changed.
    pub(crate) async fn tell_facts(&self, slug: &str) -> Result<()> {
        match self.slots.get(slug).open() {
            Some(store) if change::reload(self, &store).await? => tasks::resync_all(&store).await,
            _ => Ok(()),
        }
    }

    /// Why a store does not sell, when it does not.
    pub(crate) fn suspension(&self, slug: &str) -> Option<Suspension> {
        let records = self.records.load();
        records.get(slug).filter(|it| it.state == StoreState::Suspended)?.suspension.clone()
    }

    pub(crate) fn forget(&self, slug: &str) {
        self.records.rcu(|records| {
            let mut records = BTreeMap::clone(records);
            records.remove(slug);
            records
        });
        self.index_hosts();
    }

    pub(crate) fn store_settings(&self, slug: &str) -> Result<StoreSettings> {
        let settings = self.settings.load();
        Ok(settings.for_store(slug, self.known().schemas(), &StoredSettings::default())?)
    }

    /// Where the data of a store are, by what the settings say.
    pub(crate) fn target(&self, slug: &str, settings: &StoreSettings) -> DatabaseTarget {
        let url = settings.database.url.expose();
        if url.is_empty() {
            return DatabaseTarget::Sqlite(self.folder.store(slug).join("store.db"));
        }
        let schema = settings.database.schema.clone();
        let schema = schema.unwrap_or_else(|| format!("store_{}", slug.replace('-', "_")));
        DatabaseTarget::Postgres { url: url.to_owned(), schema }
    }

    /// The folder of a store, or of the mother.
    pub(crate) fn folder_of(&self, slug: &str) -> std::path::PathBuf {
        match slug {
            MOTHER => self.folder.path().join(MOTHER),
            slug => self.folder.store(slug),
        }
    }

    /// The folder of all stores.
    pub(crate) fn stores_folder(&self) -> std::path::PathBuf {
        self.folder.stores()
    }

    async fn open_store(&self, record: StoreRecord, beginnings: Beginnings) -> Result<Arc<Store>> {
        let slug = record.slug;
        let settings = self.store_settings(&slug)?;
        let folder = self.folder_of(&slug);
        std::fs::create_dir_all(&folder).map_err(|error| {
            let message = format!("the folder {} cannot be made: {error}", folder.display());
            Error::invalid("data.folder", message)
        })?;
        let is_fresh = record.state == StoreState::Preparing && !beginnings.is_copy;
        let db = match slug.as_str() {
            MOTHER => self.registry.db.clone(),
            _ => {
                let target = self.target(&slug, &settings);
                let kept = match target {
                    DatabaseTarget::Sqlite(_) => DatabaseKind::Sqlite,
                    DatabaseTarget::Postgres { .. } => DatabaseKind::Postgres,
                };
                same_place(&slug, record.database, kept)?;
                if is_fresh {
                    let components = beginnings.components.as_deref();
                    self.lay_schema(&slug, &target, &settings, components).await?;
                }
                StoreDb::open(&target).await?
            }
        };
        let info = Arc::new(self.info(&slug, &settings)?);
        let parts = Parts {
            slug: slug.as_str().into(),
            key: folder::key(&folder)?,
            folder,
            db,
            clock: self.options.clock.clone(),
            kernel: self.this.clone(),
            empty: Assembly::assemble(0, info, BTreeMap::new(), KernelSettings::default())?,
        };
        let store = Store::new(parts);
        let boot = Boot { fresh: is_fresh, beginnings };
        if let Err(error) = change::boot(self, &store, boot).await {
            store.close().await;
            return Err(error);
        }
        // As long as it is open nobody knows when it has work: after a crash it is opened to find out.
        self.note_wake(&slug, None).await?;
        store.run_background();
        Ok(store)
    }
}

fn same_place(slug: &str, kept: DatabaseKind, said: DatabaseKind) -> Result<()> {
    let name = |kind| match kind {
        DatabaseKind::Sqlite => "a file",
        DatabaseKind::Postgres => "PostgreSQL",
    };
    if kept == said {
        return Ok(());
    }
    let message = format!(
        "the data of the store '{slug}' are in {}, but [database] says {}; put the setting back, or move the \
         data: `hatchery store backup {slug}`, then `hatchery store restore --replace`",
        name(kept),
        name(said)
    );
    Err(Error::conflict("store.database", message))
}

async fn has_work_soon(store: &Arc<Store>) -> bool {
    let soon = store.clock.now() + SOON;
    match store.wakes_at().await {
        Ok(wakes_at) => wakes_at <= soon,
        // Better open than forgotten.
        Err(error) => {
            tracing::warn!(store = %store.slug, "'{}' stays open: {}", store.slug, error.chain());
            true
        }
    }
}
