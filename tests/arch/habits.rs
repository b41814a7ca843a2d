//! Habits of STYLE.md that a program can see.

use std::path::{Path, PathBuf};

use crate::findings::{Finding, assert_none};
use crate::source::{Source, identifiers};
use crate::workspace::{Crate, DEPENDENCY_SECTIONS, Workspace};

/// Where `anyhow` may be used: where nobody matches on errors.
const PROGRAMS: [&str; 3] = ["host", "crates/xtask", "tests"];
/// Ends of names that say nothing about what a type is.
const EMPTY_NAMES: [&str; 5] = ["Manager", "Helper", "Util", "Utils", "Impl"];
/// What a component must not do by itself, because a loaded one has no runtime of its own.
const RUNTIME: [&str; 7] = [
    "tokio::spawn",
    "task::spawn",
    "spawn_blocking",
    "time::sleep",
    "thread::spawn",
    "thread::sleep",
    "static mut",
];

#[test]
fn components_use_the_runtime_of_their_host() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        for source in &it.sources {
            for (number, line) in source.lines() {
                for call in RUNTIME.into_iter().filter(|call| line.contains(call)) {
                    let message = format!("`{call}`: use ctx.spawn, ctx.sleep or a job");
                    findings.push(Finding::new(&source.path, number, message));
                }
            }
        }
    }
    assert_none("A component has no runtime and no state of its own.", findings);
}

#[test]
fn anyhow_stays_in_programs_and_tests() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    let is_program = |it: &Crate| PROGRAMS.iter().any(|folder| it.folder == Path::new(folder));
    for it in workspace.crates.iter().filter(|it| !is_program(it)) {
        for section in DEPENDENCY_SECTIONS {
            for (_, line) in it.dependencies(section).iter().filter(|(name, _)| name == "anyhow") {
                let message = "write an error enum; a caller cannot match on anyhow";
                findings.push(Finding::new(&it.manifest.path, *line, message));
            }
        }
    }
    assert_none("`anyhow` only in the host, xtask and tests.", findings);
}

#[test]
fn no_test_is_switched_off() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for source in all_sources(workspace) {
        for (number, line) in source.all_lines().filter(|(_, line)| line.contains("#[ignore")) {
            // What measures proves nothing, so it does not run with the tests.
            if source.literals_of(number).any(|reason| reason == "a measurement") {
                continue;
            }
            let message = format!("`{}`: repair the test or remove it", line.trim());
            findings.push(Finding::new(&source.path, number, message));
        }
    }
    assert_none("A test runs or is not there.", findings);
}

#[test]
fn tests_do_not_sleep() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for source in all_sources(workspace) {
        // The harness asks again and again until an answer is there, with a limit.
        if source.path.starts_with("tests/e2e/support") {
            continue;
        }
        let is_test_crate = source.path.starts_with("tests");
        for (number, line) in source.all_lines() {
            let sleeps = is_long_sleep(line);
            if sleeps && (is_test_crate || source.is_test(number)) {
                let message = "ask until the answer is there, with a limit, or move the clock";
                findings.push(Finding::new(&source.path, number, message));
            }
        }
    }
    assert_none("A test that sleeps is slow on a fast machine and fails on a slow one.", findings);
}

/// Whether a line sleeps for a fixed time that is more than the pause of somebody who asks again and
/// again, or the slowness of a participant.
fn is_long_sleep(line: &str) -> bool {
    let Some((_, rest)) = line.split_once("sleep(") else { return false };
    let number = |unit: &str| -> Option<u64> {
        let (_, rest) = rest.split_once(unit)?;
        Some(rest.split(')').next()?.replace('_', "").parse().unwrap_or(0))
    };
    number("from_secs(").is_some_and(|seconds| seconds > 0)
        || number("from_millis(").is_some_and(|millis| millis >= 200)
}

#[test]
fn only_long_sleeps_are_found() {
    let check = |line: &str, expect: bool| assert_eq!(is_long_sleep(line), expect, "{line}");
    check("tokio::time::sleep(Duration::from_secs(1)).await;", true);
    check("std::thread::sleep(std::time::Duration::from_millis(1_500));", true);
    check("sleep(Duration::from_millis(20)).await;", false);
    check("sleep(wait).await;", false);
}

#[test]
fn exceptions_give_their_reason() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for source in all_sources(workspace) {
        for start in ["#[allow(", "#[expect(", "#![allow(", "#![expect("] {
            for (position, _) in source.code.match_indices(start) {
                let attribute = source.code[position..].split(")]").next().unwrap_or_default();
                let is_named = identifiers(attribute).any(|word| word == "reason");
                // `unsafe` is the business of these two.
                let is_home =
                    ["crates/abi", "crates/loader"].iter().any(|it| source.path.starts_with(it))
                        && attribute.contains("unsafe_code");
                if !is_named && !is_home {
                    let line = crate::source::line_of(&source.code, position);
                    let message = "add `reason = \"..\"`";
                    findings.push(Finding::new(&source.path, line, message));
                }
            }
        }
    }
    assert_none("Who switches a lint off says why.", findings);
}

#[test]
fn types_are_called_what_they_are() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for source in all_sources(workspace) {
        for (number, line) in source.all_lines() {
            let mut words =
                identifiers(line).skip_while(|word| !["struct", "enum", "trait"].contains(word));
            let Some(name) = words.nth(1) else { continue };
            if EMPTY_NAMES.iter().any(|end| name.ends_with(end)) {
                let message = format!("`{name}` says nothing; name what it is");
                findings.push(Finding::new(&source.path, number, message));
            }
        }
    }
    assert_none("No Manager, Helper, Util or Impl.", findings);
}

/// All sources of the workspace, those of the test suites too; generated fixtures have none.
fn all_sources(workspace: &Workspace) -> Vec<Source> {
    let mut paths: Vec<PathBuf> = workspace.files(Path::new("tests"), "rs");
    for it in workspace.crates.iter().filter(|it| it.folder != Path::new("tests")) {
        for folder in ["src", "tests", "benches", "examples"] {
            paths.extend(workspace.files(&it.folder.join(folder), "rs"));
        }
    }
    paths.iter().map(|path| Source::read(&workspace.root, path)).collect()
}
