//! Components as shared libraries.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{self, Signals};
use crate::workspace::Workspace;

/// Flags for the component's own crate in tests. Made fast, it would take three times as long to build; line
/// tables of all crates in it would be most of the file.
const TEST_FLAGS: [&str; 7] =
    ["--", "-C", "opt-level=0", "-C", "debuginfo=0", "-C", "strip=debuginfo"];

/// How libraries are built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As tests are.
    Debug,
    /// As they are handed out.
    Release,
}

impl Profile {
    /// The folder below the target folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    /// What `cargo rustc` is given for a component, at the end of its command line.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &TEST_FLAGS,
            Self::Release => &["--release", "--", "-C", "strip=symbols"],
        }
    }
}

/// Builds every component of the workspace as a library, each by a call of its own: two in one call would
/// share a choice of features.
pub(crate) fn build(
    workspace: &Workspace,
    signals: &Signals,
    profile: Profile,
) -> Result<Vec<PathBuf>> {
    let mut libraries = Vec::new();
    for package in workspace.components() {
        let mut command = workspace.cargo(["rustc", "--quiet", "--lib", "--features", "loaded"]);
        command.args(["--package", package, "--crate-type", "cdylib"]);
        process::require(signals, command.args(profile.flags()))?;
        let name = format!("{DLL_PREFIX}{}{DLL_SUFFIX}", package.replace('-', "_"));
        libraries.push(workspace.target().join(profile.folder()).join(name));
    }
    Ok(libraries)
}

/// Replaces a folder by one with copies of these libraries.
pub(crate) fn gather<'a>(
    libraries: impl IntoIterator<Item = &'a PathBuf>,
    folder: &Path,
) -> Result<()> {
    let failed = || format!("cannot fill {}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(failed)?;
    }
    fs::create_dir_all(folder).with_context(failed)?;
    for library in libraries {
        let name = library.file_name().with_context(failed)?;
        fs::copy(library, folder.join(name)).with_context(|| {
            format!("cannot copy {} to {}", library.display(), folder.display())
        })?;
    }
    Ok(())
}

/// Builds the catalog as a library once more, as its next version: a copy of it whose schema grows by one step.
/// For tests that swap versions, and for the measurement of a migration.
pub(crate) fn build_next(
    workspace: &Workspace,
    signals: &Signals,
    profile: Profile,
) -> Result<PathBuf> {
    let folder = workspace.scratch()?.join("next");
    let package = folder.join("catalog");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    copy(&workspace.root().join("plugins/catalog"), &package)?;
    edit(&package.join("component.toml"), &[("version = \"0.1.0\"", "version = \"0.2.0\"")])?;
    let step = "\"0002_add_share\", add_share)";
    let more = format!(
        "{step}, Migration::expand(\"0003_add_note\", |_| \
         vec![\"ALTER TABLE catalog_product ADD COLUMN note TEXT\".to_owned()])"
    );
    let steps = [("[Migration; 2]", "[Migration; 3]"), (step, more.as_str())];
    edit(&package.join("src/db/migrations.rs"), &steps)?;
    // Another name, so that neither is taken for the other.
    let lib = "\n[lib]\nname = \"hatchery_catalog_next\"\n\n[dependencies]";
    edit(&package.join("Cargo.toml"), &[("\n[dependencies]", lib)])?;
    // A workspace of its own with the same dependencies, so that they are not built again.
    fs::write(folder.join("Cargo.toml"), alone(workspace)?)?;
    fs::copy(workspace.root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let mut command = workspace.cargo(["rustc", "--quiet", "--lib", "--features", "loaded"]);
    command.args(["--package", "hatchery-catalog", "--crate-type", "cdylib"]);
    command.arg("--manifest-path").arg(folder.join("Cargo.toml"));
    command.arg("--target-dir").arg(workspace.target()).args(profile.flags());
    process::require(signals, &mut command)?;
    let name = format!("{DLL_PREFIX}hatchery_catalog_next{DLL_SUFFIX}");
    Ok(workspace.target().join(profile.folder()).join(name))
}

/// The workspace's Cargo.toml with the one member `catalog` and paths that are good from anywhere.
fn alone(workspace: &Workspace) -> Result<String> {
    let text = fs::read_to_string(workspace.root().join("Cargo.toml"))?;
    let begin = text.find("[workspace.package]").context("no [workspace.package] in Cargo.toml")?;
    let root = workspace.root().display().to_string();
    let rest = text.get(begin..).unwrap_or_default();
    let rest = rest.replace("path = \"", &format!("path = \"{root}/"));
    Ok(format!("[workspace]\nresolver = \"3\"\nmembers = [\"catalog\"]\n\n{rest}"))
}

/// Replaces texts that must be there.
fn edit(path: &Path, changes: &[(&str, &str)]) -> Result<()> {
    let failed = || format!("cannot change {}", path.display());
    let mut text = fs::read_to_string(path).with_context(failed)?;
    for (from, to) in changes {
        if !text.contains(from) {
            bail!("{} does not contain {from}", path.display());
        }
        text = text.replacen(from, to, 1);
    }
    fs::write(path, text).with_context(failed)
}

/// Copies a file, or a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
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
