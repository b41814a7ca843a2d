//! Changing what a store runs: plan first, act second.
//!
//! Every way in (boot, command line, admin, an edit of the settings files) is the same: ask the solver,
//! prepare a new assembly beside the old one (migrate, start what is new or has other settings, put it
//! together), write down what was wanted, swap one pointer. A failure before the swap leaves the store as
//! it was. Only boot is forgiving: what cannot run is left out with a reason and the rest serves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hatchery_component::platform::PlanReport;
use hatchery_component::{Actor, Db, Error, Instance, Result, StoreContext, StoreInfo};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::active::Active;
use crate::assembly::Assembly;
use crate::db::entity::component;
use crate::db::size;
use crate::kernel::Kernel;
use crate::known::{Known, KnownComponent};
use crate::settings::{
    Place, Schemas, SettingsErrors, StoreSettings, StoredChange, StoredSettings, Vault,
};
use crate::solver::{self, KERNEL, Question, Resolution};
use crate::store::{Present, Store};
use crate::{events, migrate, platform};

/// How long a component may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A change of a store's component set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentChange {
    /// Switch a component on.
    Enable(String),
    /// Switch a component off. Its data stay.
    Disable(String),
}

impl ComponentChange {
    /// The change that makes a component be on or off.
    pub fn to(component: impl Into<String>, enabled: bool) -> Self {
        let component = component.into();
        if enabled { Self::Enable(component) } else { Self::Disable(component) }
    }

    fn component(&self) -> &str {
        match self {
            Self::Enable(component) | Self::Disable(component) => component,
        }
    }

    fn enables(&self) -> bool {
        matches!(self, Self::Enable(_))
    }
}

/// How a store is opened.
#[derive(Default)]
pub(crate) struct Boot {
    /// The store was just made: there is nothing yet that could be derived from.
    pub(crate) fresh: bool,
    /// The components that are on at first; all when absent.
    pub(crate) components: Option<Vec<String>>,
}

/// Makes the first assembly of an open store.
pub(crate) async fn boot(kernel: &Kernel, store: &Arc<Store>, boot: Boot) -> Result<()> {
    let _changing = store.changing.lock().await;
    migrate::run_kernel(&store.db).await?;
    let interrupted = platform::tasks::end_interrupted(store).await?;
    let mut wishes = Wishes::read(kernel, store).await?;
    if let Some(enabled) = boot.components {
        for (id, _) in kernel.known().iter().filter(|(id, _)| *id != KERNEL) {
            let row = Row { enabled: enabled.iter().any(|it| it == id), version: None };
            wishes.rows.insert(id.to_owned(), row);
        }
    }
    let mut failed = BTreeMap::new();
    let mut preparation = Preparation::new(kernel, store, &wishes.settings)?;
    let resolution = loop {
        let mut question = wishes.question(kernel);
        question.wanted.retain(|id| !failed.contains_key(id));
        question.off.extend(failed.clone());
        let resolution = solver::resolve(&question);
        match preparation.start(&wishes, &resolution).await {
            Ok(()) => break resolution,
            Err((id, _)) if id == KERNEL => {
                return Err(Error::internal("the kernel did not start"));
            }
            Err((id, error)) => {
                tracing::error!(component = %id, "'{id}' is left out: {}", error.chain());
                failed.insert(id, format!("does not start: {error}"));
            }
        }
    };
    for (id, reasons) in &resolution.problems {
        for reason in reasons {
            tracing::warn!(store = %store.slug, component = %id, "store '{}': {reason}", store.slug);
        }
    }
    wishes.notices.extend(failed);
    let assembly = preparation.assemble(&wishes, &resolution)?;
    let mut news = news(store, &wishes, &resolution, &assembly).await?;
    if boot.fresh {
        news.clear();
    }
    news.extend(interrupted.into_iter().filter(|id| resolution.runs(id)));
    wishes.write(kernel, store, &resolution, "system").await?;
    preparation.keep();
    store.swap(assembly, wishes.present(resolution));
    resync(store, news);
    Ok(())
}

/// What a change would do.
pub(crate) async fn plan(store: &Arc<Store>, change: &ComponentChange) -> Result<PlanReport> {
    let kernel = kernel_of(store)?;
    let wishes = Wishes::read(&kernel, store).await?;
    Ok(report(&kernel, store, &wishes, change).await?.0)
}

