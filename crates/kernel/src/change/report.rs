//! What a change would do, told before it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use hatchery_component::platform::{ComponentChange, PlanReport};
use hatchery_component::{Instance, Result};
use serde_json::Value;

use super::purge;
use super::wishes::{Row, Wishes};
use crate::active::Active;
use crate::assembly::Assembly;
use crate::db::size;
use crate::kernel::Kernel;
use crate::known::{Known, KnownComponent};
use crate::migrate::{self, Ledger};
use crate::shelf::{Build, Home, Shelf};
use crate::solver::{self, KERNEL, Resolution};
use crate::store::Store;

/// A change that can be made.
pub(super) struct Proposal {
    /// What will happen, a sentence each.
    pub(super) lines: Vec<String>,
    /// What the store will run; none when it runs that already.
    pub(super) next: Option<(Wishes, Resolution)>,
    /// What is done once that is in place.
    pub(super) then: Then,
}

/// What is done after the new assembly is in place.
pub(super) enum Then {
    /// Nothing.
    Nothing,
    /// The rows are written to files, and an installed file that nobody uses goes.
    Uninstall(String),
    /// The rows are written to files and removed.
    Purge(String),
    /// The steps that take away what older versions need are run.
    Finish(String),
}

/// Why a change cannot be, a sentence each.
type Refusal = Vec<String>;

impl Proposal {
    fn nothing(line: String) -> Self {
        Self { lines: vec![line], next: None, then: Then::Nothing }
    }
}

/// The report of a proposal or a refusal.
pub(super) fn report(proposed: &Result<Proposal, Refusal>) -> PlanReport {
    match proposed {
        Ok(proposal) => PlanReport { possible: true, lines: proposal.lines.clone() },
        Err(lines) => PlanReport { possible: false, lines: lines.clone() },
    }
}

/// The file that a change speaks of.
pub(crate) fn file_of(change: &ComponentChange) -> Option<PathBuf> {
    let path = match change {
        ComponentChange::Install(path) => path,
        ComponentChange::Swap { to, .. } if is_path(to) => to,
        _ => return None,
    };
    Some(PathBuf::from(path))
}

fn is_path(text: &str) -> bool {
    text.contains(std::path::MAIN_SEPARATOR) || text.ends_with(std::env::consts::DLL_SUFFIX)
}

/// What a change leads to, or why it cannot be. `file` is the build in the file it speaks of.
pub(super) async fn propose(
    kernel: &Kernel,
    store: &Arc<Store>,
    wishes: &Wishes,
    change: &ComponentChange,
    file: Option<Build>,
) -> Result<Result<Proposal, Refusal>> {
    let mut shelf = Shelf::clone(&kernel.shelf());
    let id = match (&file, change) {
        (Some(build), ComponentChange::Swap { component, .. })
            if build.manifest.id != *component =>
        {
            let other = &build.manifest.id;
            return Ok(Err(vec![format!(
                "the file has the component '{other}', not '{component}'; install it, then swap '{component}' \
                 for '{other}'"
            )]));
        }
        (Some(build), _) => build.manifest.id.clone(),
        (None, ComponentChange::Enable(id) | ComponentChange::Disable(id))
        | (None, ComponentChange::Uninstall(id) | ComponentChange::Purge(id))
        | (None, ComponentChange::FinishUpgrade(id) | ComponentChange::Install(id)) => id.clone(),
        (None, ComponentChange::Swap { component, .. }) => component.clone(),
    };
    if let Some(build) = &file {
        shelf = shelf.with(build.clone());
    }
    let question = Proposing { kernel, store, wishes, shelf };
    if file.is_none() && (id == KERNEL || wishes.known.get(&id).is_none()) {
        let has_data = Ledger::read(&store.db.read()).await?.has_run(&id);
        if !(matches!(change, ComponentChange::Purge(_)) && has_data && id != KERNEL) {
            return Ok(Err(vec![unknown(&wishes.known, &id)]));
        }
    }
    match change {
        ComponentChange::Enable(_) => question.switch(&id, true).await,
        ComponentChange::Disable(_) => question.switch(&id, false).await,
        ComponentChange::Install(_) => match file {
            Some(build) => question.build(&id, &build).await,
            None => Ok(Err(vec!["a component file is installed by its path".into()])),
        },
        ComponentChange::Swap { to, .. } => match file {
            Some(build) => question.build(&id, &build).await,
            None if *to != id && wishes.known.get(to).is_some() => question.other(&id, to).await,
            None => match question.shelf.find(&id, to).cloned() {
                Ok(build) => question.build(&id, &build).await,
                Err(reason) => Ok(Err(vec![reason])),
            },
        },
        ComponentChange::Uninstall(_) => question.uninstall(&id).await,
        ComponentChange::Purge(_) => question.purge(&id).await,
        ComponentChange::FinishUpgrade(_) => question.finish(&id).await,
    }
}

