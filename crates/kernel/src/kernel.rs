//! The process: all stores, and how a request finds its own.

mod create;
mod hosts;
pub(crate) mod stores;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use arc_swap::ArcSwap;
use hatchery_component::platform::{ComponentChange, PlanReport};
use hatchery_component::{Actor, Component, Error, Manifest, Result};
use semver::VersionReq;
use tokio::task::JoinHandle;

use crate::change;
use crate::fleet::sharing::Shares;
use crate::folder::DataFolder;
use crate::host::{StoreClock, SystemClock};
use crate::known::{Known, KnownComponent};
use crate::registry::Registry;
use crate::request::HttpSettings;
use crate::settings::{self, HostSettings, Place, Settings, StoredSettings};
use crate::shelf::{self, Build, ComponentFile, Files, Home, Opener, Shelf, Wish};
use crate::solver;
use hosts::Hosts;
use stores::Slots;

pub use crate::folder::SOCKET;
pub use crate::registry::{DatabaseKind, MOTHER, StoreRecord, StoreState};
pub use create::NewStore;
pub(crate) use create::{check_time_zone, distinct, remove_folder};

/// How a kernel is to run.
#[derive(Clone)]
pub struct KernelOptions {
    /// The data folder.
    pub data: PathBuf,
    /// The folder with settings files; without it built-in defaults and the environment apply.
    pub config: Option<PathBuf>,
    /// Address to listen on instead of the one in the settings.
    pub listen: Option<SocketAddr>,
    /// Whether to leave out every component that no other requires.
    pub safe_mode: bool,
    /// Whether to notice edits of the settings files.
    pub watch: bool,
    /// Environment variables; those that are no settings are ignored.
    pub environment: Vec<(String, String)>,
    /// Time and ids.
    pub clock: Arc<dyn StoreClock>,
    /// The components that are linked into this host.
    pub components: Vec<(Manifest, Arc<dyn Component>)>,
    /// Who opens component files; without one there are none.
    pub opener: Option<Arc<dyn Opener>>,
    /// Folders with component files that take part by lying there.
    pub component_folders: Vec<PathBuf>,
    /// What others are told who want the same data folder: `hatchery serve`.
    pub process: String,
    /// Recipes for stores that the host brings: name and TOML.
    pub blueprints: BTreeMap<String, String>,
}

impl KernelOptions {
    /// The options of a kernel on a data folder, with nothing else set.
    pub fn new(data: impl Into<PathBuf>, components: Vec<(Manifest, Arc<dyn Component>)>) -> Self {
        Self {
            data: data.into(),
            config: None,
            listen: None,
            safe_mode: false,
            watch: false,
            environment: Vec::new(),
            clock: Arc::new(SystemClock),
            components,
            opener: None,
            component_folders: Vec::new(),
            process: "another process".into(),
            blueprints: BTreeMap::new(),
        }
    }
}

/// All stores of a process.
pub struct Kernel {
    options: KernelOptions,
    folder: DataFolder,
    files: Files,
    shelf: ArcSwap<Shelf>,
    known: ArcSwap<Known>,
    settings: ArcSwap<Settings>,
    settings_problem: ArcSwap<Option<String>>,
    registry: Registry,
    records: ArcSwap<BTreeMap<String, StoreRecord>>,
    editing: tokio::sync::Mutex<()>,
    /// Held for reading by those to whom it matters that backups stay, and for writing by who removes one.
    pub(crate) keeping_backups: tokio::sync::RwLock<()>,
    hosts: ArcSwap<Hosts>,
    slots: Slots,
    shares: Shares,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    address: OnceLock<SocketAddr>,
    this: Weak<Kernel>,
}