/// Makes a change, or reports why it cannot be.
pub(crate) async fn apply(
    store: &Arc<Store>,
    change: &ComponentChange,
    actor: &Actor,
) -> Result<PlanReport> {
    let kernel = kernel_of(store)?;
    let _changing = store.changing.lock().await;
    let wishes = Wishes::read(&kernel, store).await?;
    let (report, changed) = report(&kernel, store, &wishes, change).await?;
    if let Some((wishes, resolution)) = changed {
        put_in_place(&kernel, store, wishes, resolution, &actor.label()).await?;
    }
    Ok(report)
}

/// Puts in place what the files say now.
pub(crate) async fn reload(kernel: &Kernel, store: &Arc<Store>) -> Result<()> {
    let _changing = store.changing.lock().await;
    let wishes = Wishes::read(kernel, store).await?;
    let resolution = solver::resolve(&wishes.question(kernel));
    let problems = new_problems(&store.present.load().resolution, &resolution);
    if !problems.is_empty() {
        return Err(Error::conflict("component.plan", problems.join("\n")));
    }
    put_in_place(kernel, store, wishes, resolution, "files").await
}

/// Saves settings of a component and starts it with them.
pub(crate) async fn save_settings(
    store: &Arc<Store>,
    component: &str,
    values: &serde_json::Map<String, Value>,
    actor: &Actor,
) -> Result<()> {
    let kernel = kernel_of(store)?;
    let _changing = store.changing.lock().await;
    let mut wishes = Wishes::read(&kernel, store).await?;
    let change = wishes.change_of(kernel.known().schemas(), component, values)?;
    if change.values.is_empty() {
        return Ok(());
    }
    wishes.stored = wishes.stored.changed(&change);
    wishes.settings = kernel
        .settings()
        .for_store(&store.slug, kernel.known().schemas(), &wishes.stored)
        .map_err(|errors| field_errors(component, errors))?;
    let resolution = solver::resolve(&wishes.question(&kernel));
    let problems = new_problems(&store.present.load().resolution, &resolution);
    if !problems.is_empty() {
        return Err(Error::conflict("component.plan", problems.join("\n")));
    }
    wishes.save = Some(change);
    put_in_place(&kernel, store, wishes, resolution, &actor.label()).await
}

/// What the solver is asked for a store. `saved` tells whether the store's table has a component on.
pub(crate) fn question(
    known: &Known,
    settings: &StoreSettings,
    saved: impl Fn(&str) -> bool,
) -> Question {
    let (manifests, choices) = (known.manifests(), settings.kernel().uses);
    let mut question = Question { manifests, choices, ..Question::default() };
    for id in question.manifests.keys().filter(|id| *id != KERNEL) {
        let (on, off) = match settings.switches.get(id) {
            Some((on, place)) => (on, format!("is switched off in {place}")),
            None => (saved(id), "is switched off".to_owned()),
        };
        match on {
            true => drop(question.wanted.insert(id.clone())),
            false => drop(question.off.insert(id.clone(), off)),
        }
    }
    question
}

/// What a store should run, from its tables, the files and the environment.
#[derive(Clone)]
struct Wishes {
    settings: StoreSettings,
    stored: StoredSettings,
    rows: BTreeMap<String, Row>,
    notices: BTreeMap<String, String>,
    /// Settings to be saved together with the change.
    save: Option<StoredChange>,
}

/// What the store's table says of a component.
#[derive(Clone, PartialEq)]
struct Row {
    enabled: bool,
    /// The version that ran last; none when it never ran.
    version: Option<String>,
}

impl Wishes {
    async fn read(kernel: &Kernel, store: &Store) -> Result<Self> {
        let db = store.db.read();
        let schemas = kernel.known().schemas();
        let (mut stored, mut errors) =
            StoredSettings::load(&db, &Vault::new(&store.key), schemas).await?;
        let settings = match kernel.settings().for_store(&store.slug, schemas, &stored) {
            Ok(settings) => settings,
            Err(found) if found.0.iter().all(|error| error.place == Place::Stored) => {
                // The component has changed since they were saved. The store must open all the same.
                for error in &found.0 {
                    stored.forget(&error.key);
                }
                errors.extend(found.0);
                kernel.settings().for_store(&store.slug, schemas, &stored)?
            }
            Err(found) => return Err(found.into()),
        };
        let mut notices = BTreeMap::new();
        for error in errors {
            let component = error.key.split('.').next().unwrap_or_default().to_owned();
            notices.insert(component, format!("a saved setting is not used: {error}"));
        }
        let row = |row: component::Model| {
            let version = Some(row.version).filter(|version| !version.is_empty());
            (row.component, Row { enabled: row.enabled, version })
        };
        let rows = component::Entity::find().all(&db).await?.into_iter().map(row).collect();
        Ok(Self { settings, stored, rows, notices, save: None })
    }

