//! Builds a component as a shared library, as a person would.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use hatchery_component::Component;

/// One at a time: cargo would make the others wait anyway.
static BUILDING: Mutex<()> = Mutex::new(());

/// The library of a package, built now if it must be.
pub(crate) fn build(package: &str) -> PathBuf {
    let _building = BUILDING.lock().unwrap();
    let folder =
        std::env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().to_owned();
    let mut command = Command::new(env!("CARGO"));
    command.args(["rustc", "--quiet", "-p", package, "--lib", "--features", "loaded"]);
    command.args(["--crate-type", "cdylib", "--target-dir"]).arg(folder.parent().unwrap());
    if folder.ends_with("release") {
        command.arg("--release");
    }
    let status = command.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
    assert!(status.success(), "{package} builds as a library");
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    folder.join(format!("{prefix}{}{suffix}", package.replace('-', "_")))
}

/// The component of a package, loaded.
pub(crate) fn load(package: &str) -> Arc<dyn Component> {
    let copies = tempfile::tempdir().unwrap();
    let file = hatchery_loader::inspect(&build(package)).unwrap();
    hatchery_loader::open(file, copies.path()).unwrap().component
}