impl Kernel {
    /// Opens the data folder. Stores are opened when they are first used.
    ///
    /// # Errors
    /// Settings that do not fit (file, line and key are named); another process has the folder; a component
    /// that contradicts its manifest.
    pub async fn open(options: KernelOptions) -> Result<Arc<Self>> {
        let files = Files::default();
        let shelf = gather(&options)?;
        let known = know(&options, &files, &shelf, &Chosen::default())?;
        let settings = load(&options, &files, &shelf, &known)?;
        let folder = DataFolder::lock(&options.data, &options.process)?;
        let registry = Registry::open(folder.path()).await?;
        let records = registry.list().await?;
        let shares = registry.shares().await?;
        let records = records.into_iter().map(|record| (record.slug.clone(), record)).collect();
        let kernel = Arc::new_cyclic(|this| Self {
            options,
            folder,
            files,
            shelf: ArcSwap::from_pointee(shelf),
            known: ArcSwap::from_pointee(known),
            settings: ArcSwap::from_pointee(settings),
            settings_problem: ArcSwap::default(),
            registry,
            records: ArcSwap::from_pointee(records),
            editing: tokio::sync::Mutex::default(),
            keeping_backups: tokio::sync::RwLock::default(),
            hosts: ArcSwap::default(),
            slots: Slots::default(),
            shares: Shares::new(shares),
            tasks: Mutex::default(),
            address: OnceLock::new(),
            this: this.clone(),
        });
        kernel.index_hosts();
        kernel.clear_up().await?;
        if kernel.options.watch {
            kernel.watch_settings();
        }
        Ok(kernel)
    }

    /// How the kernel runs.
    pub fn options(&self) -> &KernelOptions {
        &self.options
    }

    /// All builds of all components, as they lie there now.
    pub fn shelf(&self) -> Arc<Shelf> {
        self.shelf.load_full()
    }

    /// The components that a new store would know, of each the best build.
    pub fn known(&self) -> Arc<Known> {
        self.known.load_full()
    }

    /// What stores share.
    pub(crate) fn shares(&self) -> &Shares {
        &self.shares
    }

    /// The mother's registry.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The components that a store knows, by what its settings and its rows choose.
    pub(crate) fn known_in(
        &self,
        shelf: &Shelf,
        slug: &str,
        builds: &BTreeMap<String, String>,
    ) -> Result<Known> {
        let versions = self.settings().versions(slug);
        let chosen = Chosen { is_mother: slug == MOTHER, versions, builds: builds.clone() };
        know(&self.options, &self.files, shelf, &chosen)
    }

    /// Settings of the process.
    pub fn host_settings(&self) -> Arc<HostSettings> {
        Arc::new(self.settings.load().host.clone())
    }

    /// How requests are received.
    pub fn http_settings(&self) -> Arc<HttpSettings> {
        Arc::new(self.settings.load().http.clone())
    }

    /// Checks the settings files and the environment without opening anything. Answers what would be left
    /// out in the stores they speak of.
    ///
    /// # Errors
    /// Every key that does not fit, with file and line.
    pub fn check_settings(options: &KernelOptions) -> Result<Vec<String>> {
        let files = Files::default();
        let shelf = gather(options)?;
        let known = know(options, &files, &shelf, &Chosen::default())?;
        let settings = load(options, &files, &shelf, &known)?;
        let mut left_out: Vec<String> = shelf.refused().values().cloned().collect();
        for slug in settings.mentioned_stores() {
            let versions = settings.versions(&slug);
            let chosen = Chosen { is_mother: slug == MOTHER, versions, ..Chosen::default() };
            let known = know(options, &files, &shelf, &chosen)?;
            let of_store =
                settings.for_store(&slug, known.schemas(), &StoredSettings::default())?;
            let on = |id: &str| is_on_by_default(&known, &settings.host, &slug, id);
            let resolution = solver::resolve(&change::question(&known, &of_store, on));
            let problems = resolution.problems.values().flatten();
            let store =
                if slug.is_empty() { "any store".into() } else { format!("store '{slug}'") };
            left_out.extend(problems.map(|reason| format!("{store}: {reason}")));
        }
        Ok(left_out)
    }