    fn question(&self, kernel: &Kernel) -> Question {
        let mut question = question(kernel.known(), &self.settings, |id| self.is_enabled(id));
        if kernel.options().safe_mode {
            keep_needed(&mut question, &kernel.host_settings().safe_components);
        }
        question
    }

    fn is_enabled(&self, id: &str) -> bool {
        self.rows.get(id).is_none_or(|row| row.enabled)
    }

    /// Whether a component never ran in this store.
    fn is_new(&self, id: &str) -> bool {
        self.rows.get(id).is_none_or(|row| row.version.is_none())
    }

    /// What saving `values` changes, after the keys that cannot be saved are refused.
    fn change_of(
        &self,
        schemas: &Schemas,
        component: &str,
        values: &serde_json::Map<String, Value>,
    ) -> Result<StoredChange> {
        let effective = self.settings.components.get(component);
        let (Some(effective), Some(accepted)) = (effective, schemas.0.get(component)) else {
            let message = format!("There is no component '{component}'.");
            return Err(Error::not_found("component.unknown", message));
        };
        for (key, place) in &effective.locked {
            let pointer = format!("/{}", key.replace('.', "/"));
            let given = Value::Object(values.clone()).pointer(&pointer).cloned();
            let secret = accepted.secrets.contains(key);
            let differs = given.is_some_and(|given| {
                let same = Some(&given) == effective.values.pointer(&pointer);
                !(same || secret && given.is_boolean())
            });
            if differs {
                let message = format!("'{key}' is set in {place}; change it there.");
                return Err(Error::conflict("settings.locked", message.clone())
                    .with_field(pointer, "locked", message));
            }
        }
        let mut changed = BTreeMap::new();
        for (key, value) in values {
            let now = effective.values.get(key);
            if accepted.secrets.contains(key) {
                match value {
                    // A secret is shown as whether it is set; that sent back means: as it is.
                    Value::Bool(_) => {}
                    Value::Null => drop(changed.insert(key.clone(), None)),
                    Value::String(text) if text.is_empty() => {
                        drop(changed.insert(key.clone(), None))
                    }
                    other => drop(changed.insert(key.clone(), Some(other.clone()))),
                }
            } else if now != Some(value) {
                let value = (!value.is_null()).then(|| value.clone());
                changed.insert(key.clone(), value);
            }
        }
        Ok(StoredChange { component: component.to_owned(), values: changed })
    }

    /// Writes down what was wanted and what came of it.
    async fn write(
        &self,
        kernel: &Kernel,
        store: &Store,
        resolution: &Resolution,
        by: &str,
    ) -> Result<()> {
        let unit = store.db.begin(Uuid::now_v7()).await?;
        let db = Db::unit(unit.clone());
        let written = async {
            for (id, known) in kernel.known().iter().filter(|(id, _)| *id != KERNEL) {
                self.write_row(&db, store, (id, known), resolution, by).await?;
            }
            if let Some(change) = &self.save {
                let secrets = kernel.known().schemas().0.get(&change.component);
                let secrets = secrets.map(|accepted| accepted.secrets.clone()).unwrap_or_default();
                let vault = Vault::new(&store.key);
                change.save(&db, &vault, &secrets, store.clock.now(), by).await?;
            }
            Ok(())
        };
        match written.await {
            Ok(()) => unit.commit().await,
            Err(error) => {
                unit.rollback().await?;
                Err(error)
            }
        }
    }

    async fn write_row(
        &self,
        db: &Db,
        store: &Store,
        (id, known): (&str, &KnownComponent),
        resolution: &Resolution,
        by: &str,
    ) -> Result<()> {
        let before = component::Entity::find_by_id(id).one(db).await?;
        let last = self.rows.get(id).and_then(|row| row.version.clone()).unwrap_or_default();
        let runs = resolution.runs(id);
        let version = if runs { known.manifest.version.to_string() } else { last };
        let enabled = self.is_enabled(id);
        let problem = resolution.problem(id).or_else(|| self.notices.get(id).cloned());
        let same = before.as_ref().is_some_and(|row| {
            row.enabled == enabled && row.version == version && row.problem == problem
        });
        if same {
            return Ok(());
        }
        let row = component::ActiveModel {
            component: Set(id.to_owned()),
            enabled: Set(enabled),
            version: Set(version),
            problem: Set(problem),
            changed_at: Set(store.clock.now()),
            changed_by: Set(by.to_owned()),
        };
        match before {
            None => drop(component::Entity::insert(row).exec_without_returning(db).await?),
            Some(_) => drop(component::Entity::update(row).exec(db).await?),
        }
        Ok(())
    }

