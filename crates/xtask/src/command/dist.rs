//! `cargo xtask dist`: what is handed to somebody who runs Hatchery without building it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::Args;
use sha2::{Digest, Sha256};

use crate::library::{self, Profile, copy};
use crate::process::{self, Signals};
use crate::workspace::Workspace;

/// Build the host and every component as a shared library into dist/, with config, README and licenses
///
/// No component is linked into the binary: all come from dist/components, whose components.toml names each
/// library with its checksum.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Build as tests do: faster to make, slower to run
    #[arg(long)]
    debug: bool,
}

/// Replaces `dist/`.
pub(crate) fn run(workspace: &Workspace, signals: &Signals, arguments: &Arguments) -> Result<()> {
    let profile = if arguments.debug { Profile::Debug } else { Profile::Release };
    let libraries = library::build(workspace, signals, profile)?;
    match profile {
        // What tests have built already.
        Profile::Debug if !super::test::build(workspace, signals)? => {
            bail!("the host was not built")
        }
        Profile::Debug => {}
        Profile::Release => {
            let mut build = workspace.cargo(["build", "--release", "--package", "hatchery-host"]);
            build.args(["--no-default-features", "--bin", "hatchery-thin"]);
            process::require(signals, &mut build)?;
        }
    }
    let root = workspace.root();
    let dist = root.join("dist");
    if dist.exists() {
        fs::remove_dir_all(&dist).context("cannot empty dist/")?;
    }
    fs::create_dir(&dist).context("cannot create dist/")?;
    let name = |stem: &str| format!("{stem}{}", std::env::consts::EXE_SUFFIX);
    let host = workspace.target().join(profile.folder()).join(name("hatchery-thin"));
    copy(&host, &dist.join(name("hatchery")))?;
    let components = dist.join("components");
    library::gather(&libraries, &components)?;
    fs::write(components.join("components.toml"), pins(&components)?)
        .context("cannot write components.toml")?;
    copy(&root.join("config"), &dist.join("config"))?;
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name();
        let text = name.to_string_lossy();
        if text == "README.md" || text.starts_with("LICENSE") {
            copy(&root.join(&name), &dist.join(&name))?;
        }
    }
    println!("{}", dist.display());
    Ok(())
}

/// The text that names each library of a folder with its checksum.
fn pins(folder: &Path) -> Result<String> {
    let mut files = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    let mut text = "# Libraries that may be loaded from this folder. Another one, or one with other bytes, is \
                    refused.\n"
        .to_owned();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        write!(text, "\n[\"{name}\"]\nsha256 = \"")?;
        Sha256::digest(&bytes).iter().try_for_each(|byte| write!(text, "{byte:02x}"))?;
        text.push_str("\"\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_is_named_with_its_checksum() {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("b.so", "abc"), ("a.so", "")] {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        let pins = pins(folder.path()).expect("pins");
        let lines: Vec<&str> = pins.lines().skip(1).filter(|line| !line.is_empty()).collect();
        let expected = [
            "[\"a.so\"]",
            "sha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
            "[\"b.so\"]",
            "sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
        ];
        assert_eq!(lines, expected);
    }
}