    /// Address the server listens on.
    ///
    /// # Errors
    /// The setting is no address, which its rules exclude.
    pub fn listen(&self) -> Result<SocketAddr> {
        if let Some(address) = self.address.get() {
            return Ok(*address);
        }
        let text = &self.settings.load().host.listen;
        let parse = || text.parse().map_err(|_| Error::internal(format!("'{text}' is no address")));
        self.options.listen.map_or_else(parse, Ok)
    }

    /// Remembers where the server really listens; its port is part of the stores' addresses.
    pub fn listening_on(&self, address: SocketAddr) {
        // Only the first listener counts.
        let _ = self.address.set(address);
    }

    /// Why the last edit of the settings files is not in place.
    pub fn settings_problem(&self) -> Option<String> {
        Option::clone(&self.settings_problem.load())
    }

    /// What a change of a store's component set would do, or why it cannot be.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub async fn plan(&self, slug: &str, change: &ComponentChange) -> Result<PlanReport> {
        change::plan(&self.store(slug).await?, change).await
    }

    /// Changes a store's component set. An impossible change is a report that says so.
    ///
    /// # Errors
    /// A component that does not start; the database. The store goes on as it was.
    pub async fn apply(
        &self,
        slug: &str,
        change: &ComponentChange,
        actor: &Actor,
    ) -> Result<PlanReport> {
        change::apply(&self.store(slug).await?, change, actor).await
    }

    /// Reads the settings files again and puts what they say in place, store by store. What does not fit
    /// leaves everything as it runs, and is told.
    ///
    /// # Errors
    /// Why the files, or a store's set of components, cannot be as they say.
    pub async fn reload_settings(&self) -> Result<()> {
        let result = self.try_reload().await;
        let problem = result.as_ref().err().map(ToString::to_string);
        self.settings_problem.store(Arc::new(problem));
        result
    }

    /// What a component file is, without keeping it.
    ///
    /// # Errors
    /// It is no component for this host.
    pub(crate) fn look_at(&self, path: &Path) -> Result<ComponentFile> {
        let Some(opener) = self.options.opener.as_deref() else {
            let message = "This host opens no component files.";
            return Err(Error::invalid("component.refused", message));
        };
        let file = shelf::checked(opener.inspect(path)?)?;
        self.leave_room_for(&shelf::build(file.clone(), path.to_owned(), true))?;
        Ok(file)
    }

    /// Copies a component file that was looked at into the data folder and puts it on the shelf. Gives the
    /// place of the copy when it was not there before.
    ///
    /// # Errors
    /// The copy cannot be written.
    pub(crate) fn install(&self, path: &Path, file: ComponentFile) -> Result<Option<PathBuf>> {
        let (place, is_new) = shelf::install(&installed(&self.options.data), path, &file)?;
        let build = shelf::build(file, place.clone(), true);
        self.shelf.rcu(|shelf| Shelf::clone(shelf).with(build.clone()));
        Ok(is_new.then_some(place))
    }

    /// Takes an installed file away that no store uses.
    pub(crate) fn uninstall(&self, place: &Path) {
        if let Err(error) = std::fs::remove_file(place) {
            tracing::warn!("{} is left: {error}", place.display());
        }
        match gather(&self.options) {
            Ok(shelf) => self.shelf.store(Arc::new(shelf)),
            Err(error) => tracing::error!("the shelf is not read again: {}", error.chain()),
        }
    }

    /// Component files that are open although no store uses them: how many, and their bytes.
    pub fn retired_libraries(&self) -> (usize, u64) {
        // A store that is closed runs what a new one would, or is told about when it opens.
        let stores = self.open_stores().into_iter().map(|store| store.known());
        let in_use: Vec<Arc<Known>> = stores.chain([self.known()]).collect();
        let used = |known: &KnownComponent| {
            let runs = |it: &Arc<KnownComponent>| it.build_name() == known.build_name();
            in_use.iter().any(|known_there| known_there.get(&known.manifest.id).is_some_and(runs))
        };
        let retired = self.files.opened().into_iter().filter(|known| !used(known));
        let bytes = retired.map(|known| known.build.as_ref().map_or(0, Build::bytes));
        bytes.fold((0, 0), |(count, sum), bytes| (count + 1, sum + bytes))
    }

    /// Refuses one more library when too many are open that nobody uses.
    fn leave_room_for(&self, build: &Build) -> Result<()> {
        let is_open = |known: &Arc<KnownComponent>| known.build_name() == build.name();
        if self.files.opened().iter().any(is_open) {
            return Ok(());
        }
        let (count, bytes) = self.retired_libraries();
        let most = self.settings.load().host.retired_libraries;
        if count < most as usize {
            return Ok(());
        }
        let message = format!(
            "{count} component files with {} MB are open that no store uses any more; restart the host, \
             or raise host.retired_libraries",
            bytes / 1_000_000
        );
        Err(Error::conflict("component.retired", message))
    }

    /// Ends everything: work beside requests, jobs and events, components, databases. Stop accepting
    /// requests before.
    pub async fn shutdown(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            task.abort();
            // Whoever closes a store is not to be cut off half-way; an abort lets go at the next pause.
            let _ = task.await;
        }
        self.close_stores().await;
        if let Err(error) = self.registry.close().await {
            tracing::error!("the registry did not close: {error}");
        }
    }

    /// What files and environment say.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    async fn try_reload(&self) -> Result<()> {
        let shelf = gather(&self.options)?;
        let known = know(&self.options, &self.files, &shelf, &Chosen::default())?;
        let settings = load(&self.options, &self.files, &shelf, &known)?;
        let before = (
            self.settings.swap(Arc::new(settings)),
            self.shelf.swap(Arc::new(shelf)),
            self.known.swap(Arc::new(known)),
        );
        self.index_hosts();
        let (mut refused, mut translated) = (Vec::new(), Vec::new());
        for store in self.open_stores() {
            match change::reload(self, &store).await {
                Ok(true) => translated.push(store),
                Ok(false) => {}
                Err(error) => refused.push(format!("store '{}': {error}", store.slug)),
            }
        }
        if refused.is_empty() {
            translated.iter().for_each(change::resync_all);
            return Ok(());
        }
        // A store that went along is taken back, so that all run on what one set of files says.
        self.settings.store(before.0);
        self.shelf.store(before.1);
        self.known.store(before.2);
        self.index_hosts();
        for store in self.open_stores() {
            change::reload(self, &store).await?;
        }
        Err(Error::conflict("settings.refused", refused.join("\n")))
    }

    fn watch_settings(self: &Arc<Self>) {
        let folders = self.options.config.iter().chain(&self.options.component_folders);
        let folders: Vec<&Path> =
            folders.filter(|folder| folder.exists()).map(PathBuf::as_path).collect();
        if folders.is_empty() {
            return;
        }
        let mut watch = match settings::watch(&folders) {
            Ok(watch) => watch,
            Err(error) => {
                tracing::warn!("edits of {folders:?} are not noticed: {error}");
                return;
            }
        };
        let kernel = Arc::downgrade(self);
        let watching = tokio::spawn(async move {
            loop {
                watch.changed().await;
                let Some(kernel) = kernel.upgrade() else { return };
                match kernel.reload_settings().await {
                    Ok(()) => tracing::info!("the edited settings and components are in place"),
                    Err(error) => tracing::error!("the edit is not used: {error}"),
                }
            }
        });
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(watching);
    }
}