/// A change on its way to a proposal.
struct Proposing<'a> {
    kernel: &'a Kernel,
    store: &'a Arc<Store>,
    wishes: &'a Wishes,
    shelf: Shelf,
}

impl Proposing<'_> {
    async fn switch(&self, id: &str, on: bool) -> Result<Result<Proposal, Refusal>> {
        if let Some(refused) = self.is_fixed(id, on) {
            return Ok(Err(vec![refused]));
        }
        let present = self.store.present.load();
        let state = if on { "on" } else { "off" };
        let mut changed = self.wishes.clone();
        let row = self.row(id);
        let is_quarantined = row.quarantine.is_some();
        changed.rows.insert(id.to_owned(), Row { enabled: on, quarantine: None, ..row });
        let resolution = match self.settle(&mut changed, id, on).await? {
            Ok(resolution) => resolution,
            Err(refused) => return Ok(Err(refused)),
        };
        if self.wishes.is_enabled(id) == on && present.resolution.runs(id) == on && !is_quarantined
        {
            return Ok(Ok(Proposal::nothing(format!("'{id}' is {state} already"))));
        }
        let mut lines = Vec::new();
        if let Some(known) = changed.known.get(id) {
            lines.extend(effects(known, on));
        }
        lines.extend(self.data_lines(&changed, id, on).await?);
        lines.extend(noticed_by(&changed.known, &present.resolution, id, on));
        Ok(Ok(Proposal { lines, next: Some((changed, resolution)), then: Then::Nothing }))
    }

    /// Another build of a component, or its first.
    async fn build(&self, id: &str, build: &Build) -> Result<Result<Proposal, Refusal>> {
        if let Some(refused) = self.is_fixed(id, true) {
            return Ok(Err(vec![refused]));
        }
        if let Some((versions, place)) = self.wishes.settings.switches.versions(id) {
            return Ok(Err(vec![format!(
                "the version of '{id}' is fixed to {versions} in {place}; change it there"
            )]));
        }
        let present = self.store.present.load();
        let running = self.store.assembly.load().component(id).map(|active| active.known.clone());
        if let Some(running) = &running
            && running.build_name() == build.name()
        {
            let line = format!("'{id}' runs {} already", described(running));
            return Ok(Ok(Proposal::nothing(line)));
        }
        if let Some(refused) = self.misfits(build) {
            return Ok(Err(refused));
        }
        let mut changed = self.wishes.clone();
        let chosen = Some(build.name().to_owned());
        let row = Row { enabled: true, build: chosen, quarantine: None, ..self.row(id) };
        changed.rows.insert(id.to_owned(), row);
        let resolution = match self.settle(&mut changed, id, true).await? {
            Ok(resolution) => resolution,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(next) = changed.known.get(id).filter(|known| known.build_name() == build.name())
        else {
            let problem = changed.known.problems().get(id).cloned();
            let unknown = || format!("'{id}' cannot be opened from {}", build.name());
            return Ok(Err(vec![problem.unwrap_or_else(unknown)]));
        };
        let mut lines = match &running {
            Some(running) => {
                let mut lines = vec![format!(
                    "'{id}' {} is replaced by {}",
                    described(running),
                    described(next)
                )];
                lines.extend(differences(running, next));
                lines
            }
            None => effects(next, true),
        };
        lines.extend(self.data_lines(&changed, id, true).await?);
        if running.is_none() {
            lines.extend(noticed_by(&changed.known, &present.resolution, id, true));
        }
        Ok(Ok(Proposal { lines, next: Some((changed, resolution)), then: Then::Nothing }))
    }

    /// Another component that does the same.
    async fn other(&self, id: &str, other: &str) -> Result<Result<Proposal, Refusal>> {
        let fixed = [(id, false), (other, true)];
        let refused: Refusal =
            fixed.into_iter().filter_map(|(id, on)| self.is_fixed(id, on)).collect();
        if !refused.is_empty() {
            return Ok(Err(refused));
        }
        let mut changed = self.wishes.clone();
        changed.rows.insert(id.into(), Row { enabled: false, ..self.row(id) });
        let row = Row { enabled: true, quarantine: None, ..self.row(other) };
        changed.rows.insert(other.into(), row);
        let resolution = match self.settle(&mut changed, id, false).await? {
            Ok(resolution) => resolution,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut lines = vec![format!("'{id}' is replaced by '{other}'")];
        for (id, on) in [(id, false), (other, true)] {
            lines.extend(changed.known.get(id).into_iter().flat_map(|known| effects(known, on)));
            lines.extend(self.data_lines(&changed, id, on).await?);
        }
        Ok(Ok(Proposal { lines, next: Some((changed, resolution)), then: Then::Nothing }))
    }

    async fn uninstall(&self, id: &str) -> Result<Result<Proposal, Refusal>> {
        if let Some(refused) = self.is_fixed(id, false) {
            return Ok(Err(vec![refused]));
        }
        let mut changed = self.wishes.clone();
        changed.rows.insert(id.into(), Row::default());
        let resolution = match self.settle(&mut changed, id, false).await? {
            Ok(resolution) => resolution,
            Err(refused) => return Ok(Err(refused)),
        };
        let present = self.store.present.load();
        let mut lines = Vec::new();
        if let Some(known) = self.wishes.known.get(id)
            && present.resolution.runs(id)
        {
            lines.extend(effects(known, false));
            lines.extend(noticed_by(&self.wishes.known, &present.resolution, id, false));
        }
        if let Some(kept) = stored_rows(&self.wishes.known, self.store, id).await? {
            lines.push(format!("its data are written to files, and stay: {kept}"));
        }
        if let Some(known) = self.wishes.known.get(id)
            && matches!(
                known.build.as_ref().map(|build| &build.home),
                Some(Home::Loaded { installed: true, .. })
            )
        {
            lines.push("its file is removed unless another store uses it".into());
        }
        let then = Then::Uninstall(id.to_owned());
        Ok(Ok(Proposal { lines, next: Some((changed, resolution)), then }))
    }

    async fn purge(&self, id: &str) -> Result<Result<Proposal, Refusal>> {
        if self.store.present.load().resolution.runs(id) {
            return Ok(Err(vec![format!("'{id}' runs; switch it off first")]));
        }
        let Some(kept) = stored_rows(&self.wishes.known, self.store, id).await? else {
            return Ok(Ok(Proposal::nothing(format!("'{id}' has no data in this store"))));
        };
        let lines = vec![
            format!("the data of '{id}' are written to files: {kept}"),
            "then they are removed, with its settings, jobs and events that wait for it".into(),
        ];
        let mut changed = self.wishes.clone();
        changed.rows.insert(id.into(), Row { enabled: false, ..Row::default() });
        let resolution = solver::resolve(&changed.question(self.kernel));
        let then = Then::Purge(id.to_owned());
        Ok(Ok(Proposal { lines, next: Some((changed, resolution)), then }))
    }

    async fn finish(&self, id: &str) -> Result<Result<Proposal, Refusal>> {
        let running = self.store.assembly.load().component(id).map(|active| active.known.clone());
        let Some(running) = running else {
            return Ok(Err(vec![format!("'{id}' does not run in this store")]));
        };
        let steps = &running.declaration.migrations;
        let pending = Ledger::read(&self.store.db.read()).await?.pending(id, steps)?;
        if pending.is_empty() {
            return Ok(Ok(Proposal::nothing(format!("no upgrade of '{id}' waits to be finished"))));
        }
        let is_older = |assembly: &Arc<Assembly>| {
            assembly.component(id).is_some_and(|active| !Arc::ptr_eq(&active.known, &running))
        };
        if self.store.older_assemblies().iter().any(is_older) {
            return Ok(Err(vec![format!(
                "requests still run on an older version of '{id}'; try again when they have ended"
            )]));
        }
        let steps: Vec<&str> = pending.iter().map(|step| step.id).collect();
        let lines = vec![
            format!("these steps are run on the tables of '{id}': {}", steps.join(", ")),
            "versions that do not know them cannot run in this store any more".into(),
        ];
        let then = Then::Finish(id.to_owned());
        Ok(Ok(Proposal { lines, next: None, then }))
    }

    /// What manifests alone tell against a build, before any of its code runs.
    fn misfits(&self, build: &Build) -> Option<Refusal> {
        let id = build.manifest.id.clone();
        let mut question = self.wishes.question(self.kernel);
        question.manifests.insert(id.clone(), build.manifest.clone());
        question.off.remove(&id);
        question.wanted.insert(id);
        let resolution = solver::resolve(&question);
        let problems = new_problems(&self.store.present.load().resolution, &resolution);
        (!problems.is_empty()).then_some(problems)
    }

    fn row(&self, id: &str) -> Row {
        let absent = || Row { enabled: self.wishes.is_enabled(id), ..Row::default() };
        self.wishes.rows.get(id).cloned().unwrap_or_else(absent)
    }

    /// Why a component cannot be switched here: files or the environment do.
    fn is_fixed(&self, id: &str, on: bool) -> Option<String> {
        let (said, place) = self.wishes.settings.switches.get(id)?;
        let state = if said { "on" } else { "off" };
        (said != on).then(|| format!("'{id}' is switched {state} in {place}; change it there"))
    }

    /// Asks the solver, and tries addresses, templates and tables of what would run.
    async fn settle(
        &self,
        changed: &mut Wishes,
        id: &str,
        on: bool,
    ) -> Result<Result<Resolution, Refusal>> {
        if let Err(error) = changed.choose(self.kernel, self.store, &self.shelf) {
            return Ok(Err(vec![error.message().to_owned()]));
        }
        let mut question = changed.question(self.kernel);
        if !on {
            question.off.insert(id.to_owned(), "would be off".into());
        }
        let resolution = solver::resolve(&question);
        let problems = new_problems(&self.store.present.load().resolution, &resolution);
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        if let Err(error) = self.try_out(changed, &resolution) {
            return Ok(Err(vec![error.message().to_owned()]));
        }
        let ledger = Ledger::read(&self.store.db.read()).await?;
        for id in &resolution.start {
            let Some(known) = changed.known.get(id) else { continue };
            let is_same = |active: &Arc<Active>| Arc::ptr_eq(&active.known, known);
            if self.store.assembly.load().component(id).is_some_and(is_same) {
                continue;
            }
            if let Err(error) = ledger.pending(id, &known.declaration.migrations) {
                return Ok(Err(vec![error.to_string()]));
            }
        }
        Ok(Ok(resolution))
    }

    /// Puts the declarations together as an assembly would, without running anything.
    fn try_out(&self, changed: &Wishes, resolution: &Resolution) -> Result<()> {
        let idle = |id: &String| {
            let known = changed.known.get(id)?.clone();
            let active = Active::new(known, Instance::new(Arc::new(())), Value::Null);
            Some((Arc::from(id.as_str()), Arc::new(active)))
        };
        let components: BTreeMap<Arc<str>, Arc<Active>> =
            resolution.start.iter().filter_map(idle).collect();
        let (info, settings) = (self.store.info(), changed.settings.kernel());
        Assembly::assemble(u64::MAX, info, components, settings).map(drop)
    }

    async fn data_lines(&self, changed: &Wishes, id: &str, on: bool) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        let ledger = Ledger::read(&self.store.db.read()).await?;
        if on && changed.is_new(id) && !ledger.has_run(id) {
            lines.push(
                "its tables are made, and what it derives from others is built in the background"
                    .into(),
            );
            return Ok(lines);
        }
        if let Some(kept) = stored_rows(&changed.known, self.store, id).await? {
            lines.push(if on {
                format!("its data are still there: {kept}")
            } else {
                format!("its data stay: {kept}")
            });
        }
        if let Some(known) = changed.known.get(id).filter(|_| on) {
            let pending = ledger.pending(id, &known.declaration.migrations)?;
            let (now, later): (Vec<_>, Vec<_>) = {
                let contract = pending.iter().position(migrate::is_contract);
                let at = contract.unwrap_or(pending.len());
                let name = |step: &hatchery_component::Migration| step.id;
                (pending[..at].iter().map(name).collect(), pending[at..].iter().map(name).collect())
            };
            if !now.is_empty() {
                lines.push(format!("its tables grow by {}", now.join(", ")));
            }
            if !later.is_empty() {
                lines.push(format!(
                    "`component finish-upgrade {id}` runs {} when nobody needs the older version",
                    later.join(", ")
                ));
            }
        }
        Ok(lines)
    }
}

