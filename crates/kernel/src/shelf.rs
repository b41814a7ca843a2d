//! The shelf: every build of every component that this process can run.
//!
//! A build is linked into the host, or it is a file: one of a folder of the host, which takes part by
//! lying there, or one that was installed into the data folder, which only stores take part with that chose
//! it. A store runs one build of a component at most; [`Shelf::candidates`] tells which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use hatchery_component::{Component, Declaration, Error, Kind, Manifest, Result};
use semver::VersionReq;

use crate::settings::RESERVED;

/// Name of the build that is part of the host.
pub const LINKED: &str = "linked";
/// How much of a checksum names a build.
const NAME_LENGTH: usize = 12;

/// Opens component files. Given by the host, because the kernel itself runs no foreign code.
pub trait Opener: Send + Sync + 'static {
    /// Checks every component file of a folder, without running any of their code.
    fn find(&self, folder: &Path) -> Vec<(PathBuf, Result<ComponentFile>)>;

    /// Checks a file without running any of its code.
    ///
    /// # Errors
    /// One sentence that says why it is no component for this host.
    fn inspect(&self, path: &Path) -> Result<ComponentFile>;

    /// Opens a file whose SHA-256 is still this one. It stays open for the rest of the process.
    ///
    /// # Errors
    /// The file changed, the system refuses it, or its code fails.
    fn open(&self, path: &Path, sha256: &str) -> Result<Arc<dyn Component>>;
}

/// A file that may be opened.
#[derive(Clone, Debug)]
pub struct ComponentFile {
    /// Its `component.toml`.
    pub manifest: Manifest,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Its size, which is about what it takes of the memory once it is open.
    pub bytes: u64,
}

/// Where the code of a build is.
#[derive(Clone)]
pub enum Home {
    /// In the host.
    Linked(Arc<dyn Component>),
    /// In a file.
    Loaded {
        /// The file.
        path: PathBuf,
        /// SHA-256 of its bytes, hexadecimal.
        sha256: String,
        /// Its size.
        bytes: u64,
        /// Whether it lies in the data folder, so that only stores that chose it take part with it.
        installed: bool,
    },
}

/// One build of a component.
#[derive(Clone)]
pub struct Build {
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// Where its code is.
    pub home: Home,
}

impl Build {
    /// What people call it by: `linked`, or the beginning of its checksum.
    pub fn name(&self) -> &str {
        match &self.home {
            Home::Linked(_) => LINKED,
            Home::Loaded { sha256, .. } => sha256.get(..NAME_LENGTH).unwrap_or(sha256),
        }
    }

    /// Its size as a file; nothing when it is part of the host.
    pub fn bytes(&self) -> u64 {
        match self.home {
            Home::Linked(_) => 0,
            Home::Loaded { bytes, .. } => bytes,
        }
    }

    /// Whether stores take part with it that never chose it.
    pub fn is_offered(&self) -> bool {
        !matches!(self.home, Home::Loaded { installed: true, .. })
    }

    /// The best comes last: versions decide, of equal ones the file that was put in place by somebody.
    fn rank(&self) -> (&semver::Version, u8, &str) {
        let home = match &self.home {
            Home::Loaded { installed: true, .. } => 0,
            Home::Linked(_) => 1,
            Home::Loaded { .. } => 2,
        };
        (&self.manifest.version, home, self.name())
    }
}

/// A component that is open: what it is and what it brings.
pub struct KnownComponent {
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// What it brings; declared once per process and shared by all stores.
    pub declaration: Arc<Declaration>,
    /// Its code; the kernel's own part has none.
    pub component: Option<Arc<dyn Component>>,
    /// Where the code is from; the kernel's own part is no build.
    pub build: Option<Build>,
}

impl KnownComponent {
    /// Name of the build: `linked`, or the beginning of a checksum.
    pub fn build_name(&self) -> &str {
        self.build.as_ref().map_or(LINKED, Build::name)
    }

    /// Whether its code came from a file.
    pub fn is_loaded(&self) -> bool {
        self.build.as_ref().is_some_and(|build| matches!(build.home, Home::Loaded { .. }))
    }

    /// Whether it is on in a store that never switched it.
    pub fn is_on_by_default(&self) -> bool {
        self.manifest.on_by_default && self.build.as_ref().is_none_or(Build::is_offered)
    }
}

/// What a store wants of one component.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// Versions that fit, by the settings files.
    pub versions: Option<&'a VersionReq>,
    /// Name of the build that was chosen for the store.
    pub build: Option<&'a str>,
}

