//! Finds the programs that tests need, and installs them where that is possible.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process::{self, Signals};

/// A tool that some tests need and others do without.
pub(crate) struct Tool {
    /// How it is called in messages.
    pub(crate) name: &'static str,
    /// Its Debian packages.
    pub(crate) packages: &'static [&'static str],
    /// Tests with this word in their path need it.
    pub(crate) word: &'static str,
}

/// PostgreSQL; tests that need it have `postgres` in their path.
pub(crate) const POSTGRES: Tool =
    Tool { name: "PostgreSQL", packages: &["postgresql"], word: "postgres" };

/// Chromium and its driver; tests that need them have `browser` in their path.
pub(crate) const BROWSER: Tool =
    Tool { name: "Chromium", packages: &["chromium", "chromium-driver"], word: "browser" };

/// Where PostgreSQL's server programs are.
pub(crate) struct PostgresPrograms {
    pub(crate) initdb: PathBuf,
    pub(crate) postgres: PathBuf,
}

/// Where the browser is.
pub(crate) struct BrowserPrograms {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

impl Tool {
    /// The line that installs the tool by hand.
    pub(crate) fn install_line(&self) -> String {
        format!("apt-get update && apt-get install -y {}", self.packages.join(" "))
    }

    /// Gives what `find` finds, after an installation when there is nothing and this program is
    /// root on Debian. `None` when the tool is missing and may be missing; in CI that is an error.
    pub(crate) fn provide<T>(
        &self,
        signals: &Signals,
        find: impl Fn() -> Option<T>,
    ) -> Result<Option<T>> {
        if let Some(found) = find() {
            return Ok(Some(found));
        }
        if is_root() && is_debian() {
            if let Err(error) = self.install(signals) {
                signals.check()?;
                eprintln!("xtask: {error:#}");
            }
            if let Some(found) = find() {
                return Ok(Some(found));
            }
        }
        if is_ci() {
            bail!(
                "{} is missing and CI skips nothing; install it: {}",
                self.name,
                self.install_line()
            );
        }
        Ok(None)
    }

    fn install(&self, signals: &Signals) -> Result<()> {
        println!("{} is missing, installing it", self.name);
        let apt = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        process::require(signals, &mut apt(&["update", "-q"]))?;
        let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
        arguments.extend(self.packages);
        process::require(signals, &mut apt(&arguments))
    }
}

/// Looks for `initdb` and `postgres` of the newest version.
pub(crate) fn find_postgres() -> Option<PostgresPrograms> {
    let mut folders = debian_postgres_folders();
    folders.extend(path_folders());
    folders.into_iter().find_map(|folder| {
        let initdb = program(&folder, "initdb")?;
        let postgres = program(&folder, "postgres")?;
        Some(PostgresPrograms { initdb, postgres })
    })
}

/// Looks for a browser and its driver.
pub(crate) fn find_browser() -> Option<BrowserPrograms> {
    let chromium = on_path(&["chromium", "chromium-browser", "google-chrome"])?;
    let chromedriver = on_path(&["chromedriver"])?;
    Some(BrowserPrograms { chromium, chromedriver })
}

/// Whether this is a run in which nothing may be skipped.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

/// Whether this program runs as root.
pub(crate) fn is_root() -> bool {
    id(&["-u"]).is_ok_and(|id| id == 0)
}

/// What `id` says, for example of `-u postgres`.
pub(crate) fn id(arguments: &[&str]) -> Result<u32> {
    let output = Command::new("id")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("cannot run `id`")?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().with_context(|| format!("`id {}` gave no number", arguments.join(" ")))
}

fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && on_path(&["apt-get"]).is_some()
}

/// `/usr/lib/postgresql/<version>/bin`, newest version first.
fn debian_postgres_folders() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/usr/lib/postgresql") else {
        return Vec::new();
    };
    let mut versions: Vec<u32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable_by(|left, right| right.cmp(left));
    versions
        .into_iter()
        .map(|version| Path::new("/usr/lib/postgresql").join(version.to_string()).join("bin"))
        .collect()
}

fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let folders = path_folders();
    names.iter().find_map(|name| folders.iter().find_map(|folder| program(folder, name)))
}

fn program(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(name);
    path.is_file().then_some(path)
}
