//! The checkout that the command was called in: its folders, its cargo, its build products.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The workspace and what `cargo metadata` says of it.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    targets: Vec<Target>,
    components: Vec<String>,
}

/// One build target of a member.
struct Target {
    name: String,
    kind: String,
}

impl Workspace {
    /// Finds the workspace that this program was built from.
    pub(crate) fn find() -> Result<Self> {
        let output = Command::new(cargo_program())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed: {}", output.status);
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let folder = |key: &str| {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .with_context(|| format!("no {key} in metadata"))
        };
        let targets = items(&metadata["packages"])
            .flat_map(|package| items(&package["targets"]))
            .map(Target::read)
            .collect();
        let root = folder("workspace_root")?;
        let plugins = root.join("plugins");
        let is_component = |package: &&Value| {
            package["manifest_path"]
                .as_str()
                .is_some_and(|path| Path::new(path).starts_with(&plugins))
        };
        let mut components: Vec<String> = items(&metadata["packages"])
            .filter(is_component)
            .map(|package| text(&package["name"]))
            .collect();
        components.sort();
        Ok(Self { root, target: folder("target_directory")?, targets, components })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that cargo builds into.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// A folder below the target folder for logs and drafts of these commands.
    pub(crate) fn scratch(&self) -> Result<PathBuf> {
        let folder = self.target.join("xtask");
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    /// `cargo`, to be run in the root of the workspace.
    pub(crate) fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new(cargo_program());
        command.current_dir(&self.root).args(arguments);
        command
    }

    /// Packages of the components, sorted.
    pub(crate) fn components(&self) -> &[String] {
        &self.components
    }

    /// Names of the test targets in `tests/` folders, sorted.
    pub(crate) fn test_targets(&self) -> Vec<&str> {
        self.targets("test")
    }

    /// Names of the benchmark targets, sorted.
    pub(crate) fn bench_targets(&self) -> Vec<&str> {
        self.targets("bench")
    }

    fn targets(&self, kind: &str) -> Vec<&str> {
        let targets = self.targets.iter().filter(|target| target.kind == kind);
        let mut names: Vec<&str> = targets.map(|target| target.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Target {
    fn read(value: &Value) -> Self {
        Self {
            name: text(&value["name"]),
            kind: items(&value["kind"]).map(text).next().unwrap_or_default(),
        }
    }
}

fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
