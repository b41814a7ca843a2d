//! Settings from environment variables.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Schemas;
use super::file::Leaf;
use super::place::{Place, SettingsError};
use super::sections;
use crate::solver::{did_you_mean, nearest};

/// What the name of every variable begins with.
pub const PREFIX: &str = "HATCHERY__";

/// What the environment says.
#[derive(Default)]
pub(crate) struct Variables {
    /// For every store.
    pub(crate) shared: Vec<Leaf>,
    /// For one store, by its slug as a variable spells it.
    pub(crate) stores: BTreeMap<String, Vec<Leaf>>,
}

/// Reads the variables that are ours. A name nobody claims becomes an error.
pub(crate) fn read(
    variables: &[(String, String)],
    schemas: &Schemas,
    errors: &mut Vec<SettingsError>,
) -> Variables {
    let mut read = Variables::default();
    let ours =
        variables.iter().filter_map(|(name, text)| Some((name, name.strip_prefix(PREFIX)?, text)));
    for (name, rest, text) in ours {
        let place = Place::Variable(name.clone());
        let mut path: Vec<String> = rest.split("__").map(str::to_ascii_lowercase).collect();
        let store = (path[0] == "stores" && path.len() > 1).then(|| {
            path.remove(0);
            path.remove(0)
        });
        match claim(&mut path, store.is_some(), schemas) {
            Ok(()) => {
                let value = coerce(text, &path, schemas);
                let leaf = Leaf::new(path, value, place);
                match store {
                    Some(slug) => read.stores.entry(slug).or_default().push(leaf),
                    None => read.shared.push(leaf),
                }
            }
            Err(message) => errors.push(SettingsError::new(&place, path.join("."), message)),
        }
    }
    read
}

/// The variable that sets a key for every store.
pub(crate) fn variable(path: &[String]) -> String {
    let parts: Vec<String> =
        path.iter().map(|part| part.replace('-', "_").to_ascii_uppercase()).collect();
    format!("{PREFIX}{}", parts.join("__"))
}

/// Whether a name, as a variable spells it, is this one.
pub(crate) fn same(left: &str, right: &str) -> bool {
    left.replace('-', "_").eq_ignore_ascii_case(&right.replace('-', "_"))
}

/// Replaces the first part by the name of the table it stands for.
fn claim(path: &mut [String], of_store: bool, schemas: &Schemas) -> Result<(), String> {
    let sections: &[&str] = match of_store {
        true => &["store", "database", "components"],
        false => &["host", "http", "database", "components"],
    };
    let known = || schemas.0.keys().map(String::as_str).chain(sections.iter().copied());
    let Some(given) = path.first().filter(|_| path.len() > 1) else {
        return Err(format!("a name is {PREFIX}<TABLE>__<KEY>"));
    };
    match known().find(|name| same(name, given)) {
        Some(section) => path[0] = section.to_owned(),
        None => {
            let hint = did_you_mean(nearest(given, known()).as_deref());
            return Err(format!("no component claims the table '{given}'{hint}"));
        }
    }
    if path[0] == "components"
        && let Some(id) = schemas.0.keys().find(|id| same(id, &path[1]))
    {
        path[1] = id.clone();
    }
    Ok(())
}

/// The text as the type that the key has.
fn coerce(text: &str, path: &[String], schemas: &Schemas) -> Value {
    let of_section = match path[0].as_str() {
        "host" => Some(sections::host_schema()),
        "http" => Some(sections::http_schema()),
        "store" => Some(sections::facts_schema()),
        "database" => Some(sections::database_schema()),
        "components" => None,
        id => schemas.0.get(id).map(|accepted| accepted.schema.clone()),
    };
    let Some(schema) = of_section else {
        let is_list = matches!(path[1].as_str(), "enabled" | "disabled");
        return if is_list { list(text) } else { guess(text) };
    };
    let mut default = Some(&schema.defaults);
    let mut properties = Some(&schema.schema);
    for part in &path[1..] {
        default = default.and_then(|value| value.get(part));
        properties = properties.and_then(|schema| schema.get("properties")?.get(part));
    }
    match default {
        Some(Value::String(_)) => Value::String(text.to_owned()),
        Some(Value::Array(_)) => list(text),
        Some(Value::Null) | None if is_text(properties) => Value::String(text.to_owned()),
        Some(Value::Null) | None if is_list(properties) => list(text),
        _ => guess(text),
    }
}

fn is_text(schema: Option<&Value>) -> bool {
    has_type(schema, "string")
}

fn is_list(schema: Option<&Value>) -> bool {
    has_type(schema, "array")
}

/// Whether a JSON Schema allows a type, directly or as one of several.
fn has_type(schema: Option<&Value>, name: &str) -> bool {
    let Some(schema) = schema else { return false };
    let direct = match schema.get("type") {
        Some(Value::String(only)) => only == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    };
    let alternatives = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array());
    direct || alternatives.flatten().any(|one| has_type(Some(one), name))
}

fn list(text: &str) -> Value {
    if text.trim_start().starts_with('[') {
        return guess(text);
    }
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| Value::String(item.to_owned())).collect()
}

/// A TOML value, else the text itself.
fn guess(text: &str) -> Value {
    let parsed = toml::from_str::<BTreeMap<String, Value>>(&format!("value = {text}"));
    let parsed = parsed.ok().filter(|table| table.len() == 1);
    parsed
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}
