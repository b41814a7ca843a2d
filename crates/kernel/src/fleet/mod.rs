//! The fleet: what the mother does with stores. One way in for command line, API and console: a [`StoreAct`],
//! which runs as a task of the mother and is written into her audit trail.
//!
//! [`create`] makes stores from a [`blueprint`] or a copy, [`sharing`] lets them have records in common, [`act`]
//! does everything else or hands it on.

mod act;
mod backup;
mod blueprint;
mod clear_up;
mod copying;
mod create;
mod eject;
mod export;
mod restore;
pub(crate) mod sharing;
mod trash;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hatchery_component::component::Provision;
use hatchery_component::platform::{
    Change, ComponentChange, ComponentStatus, ListRequest, PlanReport, TaskRun,
};
use hatchery_component::resource::{Record, parse};
use hatchery_component::sharing::{ShareStatus, SharedKind};
use hatchery_component::stores::{
    BackupInfo, BlueprintInfo, FleetStore, READ, StoreAct, StoreLook, Stores, WRITE,
};
use hatchery_component::{Actor, Ctx, Declaration, Error, Instance, Manifest, Progress, Result};
use hatchery_types::Page;
use semver::Version;
use serde_json::Value;

use crate::kernel::Kernel;
use crate::platform::state;
use crate::registry::StoreRecord;
use crate::resources;

/// The task that an act is a run of.
pub const TASK: &str = "kernel.store-act";
/// How long whoever asks for an act waits for its end.
const WAIT: Duration = Duration::from_secs(8);

/// What the mother's own part provides more than others.
pub(crate) fn add_to(manifest: &mut Manifest) {
    let version = Version::new(1, 2, 0);
    manifest.provides.insert("stores".into(), Provision { version, collective: false });
    manifest.permissions.extend([READ.to_owned(), WRITE.to_owned()]);
}

/// The task of acts.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    // A new store's one-time link is in the answer.
    declaration.task_told_once(TASK, WRITE, run)
}

/// Provides the interface.
pub(crate) fn provide(instance: Instance) -> Instance {
    instance.provide::<dyn Stores>(Arc::new(Fleet))
}

async fn run(ctx: Ctx, input: Value, progress: Progress) -> Result<Value> {
    let kernel = state(&ctx)?.kernel()?;
    let act: StoreAct = parse(input)?;
    let (subject, name) = act.subject();
    let store = match &act {
        StoreAct::RemoveBackup { backup } | StoreAct::Restore { backup, slug: None, .. } => {
            kernel.store_of_backup(backup)
        }
        _ => None,
    };
    let entry = |changes| resources::audit::Entry {
        resource: "stores",
        record: store.as_deref().unwrap_or(subject),
        action: name,
        changes,
    };
    let done = act::perform(&kernel, act.clone(), &progress).await;
    let changes = match &done {
        Ok(_) => serde_json::json!({ "act": act }),
        Err(error) => serde_json::json!({ "act": act, "failed": error.message() }),
    };
    let noted = vec![entry(changes)];
    ctx.transaction(|ctx| async move { resources::audit::write(&ctx, noted).await }).await?;
    done
}

/// The stores of this host.
struct Fleet;

#[async_trait]
impl Stores for Fleet {
    async fn list(&self, ctx: &Ctx) -> Result<Vec<FleetStore>> {
        ctx.require(READ)?;
        state(ctx)?.kernel()?.fleet()
    }

    async fn look(&self, ctx: &Ctx, slugs: Vec<String>) -> Result<BTreeMap<String, StoreLook>> {
        ctx.require(READ)?;
        let kernel = state(ctx)?.kernel()?;
        Ok(kernel.looks(&slugs).await)
    }

    async fn blueprints(&self, ctx: &Ctx) -> Result<Vec<BlueprintInfo>> {
        ctx.require(READ)?;
        state(ctx)?.kernel()?.blueprints()
    }

    async fn backups(&self, ctx: &Ctx) -> Result<Vec<BackupInfo>> {
        ctx.require(READ)?;
        Ok(state(ctx)?.kernel()?.backups())
    }

    async fn act(&self, ctx: &Ctx, act: StoreAct) -> Result<TaskRun> {
        ctx.require(WRITE)?;
        let names_folder = match &act {
            StoreAct::Eject { .. } | StoreAct::Export { to: Some(_), .. } => true,
            StoreAct::Restore { backup, .. } => backup.contains(['/', '\\']),
            _ => false,
        };
        if names_folder && matches!(ctx.actor(), Actor::User { .. }) {
            let message =
                "A folder of the host's machine is named on that machine: `hatchery store`.";
            return Err(Error::new(hatchery_component::Kind::Denied, "store.folder", message));
        }
        let mother = state(ctx)?.store()?;
        let input = serde_json::to_value(act)?;
        let mut run = mother.start_task(TASK, input, ctx.actor().clone()).await?;
        // What takes longer goes on.
        let _ = tokio::time::timeout(WAIT, run.wait_for(|run| run.state != "running")).await;
        let now = run.borrow().clone();
        Ok(now)
    }

    async fn records(
        &self,
        ctx: &Ctx,
        slug: String,
        resource: String,
        request: ListRequest,
    ) -> Result<Page<Record>> {
        ctx.require(READ)?;
        let store = state(ctx)?.kernel()?.store(&slug).await?;
        let caused_by = Some(format!("the mother, for {}", ctx.actor().label()));
        let there =
            store.ctx("kernel".into(), Actor::System { caused_by }, Some(ctx.locale().clone()));
        resources::list(&there, &state(&there)?.assembly, &resource, request).await
    }