fn unknown(known: &Known, id: &str) -> String {
    let known = known.iter().map(|(id, _)| id).filter(|id| *id != KERNEL);
    let hint = solver::did_you_mean(solver::nearest(id, known).as_deref());
    format!("there is no component '{id}'{hint}")
}

/// `1.1.0 (linked)`
fn described(known: &KnownComponent) -> String {
    format!("{} ({})", known.manifest.version, known.build_name())
}

/// What a component brings, as what comes or goes.
fn effects(known: &KnownComponent, on: bool) -> Vec<String> {
    let (manifest, declaration) = (&known.manifest, &known.declaration);
    let state = if on { "on" } else { "off" };
    let mut lines = vec![format!("'{}' {} is switched {state}", manifest.id, manifest.version)];
    let parts = [
        (declaration.routes.len(), "address", "addresses"),
        (declaration.resources.len(), "resource of the admin", "resources of the admin"),
        (declaration.slots.len(), "part of other pages", "parts of other pages"),
        (declaration.jobs.len(), "job", "jobs"),
        (declaration.subscriptions.len(), "subscription to events", "subscriptions to events"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _, _)| *count > 0)
        .map(|(count, one, several)| format!("{count} {}", if count == 1 { one } else { several }))
        .collect();
    if !parts.is_empty() {
        let verb = if on { "come" } else { "go" };
        lines.push(format!("with it {verb}: {}", parts.join(", ")));
    }
    lines
}

