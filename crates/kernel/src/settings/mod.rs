//! Settings: who may say what, and where it was said.
//!
//! Effective = component default < the store's `kernel_setting` table < `config/default.toml` <
//! `config/stores/<slug>.toml` < environment. The files' tables are:
//!
//! | table | where | holds |
//! | --- | --- | --- |
//! | `[host]` | `default.toml` | the process: [`HostSettings`] |
//! | `[http]` | `default.toml` | how requests are received: [`HttpSettings`] |
//! | `[store]` | `stores/<slug>.toml` | name, languages, domains: [`StoreFacts`] |
//! | `[database]` | both | where the data lives: [`DatabaseSettings`] |
//! | `[components]` | both | `enabled` and `disabled` lists, or `<component> = true/false`, or the versions of it that may run: `<component> = "~1.2"` |
//! | `[kernel]` | both | the kernel's own behavior in a store: [`KernelSettings`] |
//! | `[<component>]` | both | the component's settings |
//!
//! An environment variable is `HATCHERY__<TABLE>__<KEY>` for every store, or
//! `HATCHERY__STORES__<SLUG>__<TABLE>__<KEY>` for one; dashes become `_`, a list is separated by commas.
//!
//! A key nobody claims, a wrong type or a broken rule is an error with file, line and key. Nothing here
//! writes files.

mod environment;
mod file;
mod layers;
mod place;
mod sections;
mod stored;
mod vault;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use hatchery_component::SettingsSchema;
use semver::VersionReq;
use serde_json::Value;

pub use environment::PREFIX;
pub use place::{Place, SettingsError, SettingsErrors};
pub(crate) use sections::is_time_zone;
pub(crate) use sections::kernel_schema;
pub use sections::{
    DatabaseSettings, HostSettings, KernelSettings, StoreFacts, WatchSettings, schemas,
};
pub(crate) use stored::{StoredChange, StoredSettings};
pub(crate) use vault::Vault;
pub use watch::watch;

use crate::request::HttpSettings;
use crate::solver::{did_you_mean, nearest};
use file::Leaf;

/// Tables of the files that no component may be called like.
pub const RESERVED: [&str; 7] =
    ["host", "http", "store", "stores", "database", "components", crate::solver::KERNEL];

/// What the components of a host accept, by component id; the kernel's own part (`kernel`) among them.
#[derive(Clone, Debug, Default)]
pub struct Schemas(pub BTreeMap<String, Accepted>);

/// What one component accepts.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Defaults, JSON Schema and rules.
    pub schema: SettingsSchema,
    /// Keys that are secrets.
    pub secrets: BTreeSet<String>,
    /// What other builds of the component accept. A file may speak to a store that runs one of those.
    pub others: Vec<SettingsSchema>,
}

/// What files and environment say, checked against what the components accept.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Settings of the process.
    pub host: HostSettings,
    /// How requests are received.
    pub http: HttpSettings,
    shared: Vec<Leaf>,
    stores: BTreeMap<String, Vec<Leaf>>,
    environment: Vec<Leaf>,
    store_environment: BTreeMap<String, Vec<Leaf>>,
}

/// The effective settings of one store.
#[derive(Clone, Debug, Default)]
pub struct StoreSettings {
    /// Settings of each component, by id.
    pub components: BTreeMap<String, Effective>,
    /// Facts about the store that a file or the environment sets.
    pub facts: StoreFacts,
    /// Where the data lives.
    pub database: DatabaseSettings,
    /// Which components a file or the environment switches.
    pub switches: Switches,
}

/// The effective settings of one component.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effective {
    /// The values.
    pub values: Value,
    /// Where each key (dotted) that a file or the environment sets was set.
    pub locked: BTreeMap<String, Place>,
}

/// What files and environment say about the component set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Switches {
    only: Option<(BTreeSet<String>, Place)>,
    switched: BTreeMap<String, (bool, Place)>,
    versions: BTreeMap<String, (VersionReq, Place)>,
}

impl Switches {
    /// Whether a file or the environment says that a component is on or off, and where.
    pub fn get(&self, component: &str) -> Option<(bool, &Place)> {
        if let Some((on, place)) = self.switched.get(component) {
            return Some((*on, place));
        }
        self.only.as_ref().map(|(only, place)| (only.contains(component), place))
    }