/// All builds, by component.
#[derive(Clone, Default)]
pub struct Shelf {
    builds: BTreeMap<String, Vec<Build>>,
    refused: BTreeMap<PathBuf, String>,
}

impl Shelf {
    /// The builds that are part of the host.
    ///
    /// # Errors
    /// Two components of one id; a reserved id.
    pub fn of_host(linked: Vec<(Manifest, Arc<dyn Component>)>) -> Result<Self> {
        let mut shelf = Self::default();
        for (manifest, component) in linked {
            check_id(&manifest.id)?;
            let id = manifest.id.clone();
            let build = Build { manifest: Arc::new(manifest), home: Home::Linked(component) };
            if shelf.builds.insert(id.clone(), vec![build]).is_some() {
                let message = format!("two components call themselves '{id}'; rename one of them");
                return Err(Error::conflict("component.duplicate", message));
            }
        }
        Ok(shelf)
    }

    /// The same with another build. One that is there already stays as it is.
    #[must_use]
    pub fn with(mut self, build: Build) -> Self {
        let builds = self.builds.entry(build.manifest.id.clone()).or_default();
        if builds.iter().all(|other| other.name() != build.name()) {
            builds.push(build);
            builds.sort_by(|left, right| left.rank().cmp(&right.rank()));
        }
        self
    }

    /// The same with the component files of a folder, if there is one.
    #[must_use]
    pub(crate) fn with_folder(
        mut self,
        opener: &dyn Opener,
        folder: &Path,
        installed: bool,
    ) -> Self {
        let mut found = Vec::new();
        let files = if folder.is_dir() { opener.find(folder) } else { Vec::new() };
        for (path, file) in files {
            match file.and_then(checked) {
                Ok(file) => found.push((path, file)),
                Err(error) => drop(self.refused.insert(path, sentence(&error))),
            }
        }
        if !installed {
            refuse_twins(&mut found, &mut self.refused);
        }
        found.into_iter().fold(self, |shelf, (path, file)| shelf.with(build(file, path, installed)))
    }

    /// The builds of a component, the best last.
    pub fn builds(&self, component: &str) -> &[Build] {
        self.builds.get(component).map_or(&[], Vec::as_slice)
    }

    /// All components.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.builds.keys().map(String::as_str)
    }

    /// Files that are no components for this host, and why.
    pub fn refused(&self) -> &BTreeMap<PathBuf, String> {
        &self.refused
    }

    /// The builds that a store may run of a component, the one it should run first: what the files say,
    /// else what was chosen, else the best of those that are offered. Others follow because a build may
    /// fail to open.
    pub fn candidates(&self, component: &str, wish: Wish<'_>) -> Vec<&Build> {
        let builds = self.builds(component).iter().rev();
        if let Some(versions) = wish.versions {
            return builds.filter(|build| versions.matches(&build.manifest.version)).collect();
        }
        let mut candidates: Vec<&Build> = builds.collect();
        // Stable: within each of the three the best comes first.
        candidates.sort_by_key(|build| match wish.build {
            Some(chosen) if build.name() == chosen => 0,
            _ if build.is_offered() => 1,
            _ => 2,
        });
        candidates
    }

    /// The one build that a person means: `linked`, a version, or the beginning of a checksum.
    ///
    /// # Errors
    /// None or several; the builds there are.
    pub fn find(&self, component: &str, text: &str) -> Result<&Build, String> {
        let builds = self.builds(component);
        let means = |build: &&Build| match &build.home {
            _ if build.manifest.version.to_string() == text => true,
            Home::Linked(_) => text == LINKED,
            Home::Loaded { sha256, .. } => text.len() >= 4 && sha256.starts_with(text),
        };
        let mut found: Vec<&Build> = builds.iter().filter(means).collect();
        match (found.pop(), found.is_empty()) {
            (Some(build), true) => Ok(build),
            (None, _) if builds.is_empty() => Err(format!("there is no component '{component}'")),
            (none_or_several, _) => {
                let all: Vec<String> = builds
                    .iter()
                    .map(|build| format!("{} ({})", build.name(), build.manifest.version))
                    .collect();
                let which = if none_or_several.is_some() { "several builds" } else { "no build" };
                Err(format!("'{text}' is {which} of '{component}'; there are: {}", all.join(", ")))
            }
        }
    }
}

/// A component, or why its build cannot be opened.
type Opened = Result<Arc<KnownComponent>, String>;

/// What is opened for a process, once per build: by component and name of the build.
#[derive(Default)]
pub(crate) struct Files {
    opened: Mutex<BTreeMap<(String, String), Opened>>,
}