/// Everything there is: what is linked, the folders of the host, what was installed into the data folder.
fn gather(options: &KernelOptions) -> Result<Shelf> {
    let shelf = Shelf::of_host(options.components.clone())?;
    let Some(opener) = options.opener.as_deref() else { return Ok(shelf) };
    let folders = options.component_folders.iter();
    let shelf = folders.fold(shelf, |shelf, folder| shelf.with_folder(opener, folder, false));
    Ok(shelf.with_folder(opener, &installed(&options.data), true))
}

/// The folder of installed component files.
fn installed(data: &Path) -> PathBuf {
    data.join("components")
}

/// What a store has chosen among the builds.
#[derive(Default)]
struct Chosen {
    /// Whether it is the mother, whose own part has more.
    is_mother: bool,
    /// Versions that settings allow, by component.
    versions: BTreeMap<String, (VersionReq, Place)>,
    /// Builds that the store's rows name, by component.
    builds: BTreeMap<String, String>,
}

/// Whether a store runs a component without being told to. The mother runs only what is made for her.
pub(crate) fn is_on_by_default(known: &Known, host: &HostSettings, slug: &str, id: &str) -> bool {
    match slug {
        MOTHER => host.mother_components.iter().any(|own| own == id),
        _ => known.get(id).is_some_and(|known| known.is_on_by_default()),
    }
}

