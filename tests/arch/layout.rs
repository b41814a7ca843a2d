//! Who stands where and who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::findings::{Finding, assert_none};
use crate::workspace::{Crate, DEPENDENCY_SECTIONS, Workspace};

/// Everything that may stand in the root, hidden files apart.
const TOP_LEVEL: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "config",
    "crates",
    "docs",
    "host",
    "plugins",
];
/// What may stand there too: the tests, and what git ignores.
const TOP_LEVEL_EXTRA: [&str; 4] = ["data", "dist", "target", "tests"];

/// The crates of the platform and what each may depend on. Components depend on the sdk alone, tests
/// on everything.
const EDGES: [(&str, &[&str]); 12] = [
    ("crates/types", &[]),
    ("crates/abi", &[]),
    ("crates/macros", &[]),
    ("crates/scaffold", &[]),
    ("crates/component", &["crates/types", "crates/abi", "crates/macros"]),
    ("crates/interfaces", &["crates/types", "crates/component", "crates/macros"]),
    ("crates/kernel", &["crates/component", "crates/types", "crates/abi"]),
    ("crates/loader", &["crates/kernel", "crates/abi", "crates/component", "crates/types"]),
    ("crates/sdk", &["crates/component", "crates/interfaces", "crates/types", "crates/macros"]),
    (
        "crates/testkit",
        &["crates/sdk", "crates/kernel", "crates/component", "crates/interfaces", "crates/types"],
    ),
    ("crates/xtask", &["crates/scaffold"]),
    (
        "host",
        &[
            "crates/kernel",
            "crates/loader",
            "crates/component",
            "crates/interfaces",
            "crates/scaffold",
            "crates/types",
        ],
    ),
];

/// What a component must not bring with it, by the start of the package's name.
const FORBIDDEN_IN_COMPONENTS: [&str; 10] = [
    "hatchery-kernel",
    "hatchery-loader",
    "hatchery-host",
    "hatchery-testkit",
    "sqlx",
    "libsqlite3-sys",
    "rusqlite",
    "tokio-postgres",
    "postgres",
    "mysql",
];

/// Crates that the design asks for by name.
const MANDATED: [&str; 9] = [
    "async-trait",
    "axum",
    "config",
    "inventory",
    "libloading",
    "sea-orm",
    "serde",
    "thiserror",
    "tokio",
];

#[test]
fn the_root_holds_only_the_mandated_names() {
    let workspace = Workspace::read();
    let findings = workspace
        .names_in(Path::new(""))
        .into_iter()
        .filter(|name| !name.starts_with('.'))
        .filter(|name| {
            !TOP_LEVEL.contains(&name.as_str()) && !TOP_LEVEL_EXTRA.contains(&name.as_str())
        })
        .map(|name| Finding::new(Path::new(&name), 1, "move it into a folder of the layout"))
        .collect();
    assert_none("The root holds only what DESIGN section 2 names.", findings);

    let missing: Vec<&str> =
        TOP_LEVEL.into_iter().filter(|name| !workspace.has(Path::new(name))).collect();
    assert!(missing.is_empty(), "missing in the root: {}", missing.join(", "));
}

#[test]
fn every_crate_depends_only_on_what_the_layout_allows() {
    let workspace = Workspace::read();
    let folders = folders_by_name(workspace);
    let mut findings = Vec::new();
    for it in &workspace.crates {
        for section in DEPENDENCY_SECTIONS {
            for (name, line) in it.dependencies(section) {
                let Some(folder) = folders.get(name.as_str()) else { continue };
                if !may_depend(it, folder, section) {
                    let message = format!("{section}: {} must not depend on {name}", it.name);
                    findings.push(Finding::new(&it.manifest.path, line, message));
                }
            }
        }
    }
    assert_none(
        "Dependencies follow the table of DESIGN section 2 (EDGES in this file).",
        findings,
    );
}