impl Files {
    /// The component of a build, opened if it is not.
    ///
    /// # Errors
    /// The sentence that says why it cannot be opened.
    pub(crate) fn open(
        &self,
        opener: Option<&dyn Opener>,
        build: &Build,
    ) -> Result<Arc<KnownComponent>, String> {
        let key = (build.manifest.id.clone(), build.name().to_owned());
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened.get(&key) {
            return known.clone();
        }
        let known = open(opener, build).map_err(|error| sentence(&error));
        opened.insert(key, known.clone());
        known
    }

    /// The files that are open, whether anybody uses them or not.
    pub(crate) fn opened(&self) -> Vec<Arc<KnownComponent>> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let known = opened.values().filter_map(|known| known.as_ref().ok());
        known.filter(|known| known.is_loaded()).cloned().collect()
    }
}

/// What an error says to somebody who may see everything.
fn sentence(error: &Error) -> String {
    match error.kind() {
        Kind::Internal => error.chain(),
        _ => error.message().to_owned(),
    }
}

fn open(opener: Option<&dyn Opener>, build: &Build) -> Result<Arc<KnownComponent>> {
    let component = match (&build.home, opener) {
        (Home::Linked(component), _) => component.clone(),
        (Home::Loaded { path, sha256, .. }, Some(opener)) => opener.open(path, sha256)?,
        (Home::Loaded { .. }, None) => {
            return Err(Error::internal("a component file without anybody who opens it"));
        }
    };
    meet(build.clone(), component).map(Arc::new)
}

/// Copies a component file into the folder of installed ones; gives its place, and whether it is new.
pub(crate) fn install(folder: &Path, path: &Path, file: &ComponentFile) -> Result<(PathBuf, bool)> {
    let failed = |error: std::io::Error| {
        let message =
            format!("{} cannot be copied to {}: {error}", path.display(), folder.display());
        Error::invalid("component.install", message)
    };
    let suffix = std::env::consts::DLL_SUFFIX;
    let (id, version) = (&file.manifest.id, &file.manifest.version);
    let place = folder.join(format!("{id}-{version}-{}{suffix}", file.sha256));
    if place.exists() {
        return Ok((place, false));
    }
    fs::create_dir_all(folder).map_err(failed)?;
    // Written beside and renamed, so that a crash never leaves half a component.
    let draft = folder.join(format!("{}.new", file.sha256));
    let mut copy = fs::File::create(&draft).map_err(failed)?;
    copy.write_all(&fs::read(path).map_err(failed)?).map_err(failed)?;
    copy.sync_all().map_err(failed)?;
    fs::rename(&draft, &place).map_err(failed)?;
    Ok((place, true))
}

/// A build of a file.
pub(crate) fn build(file: ComponentFile, path: PathBuf, installed: bool) -> Build {
    let ComponentFile { manifest, sha256, bytes } = file;
    Build { manifest: Arc::new(manifest), home: Home::Loaded { path, sha256, bytes, installed } }
}

/// Two files of a folder with one version of a component: nobody can say which is meant.
fn refuse_twins(
    found: &mut Vec<(PathBuf, ComponentFile)>,
    refused: &mut BTreeMap<PathBuf, String>,
) {
    let key = |file: &ComponentFile| (file.manifest.id.clone(), file.manifest.version.clone());
    let mut same: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (path, file) in &*found {
        same.entry(key(file)).or_default().push(path.display().to_string());
    }
    found.retain(|(path, file)| {
        let (id, version) = key(file);
        let files = same.get(&(id.clone(), version.clone())).filter(|files| files.len() > 1);
        if let Some(files) = files {
            let files = files.join(" and ");
            let reason = format!(
                "{files} are all '{id}' {version}, so none of them is used; remove all but one"
            );
            refused.insert(path.clone(), reason);
        }
        files.is_none()
    });
}

/// A file whose component may be called as it is.
pub(crate) fn checked(file: ComponentFile) -> Result<ComponentFile> {
    check_id(&file.manifest.id).map(|()| file)
}

fn check_id(id: &str) -> Result<()> {
    if RESERVED.contains(&id) {
        let message = format!("a component cannot be called '{id}'; the settings use that name");
        return Err(Error::conflict("component.reserved", message));
    }
    Ok(())
}

