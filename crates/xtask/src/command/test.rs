//! `cargo xtask test`: all tests with all that they need.

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::library::{self, Profile};
use crate::process::{self, Signals};
use crate::provide::{self, BROWSER, POSTGRES, Tool};
use crate::service::{Cluster, Driver};
use crate::stage::Stages;
use crate::workspace::Workspace;

/// Address of the PostgreSQL database that tests may use.
const POSTGRES_VARIABLE: &str = "HATCHERY_TEST_POSTGRES";
/// Address of the WebDriver server that tests may use.
const WEBDRIVER_VARIABLE: &str = "HATCHERY_TEST_WEBDRIVER";
/// The browser that the WebDriver server shall start.
const CHROMIUM_VARIABLE: &str = "HATCHERY_TEST_CHROMIUM";
/// Where the host that tests start has its components: `linked`, `loaded` or `mixed`.
const HOME_VARIABLE: &str = "HATCHERY_TEST_HOME";
/// The folder with components that the host is given, in homes that have one.
const COMPONENTS_VARIABLE: &str = "HATCHERY_TEST_COMPONENTS";
/// The folder with all components as libraries in `loaded`, and the catalog's next version in `next`.
const LIBRARIES_VARIABLE: &str = "HATCHERY_TEST_LIBRARIES";
/// The host binary that tests start.
const BINARY_VARIABLE: &str = "HATCHERY_TEST_BINARY";
/// Folder of the real data.
const DATA_VARIABLE: &str = "HATCHERY_DATA";
/// Tests with this word in their path, and the test target of this name, need the real data.
const DATA_WORD: &str = "realdata";
/// The test target that runs once for each home of components.
const HOME_TARGET: &str = "e2e";

/// Run all tests: PostgreSQL and a browser are provided, and stopped at the end
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run this stage only: `unit`, `doc`, a test target such as `arch`, or `e2e-loaded` and `e2e-mixed`
    /// (may be repeated)
    #[arg(long, value_name = "STAGE")]
    only: Vec<String>,
    /// Handed to the test programs, for example the name of a test
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// What the tests get: variables, and the servers behind them.
///
/// The servers are stopped when this value is dropped.
#[derive(Default)]
struct Surroundings {
    variables: Vec<(&'static str, String)>,
    missing: Vec<Missing>,
    _cluster: Option<Cluster>,
    _driver: Option<Driver>,
}

/// Something that is not there, so that tests with this word in their path are skipped.
struct Missing {
    word: &'static str,
    reason: String,
}

/// Where the components of a host are. The suite that starts hosts runs in each.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    /// All are part of the binary.
    Linked,
    /// All are libraries.
    Loaded,
    /// All are part of the binary, and every second one is a library as well, which is used then.
    Mixed,
}

impl Home {
    const ALL: [Self; 3] = [Self::Linked, Self::Loaded, Self::Mixed];

    /// The home that a stage is about: `e2e-loaded`.
    fn of(stage: &str) -> Self {
        match stage.strip_prefix(HOME_TARGET) {
            Some("-loaded") => Self::Loaded,
            Some("-mixed") => Self::Mixed,
            _ => Self::Linked,
        }
    }