/// Of each component the build that fits best among those that can be opened.
fn know(options: &KernelOptions, files: &Files, shelf: &Shelf, choice: &Chosen) -> Result<Known> {
    let (mut known, mut problems, mut barred) = (Vec::new(), BTreeMap::new(), Vec::new());
    for id in shelf.ids() {
        let chosen = choice.builds.get(id).map(String::as_str);
        let versions = choice.versions.get(id).map(|(versions, _)| versions);
        let mut wish = Wish { versions, build: chosen };
        if let Some(versions) = wish.versions
            && shelf.candidates(id, wish).is_empty()
        {
            barred.push((id, format!("has no version that fits {versions}")));
            problems.insert(id.to_owned(), format!("no build fits {versions}"));
            wish.versions = None;
        }
        let mut failed = Vec::new();
        let opened = shelf.candidates(id, wish).into_iter().find_map(|build| {
            let opened = files.open(options.opener.as_deref(), build);
            opened.map_err(|reason| failed.push(reason)).ok()
        });
        if let (Some(opened), None, Some(chosen)) = (&opened, wish.versions, chosen)
            && opened.build_name() != chosen
            && failed.is_empty()
        {
            let name = opened.build_name();
            failed.push(format!("the chosen build {chosen} is gone; {name} is used instead"));
        }
        if let (None, true) =
            (&opened, matches!(shelf.builds(id), [Build { home: Home::Linked(_), .. }]))
        {
            // The host was built with it: that is a defect of the host.
            return Err(Error::conflict("component.declaration", failed.join("; ")));
        }
        known.extend(opened);
        if !failed.is_empty() {
            problems.insert(id.to_owned(), failed.join("; "));
        }
    }
    let mut known = Known::new(choice.is_mother, known, problems)?;
    barred.into_iter().for_each(|(id, why)| known.bar(id, why));
    Ok(known)
}

/// Settings, checked against what the components accept. Files may speak to stores that run other builds
/// than a new store would.
fn load(options: &KernelOptions, files: &Files, shelf: &Shelf, known: &Known) -> Result<Settings> {
    let load = |schemas: &settings::Schemas| {
        Settings::load(options.config.as_deref(), &options.environment, schemas)
    };
    let refused = match load(known.schemas()) {
        Ok(settings) => return Ok(settings),
        Err(refused) => refused,
    };
    let mut schemas = known.schemas().clone();
    let mut several = false;
    for (id, accepted) in &mut schemas.0 {
        let builds = shelf.builds(id);
        if builds.len() > 1 {
            several = true;
            let opener = options.opener.as_deref();
            let others = builds.iter().filter_map(|build| files.open(opener, build).ok());
            accepted.others = others.map(|known| known.declaration.settings.clone()).collect();
        }
    }
    if several { Ok(load(&schemas)?) } else { Err(refused.into()) }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
