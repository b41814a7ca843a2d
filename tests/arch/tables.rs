//! Invariants 4 and 5: whose tables, and where entities may be named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use hatchery_component::Manifest;
use hatchery_component::component::DataManifest;

use crate::findings::{Finding, assert_none};
use crate::source::names;
use crate::workspace::{Crate, Workspace};

/// A table with the place of its entity.
struct Table {
    name: String,
    file: PathBuf,
    line: usize,
}

#[test]
fn tables_carry_the_id_of_their_component() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        let prefix = format!("{}_", it.component_id(&workspace.root).replace('-', "_"));
        for table in tables(it).iter().filter(|table| !table.name.starts_with(&prefix)) {
            let message = format!("rename `{}`: a table here starts with `{prefix}`", table.name);
            findings.push(Finding::new(&table.file, table.line, message));
        }
    }
    assert_none("Invariant 4: a component's tables start with its id.", findings);
}

#[test]
fn every_table_is_of_the_setup_or_of_records() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        let path = it.folder.join("component.toml");
        let text = std::fs::read_to_string(workspace.root.join(&path)).unwrap();
        let manifest = Manifest::parse(&text).unwrap();
        let made = entities(it);
        let DataManifest { setup, records, local, reset, .. } = manifest.data;
        let named: Vec<&String> = setup.iter().chain(&records).collect();
        for table in &made {
            let message = match named.iter().filter(|name| **name == table).count() {
                0 => format!("name `{table}` in [data], as `setup` or `records`"),
                1 => continue,
                _ => format!("`{table}` is named twice in [data]"),
            };
            findings.push(Finding::new(&path, 1, message));
        }
        let unknown = named.into_iter().filter(|name| !made.contains(*name));
        let columns = reset.iter().filter(|name| {
            name.split_once('.').is_none_or(|(table, _)| !setup.iter().any(|it| it == table))
        });
        let local = local.iter().filter(|name| !records.contains(name));
        for name in unknown.chain(columns).chain(local) {
            findings.push(Finding::new(
                &path,
                1,
                format!("[data] names `{name}`, which is not there"),
            ));
        }
    }
    assert_none("A copy of the setup knows every table.", findings);
}

#[test]
fn no_component_names_a_table_of_another() {
    let workspace = Workspace::read();
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    for it in workspace.components() {
        owners.extend(tables(it).into_iter().map(|table| (table.name, it.name.clone())));
    }
    let mut findings = Vec::new();
    for it in workspace.components() {
        // Only db/ speaks to the database; elsewhere the same word is a word.
        for source in it.module("db") {
            for literal in source.literals.iter().filter(|literal| !source.is_test(literal.line)) {
                for word in
                    literal.text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                {
                    let foreign = owners.get(word).filter(|owner| **owner != it.name);
                    let owner = foreign.map_or("the kernel", String::as_str);
                    if foreign.is_some() || word.starts_with("kernel_") {
                        let message = format!("`{word}` belongs to {owner}; call its interface");
                        findings.push(Finding::new(&source.path, literal.line, message));
                    }
                }
            }
        }
    }
    assert_none("Invariant 4: a component touches only its own tables.", findings);
}

#[test]
fn entities_stay_in_db() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        for source in it.sources.iter().filter(|source| it.module_of(source) != "db") {
            // `error.rs` is where a database error becomes an error of the component.
            if source.path.ends_with("src/error.rs") {
                continue;
            }
            for (number, line) in source.lines() {
                let entity =
                    ["DeriveEntityModel", "EntityTrait", "ActiveModel", "ActiveModelTrait"]
                        .into_iter()
                        .find(|name| names(line, name));
                let name = entity.or_else(|| names(line, "sea_orm").then_some("sea_orm"));
                if let Some(name) = name {
                    let message =
                        format!("`{name}` outside db/; let a function of db/ answer domain types");
                    findings.push(Finding::new(&source.path, number, message));
                }
            }
        }
    }
    assert_none("Invariant 5: sea-orm entities never leave db/.", findings);
}

/// Tables that the entities of a component name.
fn entities(it: &Crate) -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for source in &it.sources {
        for (number, line) in source.lines() {
            if names(line, "table_name") && line.contains('=') {
                let name = source.literals_of(number).find(|text| is_name(text));
                tables.extend(name.map(str::to_owned));
            }
        }
    }
    tables
}

/// Tables that the entities of a component name and its migrations make.
fn tables(it: &Crate) -> Vec<Table> {
    let mut tables = Vec::new();
    for source in &it.sources {
        for (number, line) in source.lines() {
            let entity = names(line, "table_name") && line.contains('=');
            let migration = line.contains(".table(") || line.contains("Table::rename");
            if !entity && !migration {
                continue;
            }
            let name = source.literals_of(number).find(|text| is_name(text));
            tables.extend(name.map(|name| Table {
                name: name.to_owned(),
                file: source.path.clone(),
                line: number,
            }));
        }
    }
    tables
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '_' || letter.is_ascii_digit())
}

#[test]
fn a_name_of_a_table_is_recognized() {
    assert!(is_name("catalog_product"));
    assert!(!is_name("Catalog product"));
    assert!(!is_name(""));
}