    fn stage(self) -> String {
        match self {
            Self::Linked => HOME_TARGET.to_owned(),
            _ => format!("{HOME_TARGET}-{}", self.name()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Loaded => "loaded",
            Self::Mixed => "mixed",
        }
    }

    /// The folder of components for hosts of this home. Not beside the binaries, where each would take it.
    fn folder(self, workspace: &Workspace) -> PathBuf {
        folder_of_libraries(workspace).join(self.name())
    }

    fn variables(self, workspace: &Workspace) -> Vec<(&'static str, String)> {
        let binary = match self {
            Self::Loaded => workspace.target().join("debug").join("hatchery-thin"),
            _ => host_binary(workspace),
        };
        let mut variables = vec![
            (HOME_VARIABLE, self.name().to_owned()),
            (BINARY_VARIABLE, binary.display().to_string()),
            (LIBRARIES_VARIABLE, folder_of_libraries(workspace).display().to_string()),
        ];
        if self != Self::Linked {
            let folder = self.folder(workspace).display().to_string();
            variables.push((COMPONENTS_VARIABLE, folder));
        }
        variables
    }
}

/// Runs the command and prints its summary.
pub(crate) fn run(workspace: &Workspace, signals: &Signals, arguments: &Arguments) -> Result<()> {
    stages(workspace, signals, &arguments.only, &arguments.arguments)?.summary()
}

/// Runs the stages of the tests; all of them when `only` is empty.
pub(crate) fn stages(
    workspace: &Workspace,
    signals: &Signals,
    only: &[String],
    arguments: &[String],
) -> Result<Stages> {
    let plan = plan(workspace, only)?;
    let mut stages = Stages::default();

    let mut surroundings = Surroundings::default();
    if !stages.run("provide", || {
        surroundings = Surroundings::provide(workspace, signals)?;
        Ok(true)
    })? {
        return Ok(stages);
    }
    if !stages.run("build", || build(workspace, signals))? {
        return Ok(stages);
    }
    let has_libraries = plan.iter().any(|stage| stage.starts_with(HOME_TARGET));
    if has_libraries && !stages.run("libraries", || libraries(workspace, signals))? {
        return Ok(stages);
    }
    let skips = surroundings.missing.iter().flat_map(|missing| ["--skip", missing.word]);
    let skips: Vec<&str> = skips.collect();
    for stage in &plan {
        if stage == DATA_WORD && surroundings.lacks(DATA_WORD) {
            continue;
        }
        stages.run(stage, || {
            let mut command = cargo_test(workspace, stage);
            command.arg("--no-fail-fast").envs(surroundings.variables.iter().cloned());
            command.envs(Home::of(stage).variables(workspace));
            command.arg("--").args(&skips).args(arguments);
            if Home::of(stage) == Home::Mixed {
                // Pages look the same in the two homes that it is mixed of, and take most of the time.
                command.args(["--skip", BROWSER.word]);
            }
            process::run(signals, &mut command)
        })?;
    }
    for note in surroundings.notes(workspace, signals, &plan)? {
        stages.note(note);
    }
    Ok(stages)
}

/// The path of the host binary that `build` made.
pub(crate) fn host_binary(workspace: &Workspace) -> PathBuf {
    workspace.target().join("debug").join("hatchery")
}

/// The names of the stages in the order in which they run: the fast ones first.
fn plan(workspace: &Workspace, only: &[String]) -> Result<Vec<String>> {
    let targets = workspace.test_targets();
    let mut all = vec!["unit"];
    if targets.contains(&"arch") {
        all.push("arch");
    }
    all.extend(targets.iter().filter(|target| **target != "arch"));
    all.push("doc");
    let mut all: Vec<String> = all.into_iter().map(str::to_owned).collect();
    if let Some(place) = all.iter().position(|stage| stage == HOME_TARGET) {
        all.splice(place..=place, Home::ALL.map(Home::stage));
    }
    let chosen: BTreeSet<&str> = only.iter().map(String::as_str).collect();
    let known = |name: &&&str| !all.iter().any(|stage| stage == **name);
    if let Some(unknown) = chosen.iter().find(known) {
        bail!("there is no stage `{unknown}`; there are: {}", all.join(", "));
    }
    all.retain(|name| chosen.is_empty() || chosen.contains(name.as_str()));
    Ok(all)
}

/// `cargo test` of one stage.
///
/// Always `--workspace`: with `--package`, cargo chooses other features for the dependencies and
/// builds them a second time.
fn cargo_test(workspace: &Workspace, stage: &str) -> Command {
    let mut command = workspace.cargo(["test", "--workspace", "--quiet"]);
    match stage {
        "unit" => command.args(["--lib", "--bins"]),
        "doc" => command.arg("--doc"),
        stage if Home::of(stage) != Home::Linked => command.args(["--test", HOME_TARGET]),
        target => command.args(["--test", target]),
    };
    command
}

/// Builds the host binary and all tests with one choice of features.
pub(crate) fn build(workspace: &Workspace, signals: &Signals) -> Result<bool> {
    let mut command = workspace.cargo(["build", "--workspace", "--bins", "--tests"]);
    process::run(signals, &mut command)
}

/// The folder below which all libraries for tests are.
fn folder_of_libraries(workspace: &Workspace) -> PathBuf {
    workspace.target().join("components")
}

/// Builds the components as libraries and fills the folders of the homes that have one.
fn libraries(workspace: &Workspace, signals: &Signals) -> Result<bool> {
    let libraries = library::build(workspace, signals, Profile::Debug)?;
    library::gather(&libraries, &Home::Loaded.folder(workspace))?;
    library::gather(libraries.iter().step_by(2), &Home::Mixed.folder(workspace))?;
    let next = library::build_next(workspace, signals, Profile::Debug)?;
    library::gather([&next], &folder_of_libraries(workspace).join("next"))?;
    Ok(true)
}

impl Surroundings {
    fn provide(workspace: &Workspace, signals: &Signals) -> Result<Self> {
        let mut surroundings = Self::default();
        surroundings.provide_postgres(signals)?;
        surroundings.provide_browser(workspace, signals)?;
        surroundings.provide_data(workspace)?;
        Ok(surroundings)
    }

