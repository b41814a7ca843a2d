//! Invariant 3: vocabulary, interfaces and domain rules do no I/O and read no clock.

use std::path::Path;

use crate::circles::uses;
use crate::findings::{Finding, assert_none};
use crate::source::{Source, identifiers};
use crate::workspace::Workspace;

/// Crates that reach the outside world, as they are named in code.
const OUTSIDE_CRATES: [&str; 9] =
    ["sea_orm", "tokio", "reqwest", "lettre", "axum", "libloading", "notify", "rand", "fantoccini"];
/// Paths that reach the outside world or a clock.
const OUTSIDE_PATHS: [&str; 15] = [
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
    "fs::File",
    "File::open",
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "now_v7",
    "println!",
    "eprintln!",
    "stdin(",
];
/// Parts of a component that its domain must not know.
const ABOVE_DOMAIN: [&str; 8] =
    ["db", "ops", "service", "http", "events", "jobs", "resources", "slots"];

#[test]
fn types_and_interfaces_do_no_io() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for folder in ["crates/types", "crates/interfaces"] {
        for source in &workspace.get(folder).sources {
            findings.extend(outside(source));
        }
    }
    assert_none("Invariant 3: types and interfaces do no I/O and read no clock.", findings);
}

#[test]
fn domains_do_no_io() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        for source in it.module("domain") {
            findings.extend(outside(source));
            for (number, line) in source.lines() {
                for word in
                    identifiers(line).filter(|word| ["async", "await", "Ctx"].contains(word))
                {
                    let message = format!("`{word}` in a domain; let ops/ fetch and pass values");
                    findings.push(Finding::new(&source.path, number, message));
                }
            }
            for (line, module) in uses(it, source) {
                if ABOVE_DOMAIN.contains(&module.as_str()) {
                    let message =
                        format!("the domain knows `{module}`; turn the dependency around");
                    findings.push(Finding::new(&source.path, line, message));
                }
            }
        }
    }
    assert_none("Invariant 3: a domain is pure; time and ids come in as values.", findings);
}

fn outside(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in source.lines() {
        let crates = identifiers(line).filter(|word| OUTSIDE_CRATES.contains(word));
        let paths = OUTSIDE_PATHS.into_iter().filter(|path| line.contains(path));
        for name in crates.chain(paths) {
            let message = format!("`{name}` reaches outside; do it in ops/ or db/");
            findings.push(Finding::new(&source.path, number, message));
        }
    }
    findings
}

#[test]
fn io_is_found_and_tests_are_free() {
    let source = Source::parse(
        Path::new("a.rs"),
        "use std::fs;\nfn a() { let x = Utc::now(); }\n#[cfg(test)]\nmod tests { use tokio; }\n",
    );
    assert_eq!(outside(&source).len(), 2);
}
