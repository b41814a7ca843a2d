//! What a store should run, and writing it down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hatchery_component::{Db, Error, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::Value;
use uuid::Uuid;

use crate::db::entity::component;
use crate::kernel::{Kernel, is_on_by_default};
use crate::known::{Known, KnownComponent};
use crate::settings::{Place, Schemas, StoreSettings, StoredChange, StoredSettings, Vault};
use crate::shelf::Shelf;
use crate::solver::{KERNEL, Question, Resolution};
use crate::store::{Present, Store};

/// What the notice of a saved setting begins with that does not fit.
const NOT_USED: &str = "a saved setting is not used";

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
            true if known.barred().contains_key(id) => {
                let why = known.barred().get(id).cloned().unwrap_or_default();
                question.off.insert(id.clone(), why);
            }
            true => drop(question.wanted.insert(id.clone())),
            false => drop(question.off.insert(id.clone(), off)),
        }
    }
    question
}

/// What a store should run, from its tables, the files and the environment.
#[derive(Clone)]
pub(super) struct Wishes {
    pub(super) known: Arc<Known>,
    pub(super) settings: StoreSettings,
    pub(super) stored: StoredSettings,
    pub(super) rows: BTreeMap<String, Row>,
    /// Components that run without a row that says so.
    by_default: BTreeSet<String>,
    pub(super) notices: BTreeMap<String, String>,
    /// Settings to be saved together with the change.
    pub(super) save: Option<StoredChange>,
}

/// What the store's table says of a component.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Row {
    pub(super) enabled: bool,
    /// The version that ran last; none when it never ran.
    pub(super) version: Option<String>,
    /// Name of the build that was chosen.
    pub(super) build: Option<String>,
    /// Why it was taken out because it failed too often.
    pub(super) quarantine: Option<String>,
}

impl Wishes {
    pub(super) async fn read(kernel: &Kernel, store: &Store) -> Result<Self> {
        let db = store.db.read();
        let row = |row: component::Model| {
            let component::Model { enabled, build, quarantine, .. } = row;
            let version = Some(row.version).filter(|version| !version.is_empty());
            (row.component, Row { enabled, version, build, quarantine })
        };
        let rows: BTreeMap<String, Row> =
            component::Entity::find().all(&db).await?.into_iter().map(row).collect();
        let known = kernel.known_in(&kernel.shelf(), &store.slug, &builds(&rows))?;
        let schemas = known.schemas();
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
        let mut notices = known.problems().clone();
        for error in errors {
            let component = error.key.split('.').next().unwrap_or_default().to_owned();
            notices.insert(component, format!("{NOT_USED}: {error}"));
        }
        let by_default = by_default(kernel, store, &known);
        let known = Arc::new(known);
        Ok(Self { known, settings, stored, rows, by_default, notices, save: None })
    }

    /// Knows other builds, those that the rows name now, and reads the settings by what they accept.
    pub(super) fn choose(&mut self, kernel: &Kernel, store: &Store, shelf: &Shelf) -> Result<()> {
        let known = kernel.known_in(shelf, &store.slug, &builds(&self.rows))?;
        self.settings = kernel.settings().for_store(&store.slug, known.schemas(), &self.stored)?;
        self.by_default = by_default(kernel, store, &known);
        self.known = Arc::new(known);
        Ok(())
    }

    pub(super) fn question(&self, kernel: &Kernel) -> Question {
        let mut question = question(&self.known, &self.settings, |id| self.is_enabled(id));
        for (id, row) in &self.rows {
            if let Some(why) = &row.quarantine
                && question.wanted.remove(id)
            {
                question.off.insert(id.clone(), why.clone());
            }
        }
        if kernel.options().safe_mode {
            keep_needed(&mut question, &kernel.host_settings().safe_components);
        }
        question
    }

    pub(super) fn is_enabled(&self, id: &str) -> bool {
        let by_default = || self.by_default.contains(id);
        self.rows.get(id).map_or_else(by_default, |row| row.enabled)
    }

    /// Whether a component never ran in this store.
    pub(super) fn is_new(&self, id: &str) -> bool {
        self.rows.get(id).is_none_or(|row| row.version.is_none())
    }