    fn provide_postgres(&mut self, signals: &Signals) -> Result<()> {
        if is_set(POSTGRES_VARIABLE) {
            println!("PostgreSQL: the one of {POSTGRES_VARIABLE}");
            return Ok(());
        }
        let Some(programs) = POSTGRES.provide(signals, provide::find_postgres)? else {
            self.miss(&POSTGRES);
            return Ok(());
        };
        let cluster = Cluster::start(signals, &programs)?;
        println!("PostgreSQL: {} on a free port of 127.0.0.1", programs.postgres.display());
        self.set(POSTGRES_VARIABLE, cluster.url());
        self._cluster = Some(cluster);
        Ok(())
    }

    fn provide_browser(&mut self, workspace: &Workspace, signals: &Signals) -> Result<()> {
        if is_set(WEBDRIVER_VARIABLE) {
            println!("browser: the one of {WEBDRIVER_VARIABLE}");
            return Ok(());
        }
        let Some(programs) = BROWSER.provide(signals, provide::find_browser)? else {
            self.miss(&BROWSER);
            return Ok(());
        };
        let driver = Driver::start(signals, &programs, &workspace.scratch()?)?;
        println!("browser: {} at {}", programs.chromium.display(), driver.url());
        self.set(WEBDRIVER_VARIABLE, driver.url());
        self.set(CHROMIUM_VARIABLE, programs.chromium.display().to_string());
        self._driver = Some(driver);
        Ok(())
    }

    fn provide_data(&mut self, workspace: &Workspace) -> Result<()> {
        if is_set(DATA_VARIABLE) {
            println!("real data: the folder of {DATA_VARIABLE}");
            return Ok(());
        }
        let folder = workspace.root().join("../shared/data");
        if folder.is_dir() {
            let folder = folder
                .canonicalize()
                .with_context(|| format!("cannot open {}", folder.display()))?;
            println!("real data: {}", folder.display());
            self.set(DATA_VARIABLE, folder.display().to_string());
        } else {
            let reason = format!("no real data; set {DATA_VARIABLE} to its folder");
            self.missing.push(Missing { word: DATA_WORD, reason });
        }
        Ok(())
    }

    fn set(&mut self, variable: &'static str, value: String) {
        self.variables.push((variable, value));
    }

    fn miss(&mut self, tool: &Tool) {
        let reason = format!("no {}; install it: {}", tool.name, tool.install_line());
        println!("{reason}");
        self.missing.push(Missing { word: tool.word, reason });
    }

    fn lacks(&self, word: &str) -> bool {
        self.missing.iter().any(|missing| missing.word == word)
    }

    /// One sentence for each thing that is missing, with the number of tests skipped for it.
    fn notes(
        &self,
        workspace: &Workspace,
        signals: &Signals,
        plan: &[String],
    ) -> Result<Vec<String>> {
        if self.missing.is_empty() {
            return Ok(Vec::new());
        }
        let mut counts = vec![0; self.missing.len()];
        for stage in plan {
            let listing = process::capture(
                signals,
                cargo_test(workspace, stage).args(["--", "--list", "--format", "terse"]),
            )?;
            for test in listing.lines().filter_map(|line| line.strip_suffix(": test")) {
                let needs =
                    |missing: &Missing| test.contains(missing.word) || stage == missing.word;
                if let Some(index) = self.missing.iter().position(needs) {
                    counts[index] += 1;
                }
            }
        }
        let sentence = |(missing, count): (&Missing, usize)| {
            format!("skipped {count} {} tests: {}", missing.word, missing.reason)
        };
        Ok(self.missing.iter().zip(counts).map(sentence).collect())
    }
}

fn is_set(variable: &str) -> bool {
    env::var(variable).is_ok_and(|value| !value.is_empty())
}