    /// The versions of a component that may run, and where that is said.
    pub fn versions(&self, component: &str) -> Option<(&VersionReq, &Place)> {
        self.versions.get(component).map(|(versions, place)| (versions, place))
    }

    /// Components that are named as switched on.
    pub fn named_on(&self) -> impl Iterator<Item = &str> {
        let listed = self.only.iter().flat_map(|(only, _)| only);
        let switched = self.switched.iter().filter(|(_, (on, _))| *on).map(|(id, _)| id);
        listed.chain(switched).map(String::as_str)
    }
}

impl StoreSettings {
    /// The kernel's own settings in the store.
    pub fn kernel(&self) -> KernelSettings {
        let own = self.components.get(crate::solver::KERNEL).map(|own| own.values.clone());
        own.and_then(|values| serde_json::from_value(values).ok()).unwrap_or_default()
    }
}

impl Settings {
    /// Reads the folder (nothing is fine: built-in defaults apply) and the environment, and checks all of
    /// it.
    ///
    /// # Errors
    /// Every key that is unknown, has a wrong type or breaks a rule.
    pub fn load(
        folder: Option<&Path>,
        environment: &[(String, String)],
        schemas: &Schemas,
    ) -> Result<Self, SettingsErrors> {
        let mut errors = Vec::new();
        let mut settings = Self::default();
        if let Some(folder) = folder.filter(|folder| folder.exists()) {
            let files = file::list(folder, &mut errors);
            for (slug, path) in files {
                let leaves = file::read(&path, &mut errors);
                match slug {
                    None => settings.shared = leaves,
                    Some(slug) => drop(settings.stores.insert(slug, leaves)),
                }
            }
        }
        let read = environment::read(environment, schemas, &mut errors);
        (settings.environment, settings.store_environment) = (read.shared, read.stores);
        errors.extend(settings.misplaced(schemas));
        match layers::check("host", &sections::host_schema(), &[], &settings.leaves(None, "host")) {
            Ok(host) => settings.host = serde_json::from_value(host).unwrap_or_default(),
            Err(found) => errors.extend(found),
        }
        match layers::check("http", &sections::http_schema(), &[], &settings.leaves(None, "http")) {
            Ok(http) => settings.http = serde_json::from_value(http).unwrap_or_default(),
            Err(found) => errors.extend(found),
        }
        for slug in settings.mentioned_stores() {
            if let Err(found) = settings.for_store(&slug, schemas, &StoredSettings::default()) {
                errors.extend(found.0);
            }
        }
        SettingsErrors::none_of(errors)?;
        Ok(settings)
    }

    /// The effective settings of a store. `stored` is what its own table holds.
    ///
    /// # Errors
    /// What does not fit, by place and key.
    pub(crate) fn for_store(
        &self,
        slug: &str,
        schemas: &Schemas,
        stored: &StoredSettings,
    ) -> Result<StoreSettings, SettingsErrors> {
        let mut errors = Vec::new();
        let mut settings = StoreSettings::default();
        for (id, accepted) in &schemas.0 {
            let leaves = self.leaves(Some(slug), id);
            let check = |schema| layers::check(id, schema, &stored.leaves(id), &leaves);
            let checked = check(&accepted.schema).or_else(|errors| {
                accepted.others.iter().find_map(|other| check(other).ok()).ok_or(errors)
            });
            match checked {
                Ok(values) => {
                    let locked =
                        leaves.iter().map(|leaf| (leaf.key(), leaf.place.clone())).collect();
                    settings.components.insert(id.clone(), Effective { values, locked });
                }
                Err(found) => {
                    errors.extend(found.into_iter().map(|error| accepted.censor(id, error)))
                }
            }
        }
        match self.checked_facts(slug) {
            Ok(facts) => settings.facts = facts,
            Err(found) => errors.extend(found),
        }
        let database = self.leaves(Some(slug), "database");
        match layers::check("database", &sections::database_schema(), &[], &database) {
            Ok(database) => {
                settings.database = serde_json::from_value(database).unwrap_or_default()
            }
            Err(found) => errors.extend(found),
        }
        settings.switches = self.switches(slug, schemas, &mut errors);
        SettingsErrors::none_of(errors)?;
        Ok(settings)
    }