/// Asks a component what it brings.
///
/// # Errors
/// It panics, or contradicts its manifest.
pub(crate) fn meet(build: Build, component: Arc<dyn Component>) -> Result<KnownComponent> {
    let manifest = build.manifest.clone();
    let declaration = declare(&manifest.id, component.as_ref())?;
    check(&manifest, &declaration)?;
    let (declaration, component) = (Arc::new(declaration), Some(component));
    Ok(KnownComponent { manifest, declaration, component, build: Some(build) })
}

fn declare(id: &str, component: &dyn Component) -> Result<Declaration> {
    catch_unwind(AssertUnwindSafe(|| component.declare())).map_err(|_| {
        Error::internal(format!("'{id}' panicked while it declared what it brings; see the log"))
    })
}

/// Names that must be the component's own, and unique.
fn check(manifest: &Manifest, declaration: &Declaration) -> Result<()> {
    let id = &manifest.id;
    let wrong = |message: String| Err(Error::conflict("component.declaration", message));
    let own = format!("{id}.");
    let jobs = declaration.jobs.iter().map(|job| ("job", job.name));
    let tasks = declaration.tasks.iter().map(|task| ("task", task.name));
    let mut seen = BTreeSet::new();
    for (kind, name) in jobs.chain(tasks) {
        if !name.starts_with(&own) {
            return wrong(format!("the {kind} '{name}' of '{id}' must begin with '{own}'"));
        }
        if !seen.insert((kind, name)) {
            return wrong(format!("'{id}' declares the {kind} '{name}' twice"));
        }
    }
    let subscriptions = declaration.subscriptions.iter().map(|it| ("subscription", it.name));
    let migrations = declaration.migrations.iter().map(|it| ("migration", it.id));
    for (kind, name) in subscriptions.chain(migrations) {
        if !seen.insert((kind, name)) {
            return wrong(format!("'{id}' declares the {kind} '{name}' twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, version: &str, sha256: &str, installed: bool) -> Build {
        let text = format!("id = \"{id}\"\nversion = \"{version}\"\nsummary = \"x\"");
        let manifest = Manifest::parse(&text).unwrap();
        build(ComponentFile { manifest, sha256: sha256.into(), bytes: 1 }, "x.so".into(), installed)
    }

    fn names(shelf: &Shelf, wish: Wish<'_>) -> Vec<String> {
        shelf.candidates("tea", wish).iter().map(|build| build.name().to_owned()).collect()
    }

    #[test]
    fn the_settings_decide_then_the_choice_then_the_version() {
        let shelf = Shelf::default()
            .with(file("tea", "1.0.0", "aaaa", false))
            .with(file("tea", "1.2.0", "bbbb", false))
            .with(file("tea", "2.0.0", "cccc", true))
            .with(file("tea", "1.2.0", "bbbb", true));
        assert_eq!(shelf.builds("tea").len(), 3, "one build is not there twice");
        assert_eq!(names(&shelf, Wish::default()), ["bbbb", "aaaa", "cccc"]);
        let chosen = Wish { build: Some("cccc"), ..Wish::default() };
        assert_eq!(names(&shelf, chosen), ["cccc", "bbbb", "aaaa"]);
        let versions = VersionReq::parse("~1.0").unwrap();
        assert_eq!(names(&shelf, Wish { versions: Some(&versions), ..chosen }), ["aaaa"]);
    }

    #[test]
    fn a_build_is_found_by_version_or_checksum() {
        let shelf = Shelf::default()
            .with(file("tea", "1.0.0", "aaaa1111", false))
            .with(file("tea", "1.0.0", "aaaa2222", false))
            .with(file("tea", "1.2.0", "bbbb3333", false));
        assert_eq!(shelf.find("tea", "1.2.0").unwrap().name(), "bbbb3333");
        assert_eq!(shelf.find("tea", "aaaa1").unwrap().name(), "aaaa1111");
        for (text, says) in [("1.0.0", "several builds"), ("3.0.0", "no build"), ("aa", "no build")]
        {
            let refused = shelf.find("tea", text).err().unwrap();
            assert!(refused.contains(says), "{refused}");
        }
    }

    #[test]
    fn installing_copies_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.so");
        fs::write(&path, "code").unwrap();
        let manifest = file("tea", "1.0.0", "aaaa", false).manifest;
        let file =
            ComponentFile { manifest: Manifest::clone(&manifest), sha256: "aaaa".into(), bytes: 4 };
        let store = folder.path().join("components");
        let (place, is_new) = install(&store, &path, &file).unwrap();
        assert!(is_new && fs::read(&place).unwrap() == b"code");
        assert_eq!(install(&store, &path, &file).unwrap(), (place, false));
        assert_eq!(fs::read_dir(&store).unwrap().count(), 1);
    }
}
