//! Builds a component as a shared library, as a person would.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use hatchery_component::Component;

const TEST_FLAGS: [&str; 7] =
    ["--", "-C", "opt-level=0", "-C", "debuginfo=0", "-C", "strip=debuginfo"];

/// What was built, by package and features. One at a time: cargo would make the others wait anyway.
static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());

/// The library of a package, built now if it must be.
pub(crate) fn build(package: &str) -> PathBuf {
    build_with(package, "loaded")
}

/// The same with other features, in a place of its own.
pub(crate) fn build_with(package: &str, features: &str) -> PathBuf {
    let mut all = BUILT.lock().unwrap();
    let key = format!("{package} {features}");
    if let Some(built) = all.get(&key) {
        return built.clone();
    }
    let folder =
        std::env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().to_owned();
    let mut command = Command::new(env!("CARGO"));
    command.args(["rustc", "--quiet", "-p", package, "--lib", "--features", features]);
    command.args(["--crate-type", "cdylib", "--target-dir"]).arg(folder.parent().unwrap());
    match folder.ends_with("release") {
        true => command.args(["--release", "--", "-C", "strip=symbols"]),
        // As `cargo xtask test` builds them.
        false => command.args(TEST_FLAGS),
    };
    let status = command.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
    assert!(status.success(), "{package} builds as a library");
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let name = package.replace('-', "_");
    let built = folder.join(format!("{prefix}{name}{suffix}"));
    let kept = folder.join("deps").join(format!("{prefix}{name}-{features}{suffix}"));
    // Another choice of features is built to the same place.
    std::fs::copy(&built, &kept).unwrap();
    all.insert(key, kept.clone());
    kept
}

/// The component of a package, loaded.
pub(crate) fn load(package: &str) -> Arc<dyn Component> {
    crate::log::capture();
    let copies = tempfile::tempdir().unwrap();
    let file = hatchery_loader::inspect(&build(package)).unwrap();
    hatchery_loader::open(file, copies.path()).unwrap().component
}
