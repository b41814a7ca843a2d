//! Manifests: one place for versions and lints, nothing listed that is not used.

use std::path::Path;

use crate::findings::{Finding, assert_none};
use crate::source::names;
use crate::workspace::{Crate, DEPENDENCY_SECTIONS, Workspace};

/// Dependencies that no code names, with the reason why they are listed.
const UNNAMED: [(&str, &str, &str); 0] = [];

/// Whether the sources of a crate name a dependency outside comments.
pub(crate) fn is_named(it: &Crate, identifier: &str) -> bool {
    it.sources.iter().any(|source| {
        source.all_lines().any(|(_, line)| names(line, identifier))
            // `#[serde(with = "chrono::..")]` and their like name it in a literal.
            || source.literals.iter().any(|it| it.text.contains(&format!("{identifier}::")))
    })
}

#[test]
fn versions_and_lints_come_from_the_workspace() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in &workspace.crates {
        for section in DEPENDENCY_SECTIONS {
            let Some(table) = it.manifest.table.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, value) in table {
                let inherited = value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                let is_ours = value.get("path").is_some() && value.get("version").is_none();
                if !inherited && !is_ours {
                    let line = it.manifest.line_of(section, name);
                    let message = format!(
                        "write `{name}.workspace = true`; its version belongs into the root"
                    );
                    findings.push(Finding::new(&it.manifest.path, line, message));
                }
            }
        }
        let lints = it.manifest.table.get("lints").and_then(|lints| lints.get("workspace"));
        if lints.and_then(toml::Value::as_bool) != Some(true) {
            findings.push(Finding::new(&it.manifest.path, 1, "add `[lints] workspace = true`"));
        }
    }
    assert_none("Versions and lints stand in the root manifest only.", findings);
}

#[test]
fn every_dependency_is_named_in_code() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.crates.iter().filter(|it| it.folder != Path::new("tests")) {
        for (name, line) in it.dependencies("dependencies") {
            let excused = UNNAMED.iter().any(|(of, on, _)| it.name == *of && name == *on);
            if !excused && !is_named(it, &name.replace('-', "_")) {
                let message = format!("remove {name}: no code names it, so the compiler drops it");
                findings.push(Finding::new(&it.manifest.path, line, message));
            }
        }
    }
    assert_none("A dependency that no code names is not used.", findings);
}

#[test]
fn package_facts_are_inherited() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in &workspace.crates {
        for key in ["version", "edition", "rust-version", "license", "repository", "publish"] {
            let inherited = it.manifest.table["package"]
                .get(key)
                .and_then(|value| value.get("workspace"))
                .and_then(toml::Value::as_bool);
            if inherited != Some(true) {
                let line = it.manifest.line_of("package", key);
                let message = format!("write `{key}.workspace = true`");
                findings.push(Finding::new(&it.manifest.path, line, message));
            }
        }
    }
    assert_none("Package facts are inherited from the root manifest.", findings);
}
