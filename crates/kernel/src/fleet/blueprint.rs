//! Blueprints: recipes for stores, as TOML. Those of the host are in its binary; files in
//! `config/blueprints` add others, or take the place of one of the same name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hatchery_component::stores::BlueprintInfo;
use hatchery_component::{Error, Result};
use hatchery_types::{Currency, Locale};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::kernel::KernelOptions;
use crate::known::Known;
use crate::solver::KERNEL;

/// Stands for all components that are on by default.
const ALL: &str = "*";

/// A recipe for a store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Blueprint {
    /// Its name for people.
    title: BTreeMap<Locale, String>,
    /// What it makes.
    summary: BTreeMap<Locale, String>,
    /// Components that are on; `*` for all that are on by default.
    #[serde(default = "all_components")]
    components: Vec<String>,
    /// Components that are off.
    #[serde(default)]
    disabled: Vec<String>,
    /// Languages of its stores, unless others are asked for.
    #[serde(default)]
    pub(crate) locales: Vec<Locale>,
    /// Currency of its stores, unless another is asked for.
    #[serde(default)]
    pub(crate) currency: Option<Currency>,
    /// Time zone of its stores, unless another is asked for.
    #[serde(default)]
    pub(crate) time_zone: Option<String>,
    /// Settings that its stores begin with, by component.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, Map<String, Value>>,
    /// What is done in its stores, in order.
    #[serde(default)]
    pub(crate) tasks: Vec<BlueprintTask>,
}

/// A task that is run in a new store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlueprintTask {
    /// Its name: `starter.fill`.
    pub(crate) run: String,
    /// What it is given; `with_samples` is added.
    #[serde(default)]
    pub(crate) input: Map<String, Value>,
}

fn all_components() -> Vec<String> {
    vec![ALL.to_owned()]
}

impl Blueprint {
    /// The components that its stores run, of those that are known.
    pub(crate) fn components(&self, known: &Known) -> Vec<String> {
        let mut chosen: BTreeSet<&str> = BTreeSet::new();
        for (id, component) in known.iter().filter(|(id, _)| *id != KERNEL) {
            let is_named = self.components.iter().any(|named| named == id);
            let is_meant = self.components.iter().any(|named| named == ALL);
            if is_named || is_meant && component.is_on_by_default() {
                chosen.insert(id);
            }
        }
        let is_on = |id: &&str| !self.disabled.iter().any(|off| off == id);
        chosen.into_iter().filter(is_on).map(str::to_owned).collect()
    }

    /// As the mother tells of it.
    pub(crate) fn info(&self, name: &str, known: &Known) -> BlueprintInfo {
        BlueprintInfo {
            name: name.to_owned(),
            title: self.title.clone(),
            summary: self.summary.clone(),
            components: self.components(known),
        }
    }
}

/// A blueprint.
///
/// # Errors
/// There is none of that name; it cannot be read.
pub(crate) fn find(options: &KernelOptions, name: &str) -> Result<Blueprint> {
    let mut texts = texts(options)?;
    let Some((place, text)) = texts.remove(name) else {
        let known: Vec<String> = texts.into_keys().collect();
        let message = format!("There is no blueprint '{name}'; there are {}.", known.join(", "));
        return Err(Error::not_found("blueprint.unknown", message));
    };
    parse(&place, &text)
}

/// All blueprints by name.
///
/// # Errors
/// One cannot be read.
pub(crate) fn all(options: &KernelOptions) -> Result<BTreeMap<String, Blueprint>> {
    let texts = texts(options)?;
    texts.into_iter().map(|(name, (place, text))| Ok((name, parse(&place, &text)?))).collect()
}

/// Place and text of each blueprint.
fn texts(options: &KernelOptions) -> Result<BTreeMap<String, (String, String)>> {
    let own = options.blueprints.iter();
    let mut texts: BTreeMap<String, (String, String)> = own
        .map(|(name, text)| (name.clone(), (format!("blueprint '{name}'"), text.clone())))
        .collect();
    let Some(config) = &options.config else { return Ok(texts) };
    let Ok(entries) = std::fs::read_dir(config.join("blueprints")) else { return Ok(texts) };
    for entry in entries.flatten() {
        let path = entry.path();
        let Some(name) = name_of(&path) else { continue };
        let place = path.display().to_string();
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Error::invalid("blueprint.unreadable", format!("{place} cannot be read: {error}"))
        })?;
        texts.insert(name, (place, text));
    }
    Ok(texts)
}

fn name_of(path: &Path) -> Option<String> {
    path.extension().filter(|extension| *extension == "toml")?;
    Some(path.file_stem()?.to_str()?.to_owned())
}

fn parse(place: &str, text: &str) -> Result<Blueprint> {
    toml::from_str(text).map_err(|error| {
        Error::invalid("blueprint.unreadable", format!("{place} is no blueprint: {error}"))
    })
}
