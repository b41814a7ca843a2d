//! `cargo xtask docs`: the reference pages, which are generated from the host binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::{self, Signals};
use crate::workspace::Workspace;

/// Where the pages stand in the repository; nothing in it is written by hand.
const REFERENCE: &str = "docs/reference";

/// Generate docs/reference from the host binary, or compare it
#[derive(Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail when a page in the repository is not what would be generated
    #[arg(long)]
    check: bool,
}

/// File name to text.
type Pages = BTreeMap<String, String>;

/// Builds the host, then writes or compares the pages.
pub(crate) fn run(workspace: &Workspace, signals: &Signals, arguments: &Arguments) -> Result<()> {
    // The same build as for tests: one of the host alone has other features, is a second one, and may
    // describe settings in other words.
    if !super::test::build(workspace, signals)? {
        bail!("the host was not built");
    }
    let binary = super::test::host_binary(workspace);
    if arguments.check {
        if check(workspace, signals, &binary)? {
            return Ok(());
        }
        bail!("the reference is out of date");
    }
    let folder = workspace.root().join(REFERENCE);
    let written = read(&folder)?;
    let pages = generate(workspace, signals, &binary)?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for name in written.keys().filter(|name| !pages.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
        println!("removed {REFERENCE}/{name}");
    }
    for (name, text) in &pages {
        if written.get(name) != Some(text) {
            fs::write(folder.join(name), text)?;
            println!("wrote {REFERENCE}/{name}");
        }
    }
    Ok(())
}

/// Whether the pages in the repository are those that `binary` generates; prints what differs.
pub(crate) fn check(workspace: &Workspace, signals: &Signals, binary: &Path) -> Result<bool> {
    let written = read(&workspace.root().join(REFERENCE))?;
    let generated = generate(workspace, signals, binary)?;
    let differences = differences(&written, &generated);
    for difference in &differences {
        eprintln!("{REFERENCE}/{difference}");
    }
    if !differences.is_empty() {
        eprintln!("run `cargo xtask docs` and commit what it writes");
    }
    Ok(differences.is_empty())
}

fn generate(workspace: &Workspace, signals: &Signals, binary: &Path) -> Result<Pages> {
    let folder = workspace.scratch()?.join("reference");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let mut command = Command::new(binary);
    command.current_dir(workspace.root()).args(["docs", "--out"]).arg(&folder);
    // What a developer has set for a host of their own must not show in the reference.
    for variable in ["HATCHERY_COMPONENTS", "HATCHERY_CONFIG", "HATCHERY_DATA_DIR"] {
        command.env_remove(variable);
    }
    process::require(signals, &mut command)?;
    let pages = read(&folder)?;
    if pages.is_empty() {
        bail!("`hatchery docs` wrote no page");
    }
    Ok(pages)
}

fn read(folder: &Path) -> Result<Pages> {
    let mut pages = Pages::new();
    if !folder.exists() {
        return Ok(pages);
    }
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path: PathBuf = entry?.path();
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        pages.insert(name, text);
    }
    Ok(pages)
}

/// One line for each page that differs: its name, and where.
fn differences(written: &Pages, generated: &Pages) -> Vec<String> {
    let missing = generated.keys().filter(|name| !written.contains_key(*name));
    let mut lines: Vec<String> = missing.map(|name| format!("{name}: missing")).collect();
    for (name, text) in written {
        match generated.get(name) {
            None => lines.push(format!("{name}: no longer generated")),
            Some(expected) if expected != text => {
                let line = text
                    .lines()
                    .zip(expected.lines())
                    .position(|(left, right)| left != right)
                    .unwrap_or_else(|| text.lines().count().min(expected.lines().count()));
                let expected = expected.lines().nth(line).unwrap_or("the end of the page");
                lines.push(format!("{name}:{}: out of date, expected: {expected}", line + 1));
            }
            Some(_) => {}
        }
    }
    lines.sort();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_difference_is_named() {
        let pages = |pages: &[(&str, &str)]| -> Pages {
            pages.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let written = pages(&[("a.md", "1\n2\n"), ("b.md", "same\n"), ("old.md", "x\n")]);
        let generated = pages(&[("a.md", "1\n3\n"), ("b.md", "same\n"), ("new.md", "y\n")]);
        assert_eq!(
            differences(&written, &generated),
            ["a.md:2: out of date, expected: 3", "new.md: missing", "old.md: no longer generated"]
        );
        assert!(differences(&generated, &generated).is_empty());
    }
}