/// Addresses and interfaces that one build has and the other has not.
fn differences(before: &KnownComponent, after: &KnownComponent) -> Vec<String> {
    let facts = |known: &KnownComponent| -> BTreeSet<String> {
        let routes = known.declaration.routes.iter();
        let routes = routes.map(|route| format!("{} {}", route.method, route.path));
        let provides = known.manifest.provides.iter();
        let provides = provides.map(|(id, provision)| format!("{id}@{}", provision.version));
        routes.chain(provides).collect()
    };
    let (before, after) = (facts(before), facts(after));
    let list = |facts: Vec<&String>| facts.into_iter().cloned().collect::<Vec<_>>().join(", ");
    let come: Vec<&String> = after.difference(&before).collect();
    let go: Vec<&String> = before.difference(&after).collect();
    let come = (!come.is_empty()).then(|| format!("with it come: {}", list(come)));
    let go = (!go.is_empty()).then(|| format!("with it go: {}", list(go)));
    come.into_iter().chain(go).collect()
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
    let verb = match (on, users.len()) {
        (true, 1) => "uses it",
        (true, _) => "use it",
        (false, 1) => "goes on without it",
        (false, _) => "go on without it",
    };
    (!users.is_empty()).then(|| format!("{} {verb}", users.join(", ")))
}

/// How much data a component has: `1204 rows in 3 tables`.
async fn stored_rows(known: &Known, store: &Store, id: &str) -> Result<Option<String>> {
    let db = store.db.read();
    let tables = purge::tables(store, known, id).await?;
    let mut rows = 0;
    for table in &tables {
        rows += size::rows(&db, table).await?;
    }
    let count = tables.len();
    let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
    let tables = if count == 1 { "1 table".to_owned() } else { format!("{count} tables") };
    Ok((count > 0).then(|| format!("{rows} in {tables}")))
}

/// Reasons that were not there before.
pub(super) fn new_problems(before: &Resolution, after: &Resolution) -> Vec<String> {
    let known: BTreeSet<_> = before.problems.values().flatten().collect();
    let reasons: BTreeSet<_> = after.problems.values().flatten().collect();
    reasons.difference(&known).map(|reason| reason.to_string()).collect()
}