    /// The versions of components that may run in a store, before it is known what those accept.
    pub(crate) fn versions(&self, slug: &str) -> BTreeMap<String, (VersionReq, Place)> {
        let leaves = self.leaves(Some(slug), "components");
        let mut versions = BTreeMap::new();
        for leaf in leaves {
            match version_of(&leaf.value) {
                Some(Ok(version)) => drop(versions.insert(leaf.key(), (version, leaf.place))),
                _ => drop(versions.remove(&leaf.key())),
            }
        }
        versions
    }

    /// Host names that files or the environment fix for a store.
    pub fn domains(&self, slug: &str) -> Option<Vec<String>> {
        let facts = self.leaves(Some(slug), "store");
        let domains = facts.iter().rfind(|leaf| leaf.key() == "domains")?;
        serde_json::from_value(domains.value.clone()).ok()
    }

    /// Slugs that a file or a variable speaks of.
    pub fn mentioned_stores(&self) -> BTreeSet<String> {
        let mut slugs: BTreeSet<String> = self.stores.keys().cloned().collect();
        let is_new = |slug: &&String| !slugs.iter().any(|known| environment::same(known, slug));
        let from_variables: Vec<String> =
            self.store_environment.keys().filter(is_new).cloned().collect();
        slugs.extend(from_variables);
        // With no store mentioned, the shared settings are still checked once, for a store without a file.
        slugs.insert(String::new());
        slugs
    }

    /// Everything said about a section, the weakest first.
    fn leaves(&self, store: Option<&str>, section: &str) -> Vec<Leaf> {
        let is_same = |name: &String| store.is_some_and(|slug| environment::same(name, slug));
        let variables = self.store_environment.iter().filter(|(name, _)| is_same(name));
        let variables = variables.flat_map(|(_, leaves)| leaves);
        let file = store.and_then(|slug| self.stores.get(slug)).into_iter().flatten();
        let all = self.shared.iter().chain(file).chain(&self.environment).chain(variables);
        all.filter(|leaf| leaf.path[0] == section)
            .filter(|leaf| leaf.path.len() > 1)
            .cloned()
            .collect()
    }

    /// Keys outside of any table, tables nobody claims, tables in the wrong file, secrets in files.
    fn misplaced(&self, schemas: &Schemas) -> Vec<SettingsError> {
        let mut errors = Vec::new();
        let files = self.stores.values().map(|leaves| (true, leaves));
        for (of_store, leaves) in std::iter::once((false, &self.shared)).chain(files) {
            for leaf in leaves {
                if let Some(message) = misplacement(leaf, of_store, schemas) {
                    errors.push(SettingsError::new(&leaf.place, leaf.path.join("."), message));
                }
            }
        }
        errors
    }

    /// Facts about a store that files and the environment fix, without anything else they say of it.
    ///
    /// # Errors
    /// Every fact that does not fit.
    pub(crate) fn facts(&self, slug: &str) -> Result<StoreFacts, SettingsErrors> {
        match self.checked_facts(slug) {
            Ok(facts) => Ok(facts),
            Err(found) => SettingsErrors::none_of(found).map(|()| StoreFacts::default()),
        }
    }

    fn checked_facts(&self, slug: &str) -> Result<StoreFacts, Vec<SettingsError>> {
        let leaves = self.leaves(Some(slug), "store");
        if leaves.is_empty() {
            return Ok(StoreFacts::default());
        }
        let facts = layers::check("store", &sections::facts_schema(), &[], &leaves)?;
        Ok(serde_json::from_value(facts).unwrap_or_default())
    }

