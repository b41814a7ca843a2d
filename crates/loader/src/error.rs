//! Why a file is not opened.

use std::path::{Path, PathBuf};

use hatchery_abi::MAJOR;

use crate::checksum::Checksum;

/// Why a file is not opened. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is something else, or damaged.
    #[error("{} is no shared library, or a damaged one: {reason}", path.display())]
    NoLibrary {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is for another machine.
    #[error("{} is built for {found}; this host runs on {}", path.display(), std::env::consts::ARCH)]
    OtherMachine {
        /// The file.
        path: PathBuf,
        /// The machine it is for.
        found: String,
    },
    /// It is a library of something else.
    #[error("{} is a shared library, but no Hatchery component: {reason}", path.display())]
    NoComponent {
        /// The file.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// It speaks another version of the boundary.
    #[error(
        "{} is built for version {found} of the component boundary, this host speaks {MAJOR}; \
         build it again with the SDK of this host",
        path.display()
    )]
    OtherBoundary {
        /// The file.
        path: PathBuf,
        /// The version it speaks.
        found: u16,
    },
    /// A panic in it would end the host.
    #[error(
        "{} is built with panic=abort, so that a panic in it would end the host; build it with \
         panic=unwind",
        path.display()
    )]
    Aborting {
        /// The file.
        path: PathBuf,
    },
    /// The file that says which libraries are meant cannot be used.
    #[error("{} is not understood, so nothing beside it is loaded: {reason}", path.display())]
    Pins {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is not among the libraries that are meant.
    #[error("{} is not named in {}, so it is not loaded", path.display(), pins.display())]
    NotPinned {
        /// The file.
        path: PathBuf,
        /// The file that names those that are meant.
        pins: PathBuf,
    },
    /// It is another file than the one that is meant.
    #[error(
        "{} is not the file that {} names: its sha256 is {found}, not {pinned}",
        path.display(), pins.display()
    )]
    OtherChecksum {
        /// The file.
        path: PathBuf,
        /// The file that names those that are meant.
        pins: PathBuf,
        /// What it should be.
        pinned: Checksum,
        /// What it is.
        found: Checksum,
    },
    /// It is among the libraries that are meant, but not there.
    #[error("{} is named in components.toml, but is not there", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Its `component.toml` does not fit.
    #[error("the manifest in {} is not understood: {reason}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Its own code failed, or does not fit what its manifest says.
    #[error("the component '{component}' in {} was not opened: {reason}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// Its id.
        component: String,
        /// What went wrong.
        reason: String,
    },
}

/// A text of several lines as one.
pub(crate) fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    // A parser shows the place with a drawing of bars and carets.
    let is_drawing = |line: &&str| line.is_empty() || line.chars().all(|it| "|^ ".contains(it));
    lines.filter(|line| !is_drawing(line)).collect::<Vec<_>>().join("; ")
}

impl LoadError {
    /// The file or folder it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Unreadable { path, .. }
            | Self::NoLibrary { path, .. }
            | Self::OtherMachine { path, .. }
            | Self::NoComponent { path, .. }
            | Self::OtherBoundary { path, .. }
            | Self::Aborting { path, .. }
            | Self::Pins { path, .. }
            | Self::NotPinned { path, .. }
            | Self::OtherChecksum { path, .. }
            | Self::Missing { path, .. }
            | Self::Manifest { path, .. }
            | Self::Failed { path, .. } => path,
        }
    }
}
