//! `hatchery component check`: whether a host can use a component file, and whether it keeps what it
//! promises. Nothing is touched but a folder that is removed again, and a schema when a PostgreSQL database
//! is given.
//!
//! Each check is one line. What is checked without a store stands in [`declared`], what is tried in stores
//! made for it in [`trial`], and what every provider of an interface must do in [`contracts`].

mod contracts;
mod declared;
mod trial;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use hatchery_component::{Component, Manifest};
use tempfile::TempDir;

use crate::cli::{CheckArguments, Cli};
use crate::homes;

/// A component with what it says of itself.
pub(super) type Part = (Manifest, Arc<dyn Component>);

/// Checks a file and tells line by line what came of it.
pub(crate) async fn run(cli: &Cli, arguments: &CheckArguments) -> Result<ExitCode> {
    let folder = TempDir::new().context("there is no room for a temporary folder")?;
    let mut report = Report::default();
    if let Some(part) = open(arguments, &folder, &mut report) {
        declared::check(&part, &mut report);
        // What cannot even be declared is not started either.
        if report.failed == 0 {
            let others = others(cli, &part.0, &folder)?;
            for database in trial::databases(arguments.postgres.as_deref(), &folder) {
                trial::check(&part, &others, &database, &mut report).await;
            }
        }
    }
    Ok(report.end())
}

/// The component of the file, if a host can open it.
fn open(arguments: &CheckArguments, folder: &TempDir, report: &mut Report) -> Option<Part> {
    let inspected = match hatchery_loader::inspect(&arguments.file) {
        Ok(inspected) => inspected,
        Err(error) => {
            report.failed("it is a component for this host", &error.to_string());
            return None;
        }
    };
    let Manifest { id, version, .. } = &inspected.manifest;
    report.passed(&format!("it is a component for this host: {id} {version}, panics unwind"));
    match hatchery_loader::open(inspected, &folder.path().join("open")) {
        Ok(library) => {
            report.passed("it opens");
            Some((library.manifest, library.component))
        }
        Err(error) => {
            report.failed("it opens", &error.to_string());
            None
        }
    }
}

/// The components of this host besides the one that is checked, by id: linked, or of its folder.
fn others(cli: &Cli, checked: &Manifest, folder: &TempDir) -> Result<BTreeMap<String, Part>> {
    let linked = hatchery_component::registrations()?;
    let mut parts: BTreeMap<String, Part> =
        linked.into_iter().map(|part| (part.0.id.clone(), part)).collect();
    for file in homes::folder(cli.components.as_deref())?
        .iter()
        .flat_map(|folder| hatchery_loader::find(folder).files)
    {
        if file.manifest.id != checked.id {
            let library = hatchery_loader::open(file, &folder.path().join("open"))?;
            parts.insert(library.manifest.id.clone(), (library.manifest, library.component));
        }
    }
    parts.remove(&checked.id);
    Ok(parts)
}

/// What came of the checks so far.
#[derive(Default)]
pub(super) struct Report {
    passed: usize,
    failed: usize,
}

impl Report {
    fn passed(&mut self, what: &str) {
        self.passed += 1;
        println!("ok      {what}");
    }

    fn failed(&mut self, what: &str, why: &str) {
        self.failed += 1;
        println!("FAILED  {what}: {}", why.trim().replace('\n', "\n        "));
    }

    /// A check with all that speaks against it.
    fn check(&mut self, what: &str, problems: Vec<String>) {
        match problems.is_empty() {
            true => self.passed(what),
            false => self.failed(what, &problems.join("; ")),
        }
    }

    /// Something that could not be tried.
    fn skipped(&self, what: &str, why: &str) {
        println!("skipped {what}: {why}");
    }

    fn end(&self) -> ExitCode {
        let Self { passed, failed } = self;
        match failed {
            0 => {
                println!("\nAll {passed} checks passed.");
                ExitCode::SUCCESS
            }
            _ => {
                println!("\n{failed} of {} checks failed.", passed + failed);
                ExitCode::FAILURE
            }
        }
    }
}