    fn switches(&self, slug: &str, schemas: &Schemas, errors: &mut Vec<SettingsError>) -> Switches {
        let mut switches = Switches { versions: self.versions(slug), ..Switches::default() };
        for leaf in self.leaves(Some(slug), "components") {
            let named = leaf.key();
            match (named.as_str(), &leaf.value) {
                ("enabled" | "disabled", Value::Array(items)) => {
                    let mut listed = BTreeSet::new();
                    for (index, item) in items.iter().enumerate() {
                        let place = leaf.item_place(index);
                        match item.as_str() {
                            Some(id) if schemas.claims(id) => drop(listed.insert(id.to_owned())),
                            Some(id) => errors.push(unknown_component(&place, id, schemas)),
                            None => {
                                let message = "a list of component names is expected";
                                errors.push(SettingsError::new(
                                    &place,
                                    leaf.path.join("."),
                                    message,
                                ));
                            }
                        }
                        if named == "disabled"
                            && let Some(id) = item.as_str()
                        {
                            switches.switched.insert(id.to_owned(), (false, place));
                        }
                    }
                    if named == "enabled" {
                        // A stronger layer that lists a component also takes back that it was off.
                        switches.switched.retain(|id, _| !listed.contains(id));
                        switches.only = Some((listed, leaf.place.clone()));
                    }
                }
                ("enabled" | "disabled", _) => {
                    let message = "a list of component names is expected";
                    errors.push(SettingsError::new(&leaf.place, leaf.path.join("."), message));
                }
                (id, _) if !schemas.claims(id) => {
                    errors.push(unknown_component(&leaf.place, id, schemas));
                }
                (id, value) => {
                    let switched = match (value, version_of(value)) {
                        (Value::Bool(on), _) => Ok(*on),
                        (_, Some(version)) => version.map(|_| true),
                        _ => Err("true, false or a version like \"~1.2\" is expected".to_owned()),
                    };
                    match switched {
                        Ok(on) => {
                            drop(switches.switched.insert(id.to_owned(), (on, leaf.place.clone())));
                        }
                        Err(message) => errors.push(SettingsError::new(
                            &leaf.place,
                            leaf.path.join("."),
                            message,
                        )),
                    }
                }
            }
        }
        switches
    }
}

impl Schemas {
    /// Whether a component of that id can be switched.
    fn claims(&self, id: &str) -> bool {
        id != crate::solver::KERNEL && self.0.contains_key(id)
    }
}

impl Accepted {
    /// Takes a secret's value out of a message.
    fn censor(&self, section: &str, error: SettingsError) -> SettingsError {
        let key = error.key.strip_prefix(section).and_then(|key| key.strip_prefix('.'));
        match key {
            Some(key) if self.secrets.contains(key) => {
                SettingsError { message: "this secret does not fit".into(), ..error }
            }
            _ => error,
        }
    }
}

/// The versions that a value of `[components]` asks for; none when it speaks of something else.
fn version_of(value: &Value) -> Option<Result<VersionReq, String>> {
    let text = match value {
        Value::String(text) => text.clone(),
        // A variable has no quotes: HATCHERY__COMPONENTS__TEA=1.2
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let parsed = VersionReq::parse(&text);
    Some(parsed.map_err(|error| format!("'{text}' is no version like \"~1.2\": {error}")))
}

fn misplacement(leaf: &Leaf, of_store: bool, schemas: &Schemas) -> Option<String> {
    let section = leaf.path[0].as_str();
    let claimed =
        RESERVED.contains(&section) && section != "stores" || schemas.0.contains_key(section);
    if !claimed {
        let known = schemas.0.keys().map(String::as_str);
        let known = known.chain(RESERVED).filter(|name| *name != "stores");
        let hint = did_you_mean(nearest(section, known).as_deref());
        return Some(format!("no component claims the table '{section}'{hint}"));
    }
    if leaf.path.len() == 1 {
        return Some(format!("'{section}' is a table; write [{section}] and its keys below it"));
    }
    match (section, of_store) {
        ("host" | "http", true) => {
            return Some("the process is set up in default.toml only".into());
        }
        ("store", false) => return Some("a store is described in stores/<slug>.toml".into()),
        _ => {}
    }
    let secret =
        schemas.0.get(section).is_some_and(|accepted| accepted.secrets.contains(&leaf.key()));
    secret.then(|| {
        let variable = environment::variable(&leaf.path);
        format!("a secret does not belong into a file; set {variable}, or save it in the admin")
    })
}

fn unknown_component(place: &Place, id: &str, schemas: &Schemas) -> SettingsError {
    let known = schemas.0.keys().map(String::as_str).filter(|id| schemas.claims(id));
    let hint = did_you_mean(nearest(id, known).as_deref());
    SettingsError::new(
        place,
        format!("components.{id}"),
        format!("there is no component '{id}'{hint}"),
    )
}

/// The folder as it is read: `config/default.toml` and `config/stores/<slug>.toml`.
pub fn default_file(folder: &Path) -> PathBuf {
    folder.join("default.toml")
}

#[cfg(test)]
mod tests;