    async fn history(&self, ctx: &Ctx, slug: String) -> Result<Vec<Change>> {
        ctx.require(READ)?;
        let request = ListRequest { limit: Some(50), ..ListRequest::default() };
        Ok(resources::audit::read(ctx, "stores", &slug, &request).await?.items)
    }

    async fn components(&self, ctx: &Ctx, slug: String) -> Result<Vec<ComponentStatus>> {
        ctx.require(READ)?;
        Ok(state(ctx)?.kernel()?.store(&slug).await?.components())
    }

    async fn plan_change(
        &self,
        ctx: &Ctx,
        slug: String,
        change: ComponentChange,
    ) -> Result<PlanReport> {
        ctx.require(READ)?;
        crate::platform::components::refuse_files(ctx, &change)?;
        state(ctx)?.kernel()?.plan(&slug, &change).await
    }

    async fn change(&self, ctx: &Ctx, slug: String, change: ComponentChange) -> Result<PlanReport> {
        ctx.require(WRITE)?;
        crate::platform::components::refuse_files(ctx, &change)?;
        let actor = ctx.actor().clone();
        state(ctx)?.kernel()?.apply(&slug, &change, &actor).await
    }

    async fn shares(&self, ctx: &Ctx) -> Result<Vec<ShareStatus>> {
        ctx.require(READ)?;
        state(ctx)?.kernel()?.share_statuses().await
    }

    async fn shared_kinds(&self, ctx: &Ctx, slug: String) -> Result<Vec<SharedKind>> {
        ctx.require(READ)?;
        state(ctx)?.kernel()?.shared_kinds(&slug).await
    }
}

impl Kernel {
    /// All stores by slug, those in the trash too.
    ///
    /// # Errors
    /// Settings that do not fit.
    pub fn fleet(&self) -> Result<Vec<FleetStore>> {
        self.records().values().map(|record| self.describe(record)).collect()
    }

    /// The recipes for stores, by name.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn blueprints(&self) -> Result<Vec<BlueprintInfo>> {
        let all = blueprint::all(self.options())?;
        Ok(all.iter().map(|(name, blueprint)| blueprint.info(name, &self.known())).collect())
    }

    /// A store as the mother tells of it.
    ///
    /// # Errors
    /// Its settings do not fit.
    pub fn describe(&self, record: &StoreRecord) -> Result<FleetStore> {
        let facts = self.settings().facts(&record.slug)?;
        let domains = facts.domains.clone().unwrap_or_else(|| record.domains.clone());
        let days = chrono::Duration::days(self.host_settings().trash_days.into());
        Ok(FleetStore {
            slug: record.slug.clone(),
            id: record.id,
            name: facts.name.unwrap_or_else(|| record.name.clone()),
            address: facts.base_url.unwrap_or_else(|| self.address(&record.slug, &domains)),
            domains,
            locales: facts.locales.unwrap_or_else(|| record.locales.clone()),
            currency: facts.currency.unwrap_or(record.currency),
            time_zone: facts.time_zone.unwrap_or_else(|| record.time_zone.clone()),
            database: crate::registry::name_of(&record.database)?,
            state: record.state,
            suspension: record.suspension.clone(),
            origin: record.origin.clone(),
            created_at: record.created_at,
            deleted_at: record.deleted_at,
            purge_at: record.deleted_at.map(|at| at + days),
        })
    }

    /// How stores do, by slug.
    pub async fn looks(&self, slugs: &[String]) -> BTreeMap<String, StoreLook> {
        let (records, mut looks) = (self.records(), BTreeMap::new());
        for slug in slugs {
            let Some(record) = records.get(slug) else { continue };
            looks.insert(slug.clone(), self.look(record).await);
        }
        looks
    }

    /// How a store does. One that is closed is not opened for it.
    async fn look(&self, record: &StoreRecord) -> StoreLook {
        let slug = record.slug.as_str();
        let (wakes_at, changes) = (record.wakes_at, self.changes(slug));
        let mut look = StoreLook { wakes_at, changes, ..StoreLook::default() };
        let folder = self.folder_of(slug);
        look.file_bytes = folder_bytes(&folder.join("files"));
        let Some(store) = self.if_open(slug) else {
            look.database_bytes = file_bytes(&folder);
            return look;
        };
        look.is_open = true;
        if let Err(error) = store.db.ping().await {
            look.problems.push(format!("the database does not answer: {}", error.message()));
        }
        match store.db.bytes().await {
            Ok(bytes) => look.database_bytes = bytes,
            Err(error) => look.problems.push(error.message().to_owned()),
        }
        let components = store.components();
        look.components = components.iter().filter(|it| it.enabled).count() as u64;
        let problem = |it: &ComponentStatus| {
            let resting = it.vitals.resting.clone();
            it.problem.clone().or(resting).map(|why| format!("{} {why}", it.id))
        };
        look.problems.extend(components.iter().filter_map(problem));
        look
    }
}

/// Whether a text is a short code: up to 40 of `a-z`, `0-9` and `-`.
fn is_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 40 && text.bytes().all(fits)
}

/// The bytes of a store's file with its log.
fn file_bytes(folder: &std::path::Path) -> u64 {
    let of = |name: &str| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len());
    of("store.db") + of("store.db-wal")
}

fn folder_bytes(folder: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.flatten().map(of).sum()
}
