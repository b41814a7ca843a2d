//! Where components come from: linked into the program, or libraries in a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use hatchery_component::{Component, Error};
use hatchery_kernel::kernel::KernelOptions;
use hatchery_kernel::shelf::{ComponentFile, Opener};
use hatchery_loader::{Checksum, Inspected, LoadError, Pins, find, inspect_pinned};

/// The folder of components beside the program.
const FOLDER: &str = "components";
/// The data folder of a program that has one of its own.
const OWN: &str = "data/stores";
/// Where copies of libraries are opened, in the data folder. They are removed at once.
const COPIES: &str = "opening";

/// The options of a kernel with all components of this host: the linked ones, those of the folder, and
/// whatever is installed later.
///
/// # Errors
/// The folder that was named is none; linked components contradict each other.
pub(crate) fn options(components: Option<&Path>, data: &Path) -> Result<KernelOptions> {
    let linked = hatchery_component::registrations()?;
    let folder = folder(components)?;
    if linked.is_empty() && folder.is_none() {
        tracing::error!(
            "this host has no components; put libraries into a folder `{FOLDER}` beside it, or name one with \
             --components"
        );
    }
    Ok(KernelOptions {
        opener: Some(Arc::new(Loader { copies: data.join(COPIES) })),
        component_folders: folder.into_iter().collect(),
        ..KernelOptions::new(data, linked)
    })
}

/// A folder beside the program, when the program stands in a folder of its own with it, as an ejected store
/// does.
pub(crate) fn beside_the_program(name: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    let is_own = folder.join(OWN).is_dir() && folder.join("config").is_dir();
    Some(folder.join(name)).filter(|found| is_own && found.is_dir())
}

/// The folder with component files, if there is one.
///
/// # Errors
/// The one that was named is none.
pub(crate) fn folder(components: Option<&Path>) -> Result<Option<PathBuf>> {
    match components {
        Some(folder) if !folder.is_dir() => bail!("{} is no folder", folder.display()),
        Some(folder) => Ok(Some(folder.to_owned())),
        None => {
            let program = std::env::current_exe().ok();
            let beside = program.and_then(|program| Some(program.parent()?.join(FOLDER)));
            Ok(beside.filter(|folder| folder.is_dir()))
        }
    }
}

/// Opens libraries for a kernel.
pub(crate) struct Loader {
    /// Where copies are opened.
    pub(crate) copies: PathBuf,
}

impl Opener for Loader {
    fn find(&self, folder: &Path) -> Vec<(PathBuf, hatchery_component::Result<ComponentFile>)> {
        let found = find(folder);
        let files = found.files.into_iter().map(|file| (file.path.clone(), Ok(facts(&file))));
        let refused = found.refused.into_iter().map(|error| {
            tracing::error!("{error}");
            (error.path().to_owned(), Err(refusal(&error)))
        });
        files.chain(refused).collect()
    }

    fn inspect(&self, path: &Path) -> hatchery_component::Result<ComponentFile> {
        pinned(path).map(|file| facts(&file)).map_err(|error| refusal(&error))
    }

    fn open(&self, path: &Path, sha256: &str) -> hatchery_component::Result<Arc<dyn Component>> {
        let file = pinned(path).map_err(|error| refusal(&error))?;
        if facts(&file).sha256 != sha256 {
            let message = format!("{} was changed while it was looked at", path.display());
            return Err(Error::conflict("component.refused", message));
        }
        let opened = hatchery_loader::open(file, &self.copies);
        // Nothing is in it any more; where it cannot be removed, it does not matter.
        let _ = std::fs::remove_dir(&self.copies);
        let library = opened.map_err(|error| {
            tracing::error!("{error}");
            refusal(&error)
        })?;
        let manifest = &library.manifest;
        tracing::info!("loaded '{}' {} from {}", manifest.id, manifest.version, path.display());
        Ok(library.component)
    }
}

/// A file, held against the pins beside it.
fn pinned(path: &Path) -> Result<Inspected, LoadError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let pins = Pins::read(folder.unwrap_or(Path::new(".")))?;
    inspect_pinned(path, pins.as_ref())
}

fn facts(file: &Inspected) -> ComponentFile {
    ComponentFile {
        manifest: file.manifest.clone(),
        sha256: Checksum::of(file.bytes()).to_string(),
        bytes: file.bytes().len() as u64,
    }
}

fn refusal(error: &LoadError) -> Error {
    Error::invalid("component.refused", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_named_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let made = options(Some(folder.path()), folder.path()).unwrap();
        assert_eq!(made.component_folders, [folder.path()]);
        let missing = folder.path().join("missing");
        let missing = options(Some(&missing), folder.path()).err().unwrap();
        assert!(missing.to_string().ends_with("missing is no folder"), "{missing}");
    }

    #[test]
    fn broken_files_are_found_and_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let library =
            |name: &str| folder.path().join(format!("{name}{}", std::env::consts::DLL_SUFFIX));
        std::fs::write(library("text"), "not a library").unwrap();
        std::fs::write(library("empty"), "").unwrap();
        let loader = Loader { copies: folder.path().join("copies") };
        let found = loader.find(folder.path());
        assert_eq!(found.len(), 2);
        for (path, file) in found {
            let refused = file.err().unwrap();
            assert!(refused.message().starts_with(&*path.to_string_lossy()), "{refused}");
        }
    }
}