    fn present(self, resolution: Resolution) -> Present {
        Present { settings: self.settings, resolution, notices: self.notices }
    }
}

/// An assembly in the making. Unless it is kept, what was started for it stops again.
struct Preparation<'a> {
    kernel: &'a Kernel,
    store: &'a Arc<Store>,
    info: Arc<StoreInfo>,
    before: Arc<Assembly>,
    started: BTreeMap<Arc<str>, Arc<Active>>,
}

impl<'a> Preparation<'a> {
    fn new(kernel: &'a Kernel, store: &'a Arc<Store>, settings: &StoreSettings) -> Result<Self> {
        let before = store.assembly.load_full();
        let info = kernel.info(&store.slug, settings)?;
        let info = if *before.store == info { before.store.clone() } else { Arc::new(info) };
        Ok(Self { kernel, store, info, before, started: BTreeMap::new() })
    }

    /// Migrates and starts, one after the other; tells which one failed.
    async fn start(
        &mut self,
        wishes: &Wishes,
        resolution: &Resolution,
    ) -> Result<(), (String, Error)> {
        for id in &resolution.start {
            if !self.started.contains_key(id.as_str()) {
                let active =
                    self.start_one(wishes, id).await.map_err(|error| (id.clone(), error))?;
                self.started.insert(id.as_str().into(), active);
            }
        }
        Ok(())
    }

    async fn start_one(&self, wishes: &Wishes, id: &str) -> Result<Arc<Active>> {
        let known = self.kernel.known();
        let known = known.get(id).ok_or_else(|| Error::internal(format!("'{id}' is unknown")))?;
        let effective = wishes.settings.components.get(id);
        let settings = effective.map(|effective| effective.values.clone()).unwrap_or_default();
        if let Some(running) = self.before.component(id)
            && running.settings == settings
            && *self.before.store == *self.info
        {
            return Ok(running.clone());
        }
        migrate::run(&self.store.db, id, &known.declaration.migrations).await?;
        let context = StoreContext { store: self.info.clone(), settings: settings.clone() };
        let instance = match &known.component {
            Some(_) => start(known, context).await?,
            None => platform::instance(&Arc::downgrade(self.store)),
        };
        let (manifest, declaration) = (known.manifest.clone(), known.declaration.clone());
        let active = Active { manifest, declaration, instance, settings };
        if let Err(error) = check_provided(&active) {
            self.store.retire([Arc::new(active)]);
            return Err(error);
        }
        Ok(Arc::new(active))
    }

    fn assemble(&self, wishes: &Wishes, resolution: &Resolution) -> Result<Assembly> {
        let running = self.started.iter().filter(|(id, _)| resolution.runs(id));
        let components = running.map(|(id, active)| (id.clone(), active.clone())).collect();
        let settings = wishes.settings.kernel();
        let generation = self.before.generation + 1;
        Assembly::assemble(generation, self.info.clone(), components, settings)
    }

    /// The assembly is about to be put in place: nothing is taken back.
    fn keep(mut self) {
        self.started.clear();
    }
}

impl Drop for Preparation<'_> {
    fn drop(&mut self) {
        self.store.retire(std::mem::take(&mut self.started).into_values());
    }
}

async fn put_in_place(
    kernel: &Kernel,
    store: &Arc<Store>,
    wishes: Wishes,
    resolution: Resolution,
    by: &str,
) -> Result<()> {
    let mut preparation = Preparation::new(kernel, store, &wishes.settings)?;
    preparation.start(&wishes, &resolution).await.map_err(|(_, error)| error)?;
    let assembly = preparation.assemble(&wishes, &resolution)?;
    let news = news(store, &wishes, &resolution, &assembly).await?;
    wishes.write(kernel, store, &resolution, by).await?;
    preparation.keep();
    store.swap(assembly, wishes.present(resolution));
    resync(store, news);
    Ok(())
}

async fn start(known: &KnownComponent, context: StoreContext) -> Result<Instance> {
    let id = &known.manifest.id;
    let Some(component) = known.component.clone() else {
        return Err(Error::internal(format!("'{id}' has no code")));
    };
    let mut starting = tokio::spawn(async move { component.start(&context).await });
    match tokio::time::timeout(START_LIMIT, &mut starting).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::internal(format!("'{id}' panicked while it started"))),
        Err(_) => {
            starting.abort();
            Err(Error::internal(format!("'{id}' did not start within {START_LIMIT:?}")))
        }
    }
}

