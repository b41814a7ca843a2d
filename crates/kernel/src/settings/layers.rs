//! Laying settings over each other, and finding out which of them is to blame.

use config::{Config, ConfigError, Map, Source, Value as Entry, ValueKind};
use hatchery_component::SettingsSchema;
use serde_json::Value;

use super::file::Leaf;
use super::place::SettingsError;
use crate::solver::nearest;

/// The key all layers of a section are kept under while they are laid over each other.
const ROOT: &str = "section";

/// The effective value of a section: its defaults, what the store saved, what files and variables say.
///
/// Values that were saved and no longer fit (the component has changed since) are reported like others.
pub(crate) fn check(
    section: &str,
    schema: &SettingsSchema,
    stored: &[Leaf],
    leaves: &[Leaf],
) -> Result<Value, Vec<SettingsError>> {
    let all: Vec<&Leaf> = stored.iter().chain(leaves).collect();
    let value = merge(&schema.defaults, &all).map_err(|error| unmerged(section, &all, &error))?;
    match (schema.check)(&value) {
        Ok(()) => Ok(value),
        Err(message) => Err(blame(section, schema, &all, &message)),
    }
}

/// The keys to blame for a section that does not fit.
fn blame(
    section: &str,
    schema: &SettingsSchema,
    leaves: &[&Leaf],
    message: &str,
) -> Vec<SettingsError> {
    let fits = |leaves: &[&Leaf]| match merge(&schema.defaults, leaves) {
        Ok(value) => (schema.check)(&value),
        Err(error) => Err(error.to_string()),
    };
    // One key whose absence makes the rest fit. The strongest layer's when several would do.
    for index in (0..leaves.len()).rev() {
        let mut others = leaves.to_vec();
        let leaf = others.remove(index);
        if fits(&others).is_ok() {
            return vec![error(section, leaf, message)];
        }
    }
    // Several: whichever makes what fitted so far not fit.
    let mut good: Vec<&Leaf> = Vec::new();
    let mut errors = Vec::new();
    for leaf in leaves {
        good.push(leaf);
        if let Err(message) = fits(&good) {
            good.pop();
            errors.push(error(section, leaf, &message));
        }
    }
    errors
}

fn error(section: &str, leaf: &Leaf, message: &str) -> SettingsError {
    let Some(unknown) = quoted_after(message, "unknown field `") else {
        return SettingsError::new(&leaf.place, leaf.path.join("."), message);
    };
    // The unknown name may stand in the middle of the key: `section.unknwon.key`.
    let end = leaf.path.iter().position(|part| *part == unknown).unwrap_or(leaf.path.len() - 1);
    let known: Vec<&str> = message
        .split_once("expected")
        .map(|(_, rest)| rest.split('`').skip(1).step_by(2).collect())
        .unwrap_or_default();
    let hint = match nearest(&unknown, known.iter().copied()) {
        Some(name) => format!("did you mean '{name}'?"),
        None if known.is_empty() => format!("'{section}' has no settings there"),
        None => format!("known here: {}", known.join(", ")),
    };
    let key = leaf.path[..=end].join(".");
    SettingsError::new(&leaf.place, key, format!("unknown key; {hint}"))
}

fn quoted_after(message: &str, start: &str) -> Option<String> {
    let rest = message.split_once(start)?.1;
    Some(rest.split('`').next()?.to_owned())
}

fn unmerged(section: &str, leaves: &[&Leaf], error: &ConfigError) -> Vec<SettingsError> {
    let last = leaves.last();
    last.map(|leaf| SettingsError::new(&leaf.place, section, error.to_string()))
        .into_iter()
        .collect()
}

fn merge(defaults: &Value, leaves: &[&Leaf]) -> Result<Value, ConfigError> {
    let mut builder = Config::builder().add_source(Layer(defaults.clone()));
    for leaf in leaves {
        let mut value = leaf.value.clone();
        for key in leaf.path[1..].iter().rev() {
            value = Value::Object([(key.clone(), value)].into_iter().collect());
        }
        builder = builder.add_source(Layer(value));
    }
    builder.build()?.get::<Value>(ROOT)
}

#[derive(Clone, Debug)]
struct Layer(Value);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Entry>, ConfigError> {
        Ok(Map::from_iter([(ROOT.to_owned(), entry(&self.0))]))
    }
}

fn entry(value: &Value) -> Entry {
    let kind = match value {
        Value::Null => ValueKind::Nil,
        Value::Bool(yes) => ValueKind::Boolean(*yes),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => ValueKind::I64(number),
            (None, Some(number)) => ValueKind::U64(number),
            (None, None) => ValueKind::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => ValueKind::String(text.clone()),
        Value::Array(items) => ValueKind::Array(items.iter().map(entry).collect()),
        Value::Object(map) => {
            ValueKind::Table(map.iter().map(|(key, value)| (key.clone(), entry(value))).collect())
        }
    };
    Entry::new(None, kind)
}