#[test]
fn every_crate_is_a_member_of_the_workspace() {
    let workspace = Workspace::read();
    let metadata: serde_json::Value = serde_json::from_str(&cargo(
        workspace,
        &["metadata", "--no-deps", "--format-version", "1"],
    ))
    .expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let members: BTreeSet<&str> = packages.iter().filter_map(|it| it["name"].as_str()).collect();
    let findings = workspace
        .crates
        .iter()
        .filter(|it| !members.contains(it.name.as_str()))
        .map(|it| Finding::new(&it.manifest.path, 1, "add the folder to `members` in Cargo.toml"))
        .collect();
    assert_none("Cargo builds and tests only the members of the workspace.", findings);
}

#[test]
fn every_crate_of_the_platform_has_its_row_in_the_table() {
    let workspace = Workspace::read();
    let known = |it: &Crate| {
        it.is_component()
            || it.folder == Path::new("tests")
            || EDGES.iter().any(|(folder, _)| it.folder == Path::new(folder))
    };
    let findings = workspace
        .crates
        .iter()
        .filter(|it| !known(it))
        .map(|it| Finding::new(&it.manifest.path, 1, "add the crate to EDGES with what it may use"))
        .collect();
    assert_none("Every crate has a place in the layout.", findings);
}

#[test]
fn the_crates_form_no_circle() {
    let workspace = Workspace::read();
    let folders = folders_by_name(workspace);
    // A circle through `dev-dependencies` is legal for cargo. The testkit is the one crate that may
    // close it: the crates below it are tested with it.
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for it in &workspace.crates {
        let targets = edges.entry(it.name.clone()).or_default();
        for section in DEPENDENCY_SECTIONS {
            for (name, _) in it.dependencies(section) {
                let closes = section == "dev-dependencies" && name == "hatchery-testkit";
                if folders.contains_key(name.as_str()) && !closes {
                    targets.insert(name);
                }
            }
        }
    }
    let circle = crate::circles::find(&edges);
    assert!(circle.is_none(), "crates in a circle: {}", circle.unwrap_or_default().join(" -> "));
}

#[test]
fn every_component_can_be_built_as_a_shared_library() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        let loaded = it.manifest.table.get("features").and_then(|features| features.get("loaded"));
        let loaded = loaded.and_then(toml::Value::as_array);
        let wanted = toml::Value::from("hatchery-sdk/loaded");
        if !loaded.is_some_and(|features| features.contains(&wanted)) {
            let message = "add `[features] loaded = [\"hatchery-sdk/loaded\"]`";
            findings.push(Finding::new(&it.manifest.path, 1, message));
        }
        let kind = it.manifest.table.get("lib").and_then(|lib| lib.get("crate-type"));
        if kind.is_some() {
            let message = "remove crate-type; `cargo xtask dist` asks for the shared library";
            findings.push(Finding::new(&it.manifest.path, 1, message));
        }
    }
    assert_none("A component is a plain library with the feature `loaded`.", findings);
}

#[test]
fn components_bring_neither_the_kernel_nor_an_sql_driver() {
    let workspace = Workspace::read();
    let names: Vec<String> = workspace.components().map(|it| it.name.clone()).collect();
    // One call for all components: what none of them brings is not in their union either.
    if forbidden_in_tree(workspace, &names).is_empty() {
        return;
    }
    let mut findings = Vec::new();
    for it in workspace.components() {
        let brought = forbidden_in_tree(workspace, std::slice::from_ref(&it.name));
        if !brought.is_empty() {
            let command = tree_arguments(std::slice::from_ref(&it.name)).join(" ");
            let message = format!("brings {}; see `cargo {command}`", brought.join(", "));
            findings.push(Finding::new(&it.manifest.path, 1, message));
        }
    }
    assert_none("A component brings neither the kernel nor an SQL driver.", findings);
}

