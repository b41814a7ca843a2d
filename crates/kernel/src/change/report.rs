//! What a change would do, told before it is done.

use std::collections::BTreeSet;
use std::sync::Arc;

use hatchery_component::Result;
use hatchery_component::platform::PlanReport;

use super::ComponentChange;
use super::wishes::{Row, Wishes};
use crate::db::size;
use crate::kernel::Kernel;
use crate::known::{Known, KnownComponent};
use crate::solver::{self, KERNEL, Resolution};
use crate::store::Store;

/// The report, and when the change is possible what it leads to.
pub(super) async fn report(
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
