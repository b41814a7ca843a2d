//! Components as shared libraries.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

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
        match profile {
            Profile::Debug => command.args(TEST_FLAGS),
            Profile::Release => command.args(["--release", "--", "-C", "strip=symbols"]),
        };
        process::require(signals, &mut command)?;
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