/// What it provides must be what its manifest claims, because the solver saw only that.
fn check_provided(active: &Active) -> Result<()> {
    let id = &active.manifest.id;
    let provided: BTreeSet<&str> =
        active.instance.provided().iter().map(|(interface, _)| *interface).collect();
    let claimed: BTreeSet<&str> = active.manifest.provides.keys().map(String::as_str).collect();
    let list = |names: Vec<&&str>| names.into_iter().copied().collect::<Vec<_>>().join(", ");
    let (unclaimed, missing): (Vec<_>, Vec<_>) =
        (provided.difference(&claimed).collect(), claimed.difference(&provided).collect());
    let message = if !unclaimed.is_empty() {
        format!("'{id}' provides {} but its component.toml does not say so", list(unclaimed))
    } else if !missing.is_empty() {
        format!(
            "'{id}' says in its component.toml that it provides {}, but it does not",
            list(missing)
        )
    } else {
        return Ok(());
    };
    Err(Error::conflict("component.provides", message))
}

/// Leaves only what others need, what `keep` names, and what those need.
fn keep_needed(question: &mut Question, keep: &[String]) {
    let provides = |id: &str, interface: &str| {
        question.manifests.get(id).is_some_and(|manifest| manifest.provides.contains_key(interface))
    };
    let mut needed: BTreeSet<String> =
        keep.iter().filter(|id| question.wanted.contains(*id)).cloned().collect();
    for manifest in question.wanted.iter().filter_map(|id| question.manifests.get(id)) {
        for interface in manifest.requires.keys() {
            let providers = question.wanted.iter().filter(|id| provides(id, interface));
            needed.extend(providers.filter(|id| **id != manifest.id).cloned());
        }
    }
    for id in question.wanted.difference(&needed) {
        question.off.insert(id.clone(), "is left out in safe mode".into());
    }
    question.wanted = needed;
}

/// The report, and when the change is possible what it leads to.
async fn report(
    kernel: &Kernel,
    store: &Arc<Store>,
    wishes: &Wishes,
    change: &ComponentChange,
) -> Result<(PlanReport, Option<(Wishes, Resolution)>)> {
    let (id, on) = (change.component(), change.enables());
    let refused = |lines: Vec<String>| (PlanReport { possible: false, lines }, None);
    let present = store.present.load();
    let Some(known) = kernel.known().get(id).filter(|_| id != KERNEL) else {
        let manifests = kernel.known().manifests();
        let known = manifests.keys().map(String::as_str).filter(|id| *id != KERNEL);
        let hint = solver::did_you_mean(solver::nearest(id, known).as_deref());
        return Ok(refused(vec![format!("there is no component '{id}'{hint}")]));
    };
    if let Some((said, place)) = wishes.settings.switches.get(id)
        && said != on
    {
        let state = if said { "on" } else { "off" };
        return Ok(refused(vec![format!(
            "'{id}' is switched {state} in {place}; change it there"
        )]));
    }
    let mut changed = wishes.clone();
    let version = changed.rows.get(id).and_then(|row| row.version.clone());
    changed.rows.insert(id.to_owned(), Row { enabled: on, version });
    let mut question = changed.question(kernel);
    if !on {
        question.off.insert(id.to_owned(), "would be off".into());
    }
    let resolution = solver::resolve(&question);
    let problems = new_problems(&present.resolution, &resolution);
    if !problems.is_empty() {
        return Ok(refused(problems));
    }
    if wishes.is_enabled(id) == on && present.resolution.runs(id) == on {
        let state = if on { "on" } else { "off" };
        let lines = vec![format!("'{id}' is {state} already")];
        return Ok((PlanReport { possible: true, lines }, None));
    }
    let mut lines = effects(known, on);
    let rows = stored_rows(kernel.known(), store, id).await?;
    if on && changed.is_new(id) {
        lines.push(
            "its tables are made, and what it derives from others is built in the background"
                .into(),
        );
    } else if let Some(kept) = rows {
        lines.push(if on {
            format!("its data are still there: {kept}")
        } else {
            format!("its data stay: {kept}")
        });
    }
    lines.extend(noticed_by(kernel.known(), &present.resolution, id, on));
    Ok((PlanReport { possible: true, lines }, Some((changed, resolution))))
}

