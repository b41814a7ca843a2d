//! What a file says of itself, read without running any of its code.

use std::path::{Path, PathBuf};

use hatchery_abi::{MAJOR, Manifest as Section, SECTION_NAMES};
use hatchery_component::Manifest;
use object::{Architecture, Object, ObjectKind, ObjectSection};

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

/// A file that may be opened.
#[derive(Debug)]
pub struct Inspected {
    /// Where it was read.
    pub path: PathBuf,
    /// Its `component.toml`.
    pub manifest: Manifest,
    /// Minor version of the boundary it was built for.
    pub boundary_minor: u16,
    /// Its bytes, so that what is opened is what was read.
    pub(crate) bytes: Vec<u8>,
}

impl Inspected {
    /// The file's bytes, for a checksum.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Reads a file and checks everything that can be checked without running its code.
///
/// # Errors
/// It is not a component for this host.
pub fn inspect(path: &Path) -> Result<Inspected, LoadError> {
    let path_of = || path.to_owned();
    let bytes =
        std::fs::read(path).map_err(|source| LoadError::Unreadable { path: path_of(), source })?;
    let damaged = |reason: String| LoadError::NoLibrary { path: path_of(), reason };
    let file = object::File::parse(&*bytes).map_err(|error| damaged(error.to_string()))?;
    if file.kind() != ObjectKind::Dynamic {
        return Err(damaged(format!("it is of the kind {:?}", file.kind())));
    }
    if !is_of_this_machine(file.architecture()) {
        let found = format!("{:?}", file.architecture());
        return Err(LoadError::OtherMachine { path: path_of(), found });
    }
    let no_component =
        |reason: &str| LoadError::NoComponent { path: path_of(), reason: reason.into() };
    let section = SECTION_NAMES
        .iter()
        .find_map(|name| file.section_by_name(name))
        .ok_or_else(|| no_component("it has no manifest section"))?;
    let section = section.data().map_err(|error| damaged(error.to_string()))?;
    let section = Section::parse(section).map_err(|error| no_component(&error.to_string()))?;
    if section.major != MAJOR {
        return Err(LoadError::OtherBoundary { path: path_of(), found: section.major });
    }
    if !section.is_unwinding {
        return Err(LoadError::Aborting { path: path_of() });
    }
    let manifest = Manifest::parse(&section.component).map_err(|error| LoadError::Manifest {
        path: path_of(),
        reason: error.message().to_owned(),
    })?;
    Ok(Inspected { path: path_of(), manifest, boundary_minor: section.minor, bytes })
}

fn is_of_this_machine(architecture: Architecture) -> bool {
    match std::env::consts::ARCH {
        "x86_64" => architecture == Architecture::X86_64,
        "aarch64" => architecture == Architecture::Aarch64,
        // Others are left to the system's own check.
        _ => true,
    }
}
