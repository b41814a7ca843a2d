//! `cargo xtask dist`: what is handed to somebody who runs Hatchery without building it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;

use crate::process::{self, Signals};
use crate::workspace::Workspace;

/// Build the host in release mode and put it into dist/ with config, README and licenses
///
/// All components of the workspace are linked into the binary. Components as shared libraries are
/// not built.
#[derive(Args)]
pub(crate) struct Arguments {}

/// Replaces `dist/`.
pub(crate) fn run(workspace: &Workspace, signals: &Signals, _arguments: &Arguments) -> Result<()> {
    let mut build = workspace.cargo(["build", "--release", "--package", "hatchery-host"]);
    process::require(signals, &mut build)?;
    let root = workspace.root();
    let dist = root.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist).context("cannot empty dist/")?;
    }
    fs::create_dir(&dist).context("cannot create dist/")?;
    copy(&workspace.target().join("release/hatchery"), &dist.join("hatchery"))?;
    copy(&root.join("config"), &dist.join("config"))?;
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name();
        let text = name.to_string_lossy();
        if text == "README.md" || text.starts_with("LICENSE") {
            copy(&root.join(&name), &dist.join(&name))?;
        }
    }
    println!("{}", dist.display());
    Ok(())
}

/// Copies a file, or a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("cannot copy {} to {}", from.display(), to.display());
    if from.is_dir() {
        fs::create_dir(to).with_context(failed)?;
        for entry in fs::read_dir(from).with_context(failed)? {
            let name = entry?.file_name();
            copy(&from.join(&name), &to.join(&name))?;
        }
    } else {
        fs::copy(from, to).with_context(failed)?;
    }
    Ok(())
}
