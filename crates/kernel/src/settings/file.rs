//! Settings files: TOML with the line of every value.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::place::{Place, SettingsError};

/// One value with its whole key and the place it was set at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    /// Table and key: `["store", "name"]`.
    pub(crate) path: Vec<String>,
    /// The value: no table, unless an empty one.
    pub(crate) value: Value,
    /// Where.
    pub(crate) place: Place,
    /// Lines of the items of a list.
    items: Vec<usize>,
}

impl Leaf {
    pub(crate) fn new(path: Vec<String>, value: Value, place: Place) -> Self {
        Self { path, value, place, items: Vec::new() }
    }

    /// The key below its table, dotted.
    pub(crate) fn key(&self) -> String {
        self.path[1..].join(".")
    }

    /// Where an item of a list stands.
    pub(crate) fn item_place(&self, index: usize) -> Place {
        match (&self.place, self.items.get(index)) {
            (Place::File { path, .. }, Some(line)) => {
                Place::File { path: path.clone(), line: *line }
            }
            (place, _) => place.clone(),
        }
    }
}

/// The settings files of a folder with the store each is for.
pub(crate) fn list(
    folder: &Path,
    errors: &mut Vec<SettingsError>,
) -> Vec<(Option<String>, PathBuf)> {
    let default = super::default_file(folder);
    let mut files = Vec::new();
    for path in toml_files(folder) {
        if path == default {
            files.push((None, path));
        } else {
            let place = Place::File { path: path.clone(), line: 1 };
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let message =
                "this file is not read; settings stand in default.toml and stores/<slug>.toml";
            errors.push(SettingsError::new(&place, name, message));
        }
    }
    for path in toml_files(&folder.join("stores")) {
        let slug = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        files.push((Some(slug), path));
    }
    files
}

/// The values of a file; what cannot be read becomes an error.
pub(crate) fn read(path: &Path, errors: &mut Vec<SettingsError>) -> Vec<Leaf> {
    let place = |line| Place::File { path: path.to_owned(), line };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("the file cannot be read: {error}");
            errors.push(SettingsError::new(&place(1), "file", message));
            return Vec::new();
        }
    };
    let lines = Lines(&text);
    match DeTable::parse(&text) {
        Ok(table) => {
            let mut leaves = Vec::new();
            collect(table.get_ref(), &mut Vec::new(), &lines, path, &mut leaves);
            leaves
        }
        Err(error) => {
            let line = error.span().map_or(1, |span| lines.line(span.start));
            let message = error.message().replace('\n', ", ");
            errors.push(SettingsError::new(&place(line), "syntax", message));
            Vec::new()
        }
    }
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file() && path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

struct Lines<'a>(&'a str);

impl Lines<'_> {
    fn line(&self, offset: usize) -> usize {
        let before = &self.0.as_bytes()[..offset.min(self.0.len())];
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

fn collect(
    table: &DeTable<'_>,
    path: &mut Vec<String>,
    lines: &Lines<'_>,
    file: &Path,
    leaves: &mut Vec<Leaf>,
) {
    for (key, value) in table.iter() {
        path.push(key.get_ref().to_string());
        match value.get_ref() {
            // An empty table says nothing, except where it stands for the value itself.
            DeValue::Table(inner) if !inner.is_empty() || path.len() == 1 => {
                collect(inner, path, lines, file, leaves);
            }
            other => {
                let line = lines.line(key.span().start);
                let items = match other {
                    DeValue::Array(items) => {
                        items.iter().map(|item| lines.line(item.span().start)).collect()
                    }
                    _ => Vec::new(),
                };
                let place = Place::File { path: file.to_owned(), line };
                leaves.push(Leaf { path: path.clone(), value: json(other), place, items });
            }
        }
        path.pop();
    }
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => items.iter().map(Spanned::get_ref).map(json).collect(),
        DeValue::Table(table) => table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())))
            .collect(),
    }
}