/// What a component brings, as what comes or goes.
fn effects(known: &KnownComponent, on: bool) -> Vec<String> {
    let (manifest, declaration) = (&known.manifest, &known.declaration);
    let state = if on { "on" } else { "off" };
    let mut lines = vec![format!("'{}' {} is switched {state}", manifest.id, manifest.version)];
    let parts = [
        (declaration.routes.len(), "addresses"),
        (declaration.resources.len(), "resources of the admin"),
        (declaration.slots.len(), "parts of other pages"),
        (declaration.jobs.len(), "jobs"),
        (declaration.subscriptions.len(), "subscriptions to events"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !parts.is_empty() {
        let verb = if on { "come" } else { "go" };
        lines.push(format!("with it {verb}: {}", parts.join(", ")));
    }
    lines
}

/// Running components that use it when it is there, and do without it else.
fn noticed_by(known: &Known, present: &Resolution, id: &str, on: bool) -> Option<String> {
    let provides = &known.get(id)?.manifest.provides;
    let users: Vec<String> = present
        .start
        .iter()
        .filter_map(|other| known.get(other))
        .filter(|other| other.manifest.optional.keys().any(|it| provides.contains_key(it)))
        .map(|other| format!("'{}'", other.manifest.id))
        .collect();
    let verb = if on { "use it" } else { "go on without it" };
    (!users.is_empty()).then(|| format!("{} {verb}", users.join(", ")))
}

/// How much data a component has: `1204 rows in 3 tables`.
async fn stored_rows(known: &Known, store: &Store, id: &str) -> Result<Option<String>> {
    let prefixes: Vec<String> = known.iter().map(|(_, it)| it.manifest.table_prefix()).collect();
    let Some(own) = known.get(id).map(|known| known.manifest.table_prefix()) else {
        return Ok(None);
    };
    let db = store.db.read();
    let tables = size::tables(&db).await?;
    let owner = |table: &str| {
        prefixes
            .iter()
            .filter(|prefix| table.starts_with(*prefix))
            .max_by_key(|prefix| prefix.len())
    };
    let (mut count, mut rows) = (0_u64, 0);
    for table in tables.iter().filter(|table| owner(table) == Some(&own)) {
        count += 1;
        rows += size::rows(&db, table).await?;
    }
    Ok((count > 0).then(|| format!("{rows} rows in {count} tables")))
}

/// Reasons that were not there before.
fn new_problems(before: &Resolution, after: &Resolution) -> Vec<String> {
    let known: BTreeSet<_> = before.problems.values().flatten().collect();
    let reasons: BTreeSet<_> = after.problems.values().flatten().collect();
    reasons.difference(&known).map(|reason| reason.to_string()).collect()
}

/// Makes the cursors of new subscribers and answers the components that have to build what they derive:
/// those that never ran here, and those that missed events (they subscribe to more than before, or were
/// off for so long that the events are gone).
async fn news(
    store: &Store,
    wishes: &Wishes,
    resolution: &Resolution,
    assembly: &Assembly,
) -> Result<BTreeSet<String>> {
    let subscribers = events::subscriptions(assembly);
    let keys: Vec<String> = subscribers.iter().map(|subscriber| subscriber.key.clone()).collect();
    let new = events::ensure_cursors(&store.db, &keys, store.clock.now()).await?;
    let listening = subscribers.iter().filter(|subscriber| new.contains(&subscriber.key));
    let mut news: BTreeSet<String> = listening.map(|it| it.component.to_string()).collect();
    let first = resolution.start.iter().filter(|id| *id != KERNEL && wishes.is_new(id));
    news.extend(first.cloned());
    Ok(news)
}

/// Builds what components derive from others, for those that run for the first time.
fn resync(store: &Arc<Store>, components: BTreeSet<String>) {
    for id in components {
        platform::tasks::resync(store, &id);
    }
}

fn field_errors(component: &str, errors: SettingsErrors) -> Error {
    let start = format!("{component}.");
    let mut error = Error::invalid("settings.invalid", errors.to_string());
    for one in &errors.0 {
        if let Some(key) = one.key.strip_prefix(&start) {
            let pointer = format!("/{}", key.replace('.', "/"));
            error = error.with_field(pointer, "invalid", one.message.clone());
        }
    }
    error
}

fn kernel_of(store: &Store) -> Result<Arc<Kernel>> {
    store.kernel.upgrade().ok_or_else(|| Error::internal("the kernel is gone"))
}
