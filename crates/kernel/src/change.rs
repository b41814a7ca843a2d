//! Changing what a store runs: plan first, act second.
//!
//! Every way in (boot, command line, admin, an edit of the settings files) is the same: ask the solver,
//! prepare a new assembly beside the old one (migrate, start what is new or has other settings, put it
//! together), write down what was wanted, swap one pointer. A failure before the swap leaves the store as
//! it was. Only boot is forgiving: what cannot run is left out with a reason and the rest serves.

mod preparation;
mod purge;
mod report;
mod wishes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use hatchery_component::platform::{ComponentChange, PlanReport};
use hatchery_component::{Actor, Error, Result};
use sea_orm::EntityTrait;
use serde_json::Value;

use crate::assembly::Assembly;
use crate::db::entity::component;
use crate::kernel::Kernel;
use crate::kernel::stores::Beginnings;
use crate::known::Known;
use crate::registry::StoreRecord;
use crate::settings::SettingsErrors;
use crate::shelf::{self, ComponentFile, Home};
use crate::solver::{self, KERNEL, Resolution};
use crate::store::Store;
use crate::{events, migrate, platform};
use preparation::Preparation;
pub(crate) use report::file_of;
use report::{Proposal, Then, new_problems, propose, report};
pub(crate) use wishes::question;
use wishes::{Row, Wishes};

/// How a store is opened.
#[derive(Default)]
pub(crate) struct Boot {
    /// The store was just made: there is nothing yet that could be derived from.
    pub(crate) fresh: bool,
    /// What it begins with.
    pub(crate) beginnings: Beginnings,
}

/// Makes the first assembly of an open store.
pub(crate) async fn boot(kernel: &Kernel, store: &Arc<Store>, boot: Boot) -> Result<()> {
    let _changing = store.changing.lock().await;
    migrate::run_kernel(&store.db).await?;
    let interrupted = platform::tasks::end_interrupted(store).await?;
    let Beginnings { components, settings, .. } = boot.beginnings;
    let mut wishes = Wishes::read(kernel, store).await?;
    if !settings.is_empty() {
        wishes.save_all(kernel, store, settings).await?;
    }
    if let Some(enabled) = components {
        for (id, _) in wishes.known.iter().filter(|(id, _)| *id != KERNEL) {
            let row = Row { enabled: enabled.iter().any(|it| it == id), ..Row::default() };
            wishes.rows.insert(id.to_owned(), row);
        }
    }
    let mut failed = BTreeMap::new();
    let mut preparation = Preparation::new(kernel, store, &wishes).await?;
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
    wishes.write(store, &resolution, "system").await?;
    preparation.keep();
    store.swap(assembly, wishes.present(resolution));
    resync(store, news);
    Ok(())
}

/// What a change would do.
pub(crate) async fn plan(store: &Arc<Store>, change: &ComponentChange) -> Result<PlanReport> {
    Ok(ask(&*kernel_of(store)?, store, change).await?.told)
}

/// What is known of a change before it is made.
struct Asked {
    told: PlanReport,
    proposal: Option<Proposal>,
    /// What the store runs now.
    wishes: Wishes,
    /// The file that the change speaks of.
    file: Option<(PathBuf, ComponentFile)>,
}

async fn ask(kernel: &Kernel, store: &Arc<Store>, change: &ComponentChange) -> Result<Asked> {
    let wishes = Wishes::read(kernel, store).await?;
    let looked = file_of(change).map(|path| kernel.look_at(&path).map(|file| (path, file)));
    let (proposed, file) = match looked.transpose() {
        Ok(file) => {
            let build = file.clone().map(|(path, file)| shelf::build(file, path, true));
            (propose(kernel, store, &wishes, change, build).await?, file)
        }
        Err(error) => (Err(vec![error.message().to_owned()]), None),
    };
    let told = report(&proposed);
    Ok(Asked { told, proposal: proposed.ok(), wishes, file })
}

/// Makes a change, or reports why it cannot be.
pub(crate) async fn apply(
    store: &Arc<Store>,
    change: &ComponentChange,
    actor: &Actor,
) -> Result<PlanReport> {
    let kernel = kernel_of(store)?;
    let _changing = store.changing.lock().await;
    let Asked { mut told, proposal, wishes, file } = ask(&kernel, store, change).await?;
    let Some(Proposal { next, then, .. }) = proposal else { return Ok(told) };
    let copy = match file {
        Some((path, file)) if next.is_some() => kernel.install(&path, file)?,
        _ => None,
    };
    if let ComponentChange::Enable(id) = change {
        store.health.forgive(id);
    }
    if let Some((wishes, resolution)) = next
        && let Err(error) = put_in_place(&kernel, store, wishes, resolution, &actor.label()).await
    {
        copy.iter().for_each(|place| kernel.uninstall(place));
        return Err(error);
    }
    told.lines.extend(follow_up(&kernel, store, &wishes.known, then).await?);
    Ok(told)
}

/// What comes after the new assembly is in place; gives what else there is to tell.
async fn follow_up(
    kernel: &Kernel,
    store: &Arc<Store>,
    before: &Known,
    then: Then,
) -> Result<Vec<String>> {
    let kept = |folder: PathBuf| format!("the rows are in {}", folder.display());
    match then {
        Then::Nothing => Ok(Vec::new()),
        Then::Uninstall(id) => {
            let folder = purge::export(store, before, &id).await?;
            take_away_file(kernel, before, &id).await?;
            Ok(vec![kept(folder)])
        }
        Then::Purge(id) => {
            let folder = purge::export(store, before, &id).await?;
            purge::drop_tables(store, before, &id).await?;
            purge::forget(store, before, &id).await?;
            Ok(vec![kept(folder)])
        }
        Then::Finish(id) => {
            let running = store.assembly.load().component(&id).map(|active| active.known.clone());
            let steps = running.map(|known| known.declaration.migrations.clone());
            let ran = migrate::run(&store.db, &id, &steps.unwrap_or_default()).await?;
            Ok(vec![format!("{} ran", ran.join(", "))])
        }
    }
}

