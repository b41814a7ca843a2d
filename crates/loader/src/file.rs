//! What a file says of itself, read without running any of its code.

use std::path::{Path, PathBuf};

use hatchery_abi::{self as abi, Entry, HeadError, MAJOR, Manifest as Section, SECTION_NAMES};
use hatchery_component::Manifest;
use object::read::{ExportTarget, NameOrOrdinal};
use object::{Architecture, BinaryFormat, Object, ObjectKind, ObjectSection, ObjectSegment};

use crate::error::{LoadError, one_line};
use crate::pins::Pins;

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
    inspect_pinned(path, None)
}

/// The same for a file that must be one of those that are meant.
pub fn inspect_pinned(path: &Path, pins: Option<&Pins>) -> Result<Inspected, LoadError> {
    let path_of = || path.to_owned();
    let bytes =
        std::fs::read(path).map_err(|source| LoadError::Unreadable { path: path_of(), source })?;
    if let Some(pins) = pins {
        pins.check(path, &bytes)?;
    }
    examine(path, bytes)
}

/// The same for bytes that were read already; `path` is where they are from.
///
/// # Errors
/// They are not those of a component for this host.
pub fn examine(path: &Path, bytes: Vec<u8>) -> Result<Inspected, LoadError> {
    let (manifest, boundary_minor) = check(path, &bytes)?;
    Ok(Inspected { path: path.to_owned(), manifest, boundary_minor, bytes })
}

/// The manifest in the bytes of a component, and the minor version of the boundary that it was built for.
///
/// # Errors
/// They are not those of a component for this host.
pub fn check(path: &Path, bytes: &[u8]) -> Result<(Manifest, u16), LoadError> {
    let path_of = || path.to_owned();
    let damaged = |reason: String| LoadError::NoLibrary { path: path_of(), reason };
    let file = object::File::parse(bytes).map_err(|error| damaged(error.to_string()))?;
    if file.kind() != ObjectKind::Dynamic {
        return Err(damaged(format!("it is of the kind {:?}", file.kind())));
    }
    if !is_of_this_machine(file.architecture()) {
        let found = format!("{:?}", file.architecture());
        return Err(LoadError::OtherMachine { path: path_of(), found });
    }
    check_parts(&file).map_err(damaged)?;
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
    check_entry(&file).map_err(|reason| match reason {
        EntryProblem::Head(HeadError::OtherBoundary(found)) => {
            LoadError::OtherBoundary { path: path_of(), found }
        }
        EntryProblem::Head(problem) => no_component(&problem.to_string()),
        EntryProblem::Absent => no_component(&format!("it does not export {}", abi::SYMBOL)),
        EntryProblem::Misplaced => no_component("its entry is damaged"),
    })?;
    let manifest = Manifest::parse(&section.component).map_err(|error| LoadError::Manifest {
        path: path_of(),
        reason: one_line(error.message()),
    })?;
    Ok((manifest, section.minor))
}

/// Whether everything that is mapped is there: a system maps a file that was cut off, and ends the process
/// that touches what is missing.
fn check_parts(file: &object::File<'_>) -> Result<(), String> {
    for segment in file.segments() {
        segment.data().map_err(|error| error.to_string())?;
    }
    for section in file.sections() {
        section.data().map_err(|error| error.to_string())?;
    }
    Ok(())
}

enum EntryProblem {
    Absent,
    Misplaced,
    Head(HeadError),
}

/// Checks the head of the entry where it stands in the file, before the system runs any of the library's code.
fn check_entry(file: &object::File<'_>) -> Result<(), EntryProblem> {
    let exports = file.exports().map_err(|_| EntryProblem::Absent)?;
    let name = abi::SYMBOL.as_bytes();
    let mut found = exports.filter_map(Result::ok).filter(|export| match export.name() {
        // Mach-O puts an underscore before names.
        NameOrOrdinal::Name(it) => it == name || it.strip_prefix(b"_") == Some(name),
        NameOrOrdinal::Ordinal(_) => false,
    });
    let entry = found.next().ok_or(EntryProblem::Absent)?;
    // Not one that code of the library would have to find.
    let ExportTarget::Address { address } = entry.target() else {
        return Err(EntryProblem::Misplaced);
    };
    if file.format() != BinaryFormat::Elf {
        // Elsewhere it is only checked when it is in memory.
        return Ok(());
    }
    if !address.is_multiple_of(align_of::<Entry>() as u64) {
        return Err(EntryProblem::Misplaced);
    }
    let place = file
        .sections()
        .find_map(|section| section.data_range(address, size_of::<Entry>() as u64).ok().flatten());
    let head = place.and_then(|bytes| bytes.first_chunk::<{ abi::HEAD_LENGTH }>());
    Entry::check_head(*head.ok_or(EntryProblem::Misplaced)?).map_err(EntryProblem::Head)
}

fn is_of_this_machine(architecture: Architecture) -> bool {
    match std::env::consts::ARCH {
        "x86_64" => architecture == Architecture::X86_64,
        "aarch64" => architecture == Architecture::Aarch64,
        // Others are left to the system's own check.
        _ => true,
    }
}
