//! The repeated shape of a component: five questions, five places.

use std::path::Path;

use crate::circles::uses;
use crate::findings::{Finding, assert_none};
use crate::workspace::{Manifest, Workspace};

/// What may stand in `src` of a component, files without their ending. See STYLE.md.
const PLACES: [&str; 12] = [
    "lib",
    "settings",
    "error",
    "domain",
    "db",
    "ops",
    "service",
    "http",
    "resources",
    "slots",
    "events",
    "jobs",
];

/// Who must not know whom inside a component; the domain has a test of its own.
const LAYERS: [(&str, &[&str]); 3] = [
    ("error", &["db", "ops", "service", "http", "events", "jobs"]),
    ("db", &["ops", "service", "http", "events", "jobs", "resources", "slots"]),
    ("ops", &["service", "http", "events", "resources", "slots"]),
];

#[test]
fn every_component_has_its_papers() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        for file in ["README.md", "component.toml", "src/lib.rs"] {
            if !workspace.has(&it.folder.join(file)) {
                findings.push(Finding::new(&it.manifest.path, 1, format!("add {file}")));
            }
        }
        let prefix = format!("hatchery-{}", it.folder_name());
        if it.name != prefix {
            findings.push(Finding::new(&it.manifest.path, 2, format!("call the package {prefix}")));
        }
        if it.component_id(&workspace.root) != it.folder_name() {
            let path = it.folder.join("component.toml");
            findings.push(Finding::new(&path, 1, format!("its id is `{}`", it.folder_name())));
        }
    }
    assert_none(
        "Folder, package and id of a component have one name; it has README and id card.",
        findings,
    );
}

#[test]
fn every_component_has_the_same_places() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        let folder = it.folder.join("src");
        for name in workspace.names_in(&folder) {
            let place = name.strip_suffix(".rs").unwrap_or(&name);
            if !PLACES.contains(&place) {
                let message =
                    format!("no component has `{place}`; it is part of {}", PLACES.join(", "));
                findings.push(Finding::new(&folder.join(&name), 1, message));
            }
            let is_folder = workspace.root.join(folder.join(&name)).is_dir();
            if is_folder && workspace.files(&folder.join(&name), "rs").is_empty() {
                findings.push(Finding::new(&folder.join(&name), 1, "remove the empty folder"));
            }
        }
    }
    assert_none("Same question, same file in every component.", findings);
}

#[test]
fn layers_look_down_only() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        for (layer, above) in LAYERS {
            for source in it.module(layer) {
                for (line, module) in uses(it, source) {
                    if above.contains(&module.as_str()) {
                        let message = format!("{layer} must not know {module}; go through ops/");
                        findings.push(Finding::new(&source.path, line, message));
                    }
                }
            }
        }
    }
    assert_none("In a component domain < db < ops < service, http, events, jobs.", findings);
}

/// Starts of file names in ops/ that hold all reads of a noun.
const READS: [&str; 4] = ["find_", "get_", "list_", "read_"];
/// A use case, and the steps of it that another use case shares.
const FUNCTIONS_OF_A_USE_CASE: usize = 3;

#[test]
fn one_use_case_per_file() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        let folder = it.folder.join("src/ops");
        for source in it.module("ops").filter(|source| source.path.starts_with(&folder)) {
            let name = source.path.file_stem().unwrap_or_default().to_string_lossy();
            // A file of one word holds the steps that several use cases share.
            if !name.contains('_') || READS.iter().any(|start| name.starts_with(start)) {
                continue;
            }
            let public: Vec<usize> = source
                .lines()
                .filter(|(_, line)| line.starts_with("pub") && line.contains("fn "))
                .map(|(number, _)| number)
                .collect();
            if let Some(line) = public.get(FUNCTIONS_OF_A_USE_CASE) {
                let message =
                    format!("{} public functions; one use case is one file", public.len());
                findings.push(Finding::new(&source.path, *line, message));
            }
        }
    }
    assert_none("A file of ops/ holds one use case.", findings);
}

#[test]
fn the_readme_names_what_the_id_card_says() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        let (card, readme) = (it.folder.join("component.toml"), it.folder.join("README.md"));
        if !workspace.has(&card) || !workspace.has(&readme) {
            continue;
        }
        let card = Manifest::read(&workspace.root, card);
        let text = workspace.text(&readme);
        for key in ["provides", "requires", "optional", "permissions", "secrets"] {
            for name in listed(card.table.get(key)) {
                let name = name.split('@').next().unwrap_or_default();
                if !text.contains(name) {
                    let message = format!("say what `{name}` ({key}) is for");
                    findings.push(Finding::new(&readme, 1, message));
                }
            }
        }
    }
    assert_none("A component's README names all that its component.toml names.", findings);
}

#[test]
fn every_component_is_tested_with_the_others() {
    let workspace = Workspace::read();
    let suites: Vec<String> = workspace
        .files(Path::new("tests/integration"), "rs")
        .iter()
        .map(|path| format!("{}\n{}", path.display(), workspace.text(path)))
        .collect();
    let findings = workspace
        .components()
        .filter(|it| {
            let file = format!("/{}.rs\n", it.folder_name().replace('-', "_"));
            let name = format!("\"{}\"", it.folder_name());
            !suites.iter().any(|suite| suite.contains(&file) || suite.contains(&name))
        })
        .map(|it| Finding::new(&it.manifest.path, 1, "add its suite to tests/integration"))
        .collect();
    assert_none("Every component has its contract and HTTP suite.", findings);
}

/// The names in a value of an id card: the strings of a list, or the keys of a table.
fn listed(value: Option<&toml::Value>) -> Vec<String> {
    match value {
        Some(toml::Value::Array(items)) => {
            items.iter().filter_map(|item| Some(item.as_str()?.to_owned())).collect()
        }
        Some(toml::Value::Table(table)) => table.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