/// Removes an installed file that no store has chosen. What a store has chosen that is not open, nobody knows.
async fn take_away_file(kernel: &Kernel, before: &Known, id: &str) -> Result<()> {
    let shelf = kernel.shelf();
    let build = before.get(id).map(|known| known.build_name());
    let found = shelf.builds(id).iter().find(|it| Some(it.name()) == build);
    let Some(Home::Loaded { path, installed: true, .. }) = found.map(|it| &it.home) else {
        return Ok(());
    };
    let stores = kernel.open_stores();
    let is_open = |record: &StoreRecord| stores.iter().any(|store| *store.slug == *record.slug);
    if !kernel.records().values().all(is_open) {
        return Ok(());
    }
    for store in stores {
        let chosen = component::Entity::find_by_id(id).one(&store.db.read()).await?;
        if chosen.is_some_and(|row| row.build.as_deref() == build) {
            return Ok(());
        }
    }
    kernel.uninstall(path);
    Ok(())
}

/// Takes a component out that keeps failing; answers whether it did. One that others need stays, and so does
/// one without which nobody could see what is wrong.
pub(crate) async fn quarantine(store: &Arc<Store>, component: &str, reason: &str) -> Result<bool> {
    let kernel = kernel_of(store)?;
    let _changing = store.changing.lock().await;
    let present = store.present.load_full();
    if !present.resolution.runs(component) {
        return Ok(true);
    }
    let is_entrance = present.known.get(component).is_some_and(|known| known.manifest.entrance);
    let safe = &kernel.host_settings().safe_components;
    if is_entrance || safe.iter().any(|safe| safe == component) {
        return Ok(false);
    }
    let mut wishes = Wishes::read(&kernel, store).await?;
    let enabled = wishes.is_enabled(component);
    let row = wishes.rows.entry(component.to_owned());
    let row = row.or_insert_with(|| Row { enabled, ..Row::default() });
    row.quarantine = Some(format!("is quarantined: {reason}"));
    let resolution = solver::resolve(&wishes.question(&kernel));
    if present.resolution.start.iter().any(|id| id != component && !resolution.runs(id)) {
        return Ok(false);
    }
    put_in_place(&kernel, store, wishes, resolution, "watch").await?;
    tracing::error!(%component, store = %store.slug, "'{component}' is quarantined: {reason}");
    Ok(true)
}

/// Puts in place what the files say now. Answers whether the store speaks other languages since: what components
/// derive for each of them is then to be built again.
pub(crate) async fn reload(kernel: &Kernel, store: &Arc<Store>) -> Result<bool> {
    let _changing = store.changing.lock().await;
    let before = store.info();
    let wishes = Wishes::read(kernel, store).await?;
    let resolution = solver::resolve(&wishes.question(kernel));
    let problems = new_problems(&store.present.load().resolution, &resolution);
    if !problems.is_empty() {
        return Err(Error::conflict("component.plan", problems.join("\n")));
    }
    put_in_place(kernel, store, wishes, resolution, "files").await?;
    Ok(store.info().locales != before.locales)
}

/// Builds in the background what all components derive from others.
pub(crate) fn resync_all(store: &Arc<Store>) {
    let assembly = store.assembly.load();
    resync(store, assembly.components.keys().map(ToString::to_string).collect());
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
    let known = wishes.known.clone();
    let change = wishes.change_of(known.schemas(), component, values)?;
    if change.values.is_empty() {
        return Ok(());
    }
    wishes.stored = wishes.stored.changed(&change);
    wishes.settings = kernel
        .settings()
        .for_store(&store.slug, known.schemas(), &wishes.stored)
        .map_err(|errors| field_errors(component, errors))?;
    let resolution = solver::resolve(&wishes.question(&kernel));
    let problems = new_problems(&store.present.load().resolution, &resolution);
    if !problems.is_empty() {
        return Err(Error::conflict("component.plan", problems.join("\n")));
    }
    wishes.save = Some(change);
    put_in_place(&kernel, store, wishes, resolution, &actor.label()).await
}

async fn put_in_place(
    kernel: &Kernel,
    store: &Arc<Store>,
    wishes: Wishes,
    resolution: Resolution,
    by: &str,
) -> Result<()> {
    let mut preparation = Preparation::new(kernel, store, &wishes).await?;
    let prepared = async {
        preparation.start(&wishes, &resolution).await.map_err(|(_, error)| error)?;
        let assembly = preparation.assemble(&wishes, &resolution)?;
        let news = news(store, &wishes, &resolution, &assembly).await?;
        wishes.write(store, &resolution, by).await?;
        Ok((assembly, news))
    };
    let (assembly, news) = match prepared.await {
        Ok(prepared) => prepared,
        Err(error) => {
            preparation.undo().await;
            return Err(error);
        }
    };
    preparation.keep();
    store.swap(assembly, wishes.present(resolution));
    resync(store, news);
    Ok(())
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

#[cfg(test)]
mod tests;
