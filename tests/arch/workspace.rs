//! The workspace as files: its crates, manifests and sources.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::source::{Source, line_of};

/// The workspace that the tests belong to.
pub(crate) struct Workspace {
    /// Its root folder.
    pub(crate) root: PathBuf,
    /// Its crates, sorted by folder.
    pub(crate) crates: Vec<Crate>,
}

/// A member of the workspace.
pub(crate) struct Crate {
    /// Name of the package.
    pub(crate) name: String,
    /// Its folder, from the root.
    pub(crate) folder: PathBuf,
    /// Its manifest.
    pub(crate) manifest: Manifest,
    /// All Rust files in `src`, sorted.
    pub(crate) sources: Vec<Source>,
}

/// A TOML file.
pub(crate) struct Manifest {
    /// Path from the root.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// Its content.
    pub(crate) table: toml::Table,
}

/// The sections of a manifest that name dependencies.
pub(crate) const DEPENDENCY_SECTIONS: [&str; 3] =
    ["dependencies", "dev-dependencies", "build-dependencies"];

impl Workspace {
    /// The workspace; it is read once for all tests.
    pub(crate) fn read() -> &'static Self {
        static WORKSPACE: OnceLock<Workspace> = OnceLock::new();
        WORKSPACE.get_or_init(Self::read_files)
    }

    fn read_files() -> Self {
        let tests = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = tests.parent().expect("tests/ stands in the workspace").to_owned();
        let mut folders = vec![PathBuf::from("host"), PathBuf::from("tests")];
        for parent in ["crates", "plugins", "plugins/providers"] {
            folders.extend(entries(&root, Path::new(parent)));
        }
        folders.sort();
        let crates = folders
            .into_iter()
            .filter(|folder| root.join(folder).join("Cargo.toml").is_file())
            .map(|folder| Crate::read(&root, folder))
            .collect();
        Self { root, crates }
    }

    /// The crate of that folder.
    pub(crate) fn get(&self, folder: &str) -> &Crate {
        self.crates
            .iter()
            .find(|it| it.folder == Path::new(folder))
            .unwrap_or_else(|| panic!("there is no crate in {folder}"))
    }

    /// The components: all crates below `plugins`.
    pub(crate) fn components(&self) -> impl Iterator<Item = &Crate> {
        self.crates.iter().filter(|it| it.is_component())
    }

    /// Reads a file of any kind.
    pub(crate) fn text(&self, path: &Path) -> String {
        fs::read_to_string(self.root.join(path))
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
    }

    /// All files below `folder` with that extension, sorted; none when there is no such folder.
    pub(crate) fn files(&self, folder: &Path, extension: &str) -> Vec<PathBuf> {
        files(&self.root, folder, extension)
    }

    /// Names of what stands in `folder`, sorted.
    pub(crate) fn names_in(&self, folder: &Path) -> Vec<String> {
        entries(&self.root, folder)
            .iter()
            .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
            .collect()
    }

    /// Whether there is such a file or folder.
    pub(crate) fn has(&self, path: &Path) -> bool {
        self.root.join(path).exists()
    }
}

impl Crate {
    fn read(root: &Path, folder: PathBuf) -> Self {
        let manifest = Manifest::read(root, folder.join("Cargo.toml"));
        let name =
            manifest.table["package"]["name"].as_str().expect("a package has a name").to_owned();
        let sources = files(root, &folder.join("src"), "rs")
            .iter()
            .map(|path| Source::read(root, path))
            .collect();
        Self { name, folder, manifest, sources }
    }

    /// Whether it stands below `plugins`.
    pub(crate) fn is_component(&self) -> bool {
        self.folder.starts_with("plugins")
    }

    /// The sources below `src/<module>/` and `src/<module>.rs`.
    pub(crate) fn module<'a>(&'a self, module: &'a str) -> impl Iterator<Item = &'a Source> {
        let folder = self.folder.join("src").join(module);
        let file = folder.with_extension("rs");
        self.sources.iter().filter(move |it| it.path.starts_with(&folder) || it.path == file)
    }

    /// The top-level module that a source belongs to: `db` for `src/db/product.rs`.
    pub(crate) fn module_of<'a>(&self, source: &'a Source) -> &'a str {
        let below =
            source.path.strip_prefix(self.folder.join("src")).expect("a source of the crate");
        let first = below.iter().next().and_then(|part| part.to_str()).unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Names and lines of the dependencies in a section of the manifest.
    pub(crate) fn dependencies(&self, section: &str) -> Vec<(String, usize)> {
        let Some(table) = self.manifest.table.get(section).and_then(toml::Value::as_table) else {
            return Vec::new();
        };
        table.keys().map(|name| (name.clone(), self.manifest.line_of(section, name))).collect()
    }

    /// The id in `component.toml`; the name of the folder when there is no such file.
    pub(crate) fn component_id(&self, root: &Path) -> String {
        let path = self.folder.join("component.toml");
        let written = root
            .join(&path)
            .is_file()
            .then(|| Manifest::read(root, path))
            .and_then(|it| Some(it.table.get("id")?.as_str()?.to_owned()));
        written.unwrap_or_else(|| self.folder_name())
    }

    /// The last part of its folder.
    pub(crate) fn folder_name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Manifest {
    /// Reads a file below `root`.
    pub(crate) fn read(root: &Path, path: PathBuf) -> Self {
        let text = fs::read_to_string(root.join(&path))
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let table = text
            .parse::<toml::Table>()
            .unwrap_or_else(|error| panic!("{} is no TOML: {error}", path.display()));
        Self { path, text, table }
    }

    /// The line of a key in a section; 1 when it is written in another way.
    pub(crate) fn line_of(&self, section: &str, key: &str) -> usize {
        let start = self.text.find(&format!("[{section}]")).unwrap_or(0);
        let keys = [format!("\n{key} "), format!("\n{key}."), format!("\n{key}=")];
        let position = keys.iter().filter_map(|key| self.text[start..].find(key)).min();
        position.map_or(1, |position| line_of(&self.text, start + position + 1))
    }
}

/// What stands in a folder, sorted, as paths from the root.
fn entries(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| folder.join(entry.file_name())).collect();
    paths.sort();
    paths
}

fn files(root: &Path, folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in entries(root, folder) {
        if root.join(&path).is_dir() {
            found.extend(files(root, &path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found
}