#[test]
fn the_host_lists_exactly_the_components_of_the_workspace() {
    let workspace = Workspace::read();
    let path = Path::new("host/src/components.rs");
    let text = workspace.text(path);
    let mut findings = Vec::new();
    let mut listed = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.trim().strip_prefix("use ") else { continue };
        match rest.strip_suffix(" as _;") {
            Some(name) => listed.push((name.to_owned(), index + 1)),
            None => findings.push(Finding::new(path, index + 1, "write `use hatchery_x as _;`")),
        }
    }
    let names: BTreeSet<String> =
        workspace.components().map(|it| it.name.replace('-', "_")).collect();
    for (name, line) in &listed {
        if !names.contains(name) {
            findings.push(Finding::new(path, *line, format!("{name} is no crate below plugins/")));
        }
    }
    for name in names.iter().filter(|name| !listed.iter().any(|(it, _)| it == *name)) {
        findings.push(Finding::new(path, 1, format!("add `use {name} as _;`")));
    }
    for pair in listed.windows(2).filter(|pair| pair[0].0 >= pair[1].0) {
        findings.push(Finding::new(path, pair[1].1, "keep the list sorted, each name once"));
    }
    assert_none("A component that the host does not name registers nothing.", findings);
}

#[test]
fn cargo_run_starts_the_host_that_has_components() {
    let text = Workspace::read().text("host/Cargo.toml".as_ref());
    // The README's first command would not know which of the programs is meant.
    assert!(text.lines().any(|line| line == "default-run = \"hatchery\""));
}

#[test]
fn the_mandated_crates_are_used() {
    let workspace = Workspace::read();
    let product = || workspace.crates.iter().filter(|it| it.folder != Path::new("tests"));
    let missing: Vec<&str> = MANDATED
        .into_iter()
        .filter(|mandated| {
            let identifier = mandated.replace('-', "_");
            !product().any(|it| {
                it.dependencies("dependencies").iter().any(|(name, _)| name == mandated)
                    && crate::manifests::is_named(it, &identifier)
            })
        })
        .collect();
    assert!(missing.is_empty(), "no crate depends on and names: {}", missing.join(", "));
}

fn folders_by_name(workspace: &Workspace) -> BTreeMap<&str, &Path> {
    workspace.crates.iter().map(|it| (it.name.as_str(), it.folder.as_path())).collect()
}

fn may_depend(it: &Crate, on: &Path, section: &str) -> bool {
    if it.folder == Path::new("tests") {
        return true;
    }
    // Tests of the platform may speak the trade; those of a component stay with the testkit.
    if section == "dev-dependencies" {
        let testkit = on == Path::new("crates/testkit");
        return testkit || (!it.is_component() && on.starts_with("crates"));
    }
    if it.is_component() {
        return on == Path::new("crates/sdk");
    }
    if it.folder == Path::new("host") && on.starts_with("plugins") {
        return true;
    }
    EDGES
        .iter()
        .filter(|(folder, _)| it.folder == Path::new(folder))
        .any(|(_, allowed)| allowed.iter().any(|folder| on == Path::new(folder)))
}

fn forbidden_in_tree(workspace: &Workspace, packages: &[String]) -> Vec<String> {
    let mut arguments = tree_arguments(packages);
    arguments.extend(["--prefix", "none", "--format", "{p}"].map(str::to_owned));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let tree = cargo(workspace, &arguments);
    let mut found: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| FORBIDDEN_IN_COMPONENTS.iter().any(|start| name.starts_with(start)))
        .map(str::to_owned)
        .collect();
    found.sort();
    found.dedup();
    found
}

/// What cargo writes to standard output, without a look at the network.
fn cargo(workspace: &Workspace, arguments: &[&str]) -> String {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(&workspace.root)
        .args(arguments)
        .arg("--offline")
        .stdin(Stdio::null())
        .output()
        .expect("cargo can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`cargo {}` failed:\n{errors}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn tree_arguments(packages: &[String]) -> Vec<String> {
    let mut arguments = vec!["tree".to_owned(), "--edges".to_owned(), "normal".to_owned()];
    for package in packages {
        arguments.extend(["--package".to_owned(), package.clone()]);
    }
    let features: Vec<String> = packages.iter().map(|name| format!("{name}/loaded")).collect();
    arguments.extend(["--features".to_owned(), features.join(",")]);
    arguments
}
