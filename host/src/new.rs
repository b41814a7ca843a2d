//! `hatchery component new`: the first files of a component of one's own.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result};
use hatchery_scaffold::{Home, NewComponent, Sdk};

use crate::cli::NewArguments;

/// Writes the files and says what comes next.
pub(crate) fn run(arguments: &NewArguments) -> Result<ExitCode> {
    let id = &arguments.name;
    let sdk = match &arguments.sdk {
        Some(folder) => Sdk::Folder(folder.clone()),
        None => sdk_of_this_host(),
    };
    let component = NewComponent {
        id: id.clone(),
        summary: arguments.summary.clone(),
        home: Home::Own { sdk },
    };
    let folder = arguments.dir.join(id);
    let written = hatchery_scaffold::write(&component, &folder)?;
    format(&folder);
    for path in &written {
        println!("wrote {}", path.display());
    }
    let folder = folder.canonicalize().context("the new folder cannot be found")?;
    let library = format!(
        "{}{}{}",
        std::env::consts::DLL_PREFIX,
        id.replace('-', "_"),
        std::env::consts::DLL_SUFFIX
    );
    println!("\nNext:\n  cd {}\n  cargo test\n  cargo build", folder.display());
    println!("  hatchery component check target/debug/{library}");
    Ok(ExitCode::SUCCESS)
}

/// The SDK of the checkout that this host was built from; when that is gone, the one that is published.
fn sdk_of_this_host() -> Sdk {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/sdk");
    match folder.join("Cargo.toml").is_file() {
        true => Sdk::Folder(folder),
        false => Sdk::Repository(env!("CARGO_PKG_REPOSITORY").to_owned()),
    }
}

/// How long a line is depends on the name, so the files are put into form once. A machine without rustfmt
/// gets them as they are.
fn format(folder: &Path) {
    let files = ["src/lib.rs", "tests/declaration.rs"];
    let rustfmt = Command::new("rustfmt")
        .current_dir(folder)
        .args(["--edition", "2024"])
        .args(files)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !rustfmt.is_ok_and(|status| status.success()) {
        tracing::warn!("the files are not in form: rustfmt is missing; run `cargo fmt` later");
    }
}
