//! Opens a file that was inspected.
#![expect(unsafe_code, reason = "a library is opened and its entry called")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hatchery_abi::{self as abi, Entry, HostApi, Service};
use hatchery_component::{Component, Manifest};
use libloading::Library as Opened;

use crate::component::LoadedComponent;
use crate::error::LoadError;
use crate::file::Inspected;
use crate::log::{LibraryLog, max_level};

/// An open library.
pub struct Library {
    /// Its `component.toml`.
    pub manifest: Manifest,
    /// Its component, to be used like a linked one.
    pub component: Arc<dyn Component>,
    /// Where it came from.
    pub path: PathBuf,
}

/// Opens a file: a copy of it under a name of its own in `copies`, which is removed at once. A system
/// gives the old library again when it is asked for a file that it has open.
///
/// # Errors
/// The system refuses it, its code fails, or it does not fit its manifest.
pub fn open(file: Inspected, copies: &Path) -> Result<Library, LoadError> {
    let failed = |reason: String| LoadError::Failed {
        path: file.path.clone(),
        component: file.manifest.id.clone(),
        reason,
    };
    let opened = open_copy(&file, copies).map_err(failed)?;
    let log: &'static LibraryLog = Box::leak(Box::new(LibraryLog::new(&file.manifest.id)));
    let host: &'static HostApi = Box::leak(Box::new(HostApi::new(log, max_level())));
    let service = enter(opened, host).map_err(failed)?;
    let component =
        LoadedComponent::new(service, &file.manifest).map_err(|error| failed(error.chain()))?;
    let Inspected { path, manifest, .. } = file;
    Ok(Library { manifest, component: Arc::new(component), path })
}

fn open_copy(file: &Inspected, copies: &Path) -> Result<Opened, String> {
    fs::create_dir_all(copies).map_err(|error| format!("{}: {error}", copies.display()))?;
    let name =
        format!("{}-{}{}", file.manifest.id, uuid::Uuid::now_v7(), std::env::consts::DLL_SUFFIX);
    let copy = copies.join(name);
    fs::write(&copy, &file.bytes).map_err(|error| format!("{}: {error}", copy.display()))?;
    // SAFETY: the file is a component for this boundary by its own word; a component is trusted code.
    let opened = unsafe { load(&copy) }.map_err(|error| format!("the system refuses it: {error}"));
    if let Err(error) = fs::remove_file(&copy) {
        tracing::warn!("the copy {} is left: {error}", copy.display());
    }
    opened
}

#[cfg(unix)]
unsafe fn load(path: &Path) -> Result<Opened, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: passed on.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map(Into::into)
}

#[cfg(not(unix))]
unsafe fn load(path: &Path) -> Result<Opened, libloading::Error> {
    // SAFETY: passed on.
    unsafe { Opened::new(path) }
}

fn enter(opened: Opened, host: &'static HostApi) -> Result<Service, String> {
    // Never closed: see the crate's documentation.
    let opened: &'static Opened = Box::leak(Box::new(opened));
    // SAFETY: only the address is taken; what stands there is checked by `Entry::open`.
    let entry = unsafe { opened.get::<*const Entry>(abi::SYMBOL) }
        .map_err(|_| format!("it does not export {}", abi::SYMBOL))?;
    // SAFETY: it is the symbol's address, in a library that is never closed.
    unsafe { Entry::open(*entry, host) }
}