    /// What saving `values` changes, after the keys that cannot be saved are refused.
    pub(super) fn change_of(
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

    /// Saves the settings that a new store begins with, and reads everything again.
    ///
    /// # Errors
    /// A setting does not fit, or a file fixes it already; the database.
    pub(super) async fn save_all(
        &mut self,
        kernel: &Kernel,
        store: &Store,
        settings: BTreeMap<String, serde_json::Map<String, Value>>,
    ) -> Result<()> {
        let known = self.known.clone();
        let unit = store.db.begin(Uuid::now_v7()).await?;
        let db = Db::unit(unit.clone());
        for (component, mut values) in settings {
            let Some(effective) = self.settings.components.get(&component) else { continue };
            // What a file says counts for this store as for others.
            values.retain(|key, _| !effective.locked.contains_key(key));
            let change = self.change_of(known.schemas(), &component, &values)?;
            let secrets = known.schemas().0.get(&component).map(|it| it.secrets.clone());
            let (vault, now) = (Vault::new(&store.key), store.clock.now());
            change.save(&db, &vault, &secrets.unwrap_or_default(), now, "blueprint").await?;
        }
        unit.commit().await?;
        let rows = std::mem::take(&mut self.rows);
        *self = Self { rows, ..Self::read(kernel, store).await? };
        match self.notices.values().find(|notice| notice.starts_with(NOT_USED)) {
            Some(notice) => Err(Error::invalid("store.settings", notice.clone())),
            None => Ok(()),
        }
    }

    /// Writes down what was wanted and what came of it.
    pub(super) async fn write(
        &self,
        store: &Store,
        resolution: &Resolution,
        by: &str,
    ) -> Result<()> {
        let unit = store.db.begin(Uuid::now_v7()).await?;
        let db = Db::unit(unit.clone());
        let written = async {
            for (id, known) in self.known.iter().filter(|(id, _)| *id != KERNEL) {
                self.write_row(&db, store, (id, known), resolution, by).await?;
            }
            if let Some(change) = &self.save {
                let secrets = self.known.schemas().0.get(&change.component);
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
        let wished = self.rows.get(id).cloned().unwrap_or_default();
        let (last, build, quarantine) =
            (wished.version.unwrap_or_default(), wished.build, wished.quarantine);
        let runs = resolution.runs(id);
        let version = if runs { known.manifest.version.to_string() } else { last };
        let enabled = self.is_enabled(id);
        let problem = self.problem(resolution, id);
        let same = before.as_ref().is_some_and(|row| {
            (row.enabled, &row.version, &row.problem) == (enabled, &version, &problem)
                && (&row.build, &row.quarantine) == (&build, &quarantine)
        });
        if same {
            return Ok(());
        }
        let row = component::ActiveModel {
            component: Set(id.to_owned()),
            enabled: Set(enabled),
            version: Set(version),
            problem: Set(problem),
            build: Set(build),
            quarantine: Set(quarantine),
            changed_at: Set(store.clock.now()),
            changed_by: Set(by.to_owned()),
        };
        match before {
            None => drop(component::Entity::insert(row).exec_without_returning(db).await?),
            Some(_) => drop(component::Entity::update(row).exec(db).await?),
        }
        Ok(())
    }

    fn problem(&self, resolution: &Resolution, id: &str) -> Option<String> {
        let quarantine = || self.rows.get(id).and_then(|row| row.quarantine.clone());
        let notice = || self.notices.get(id).cloned();
        resolution.problem(id).or_else(quarantine).or_else(notice)
    }

    pub(super) fn present(self, resolution: Resolution) -> Present {
        let mut notices = self.notices;
        let quarantined = self.rows.into_iter().filter_map(|(id, row)| Some((id, row.quarantine?)));
        notices.extend(quarantined);
        Present { known: self.known, settings: self.settings, resolution, notices }
    }
}

fn by_default(kernel: &Kernel, store: &Store, known: &Known) -> BTreeSet<String> {
    let host = kernel.host_settings();
    let ids = known.iter().map(|(id, _)| id);
    ids.filter(|id| is_on_by_default(known, &host, &store.slug, id)).map(str::to_owned).collect()
}

/// The chosen builds, by component.
fn builds(rows: &BTreeMap<String, Row>) -> BTreeMap<String, String> {
    let chosen = rows.iter().filter_map(|(id, row)| Some((id.clone(), row.build.clone()?)));
    chosen.collect()
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
