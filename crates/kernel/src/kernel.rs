//! The process: all stores, and how a request finds its own.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use arc_swap::ArcSwap;
use hatchery_component::platform::{ComponentChange, PlanReport};
use hatchery_component::{Actor, Component, Error, Kind, Manifest, Result, StoreInfo};
use hatchery_types::{Currency, Locale};
use semver::VersionReq;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use crate::assembly::Assembly;
use crate::change::{self, Boot};
use crate::db::discard::discard;
use crate::db::{DatabaseTarget, StoreDb};
use crate::folder::{self, DataFolder};
use crate::host::{StoreClock, SystemClock};
use crate::known::{Known, KnownComponent};
use crate::registry::{DatabaseKind, MOTHER, Registry};
use crate::request::HttpSettings;
use crate::settings::{
    self, HostSettings, KernelSettings, Place, Settings, StoreSettings, StoredSettings,
};
use crate::shelf::{self, Build, ComponentFile, Files, Home, Opener, Shelf, Wish};
use crate::solver;
use crate::store::{Parts, Store};

pub use crate::folder::SOCKET;
pub use crate::registry::{StoreRecord, StoreState};

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
        }
    }
}

/// A store to be made.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// Short name: lowercase letters, digits and dashes.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Languages, the default first.
    pub locales: Vec<Locale>,
    /// Currency of the prices.
    pub currency: Currency,
    /// IANA time zone.
    pub time_zone: String,
    /// Host names it answers on.
    pub domains: Vec<String>,
    /// Components that are on at first; all that are known when absent.
    pub components: Option<Vec<String>>,
    /// Whether it is only used after [`Kernel::activate`]: somebody still has to fill it.
    pub preparing: bool,
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
    stores: Mutex<BTreeMap<String, Arc<OnceCell<Arc<Store>>>>>,
    watching: Mutex<Option<JoinHandle<()>>>,
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
        let known = know(&options, &files, &shelf, &BTreeMap::new(), &BTreeMap::new())?;
        let settings = load(&options, &files, &shelf, &known)?;
        let folder = DataFolder::lock(&options.data, &options.process)?;
        let registry = Registry::open(folder.path()).await?;
        let records = registry.list().await?;
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
            stores: Mutex::default(),
            watching: Mutex::default(),
            address: OnceLock::new(),
            this: this.clone(),
        });
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

    /// The components that a store knows, by what its settings and its rows choose.
    pub(crate) fn known_in(
        &self,
        shelf: &Shelf,
        slug: &str,
        builds: &BTreeMap<String, String>,
    ) -> Result<Known> {
        know(&self.options, &self.files, shelf, &self.settings().versions(slug), builds)
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
        let known = know(options, &files, &shelf, &BTreeMap::new(), &BTreeMap::new())?;
        let settings = load(options, &files, &shelf, &known)?;
        let mut left_out: Vec<String> = shelf.refused().values().cloned().collect();
        for slug in settings.mentioned_stores() {
            let versions = settings.versions(&slug);
            let known = know(options, &files, &shelf, &versions, &BTreeMap::new())?;
            let of_store =
                settings.for_store(&slug, known.schemas(), &StoredSettings::default())?;
            let on = |id: &str| known.get(id).is_some_and(|known| known.is_on_by_default());
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

    /// All stores, by slug.
    pub fn stores(&self) -> Vec<StoreRecord> {
        self.records.load().values().cloned().collect()
    }

    /// The stores that are open.
    pub fn open_stores(&self) -> Vec<Arc<Store>> {
        let cells = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
        cells.values().filter_map(|cell| cell.get().cloned()).collect()
    }

    /// A store; opened if it is not.
    ///
    /// # Errors
    /// There is none of that name, it is suspended, or it cannot be opened.
    pub async fn store(&self, slug: &str) -> Result<Arc<Store>> {
        let Some(record) = self.records.load().get(slug).cloned() else {
            let message = format!("There is no store '{slug}'.");
            return Err(Error::not_found("store.unknown", message));
        };
        if record.state == StoreState::Suspended {
            let message = format!("The store '{slug}' is out of service.");
            return Err(Error::new(Kind::Unavailable, "store.suspended", message));
        }
        let cell = {
            let mut cells = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
            cells.entry(slug.to_owned()).or_default().clone()
        };
        cell.get_or_try_init(|| self.open_store(record, None)).await.cloned()
    }

    /// The store that a `Host` header means: by one of its domains, `<slug>.localhost`,
    /// `<slug>.<mother domain>`, else the default store.
    ///
    /// # Errors
    /// The store cannot be opened.
    pub async fn store_for_host(&self, host: &str) -> Result<Option<Arc<Store>>> {
        match self.slug_for_host(host) {
            Some(slug) => self.store(&slug).await.map(Some),
            None => Ok(None),
        }
    }

    /// Makes a store.
    ///
    /// # Errors
    /// The slug is taken or no slug; facts or components that do not fit. Nothing is left of it then.
    pub async fn create_store(&self, new: NewStore) -> Result<Arc<Store>> {
        check(&new)?;
        if self.records.load().contains_key(&new.slug) {
            let message = format!("There is a store '{}' already.", new.slug);
            return Err(Error::conflict("store.exists", message));
        }
        if let Some(unknown) =
            new.components.iter().flatten().find(|id| self.known().get(id).is_none())
        {
            let message = format!("There is no component '{unknown}'.");
            return Err(Error::invalid("component.unknown", message));
        }
        let settings = self.store_settings(&new.slug)?;
        let database = match self.target(&new.slug, &settings) {
            DatabaseTarget::Sqlite(_) => DatabaseKind::Sqlite,
            DatabaseTarget::Postgres { .. } => DatabaseKind::Postgres,
        };
        let record = StoreRecord {
            slug: new.slug.clone(),
            id: self.options.clock.new_uuid(),
            name: new.name,
            domains: new.domains,
            locales: new.locales,
            currency: new.currency,
            time_zone: new.time_zone,
            database,
            state: StoreState::Preparing,
            created_at: self.options.clock.now(),
        };
        self.registry.add(&record).await?;
        self.remember(record.clone());
        let made = async {
            let cell = {
                let mut cells = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
                cells.entry(record.slug.clone()).or_default().clone()
            };
            let open = || self.open_store(record.clone(), new.components);
            let store = cell.get_or_try_init(open).await.cloned()?;
            if !new.preparing {
                self.activate(&record.slug).await?;
            }
            Ok(store)
        };
        match made.await {
            Ok(store) => Ok(store),
            Err(error) => {
                self.discard_store(&record.slug).await?;
                Err(error)
            }
        }
    }

    /// Ends the preparation of a store.
    ///
    /// # Errors
    /// The registry.
    pub async fn activate(&self, slug: &str) -> Result<()> {
        self.registry.set_state(slug, StoreState::Active).await?;
        let record = self.records.load().get(slug).cloned();
        if let Some(record) = record {
            self.remember(StoreRecord { state: StoreState::Active, ..record });
        }
        Ok(())
    }

    /// Removes a store whose preparation did not end.
    ///
    /// # Errors
    /// The store is in use; its folder cannot be removed.
    pub async fn discard_store(&self, slug: &str) -> Result<()> {
        let record = self.records.load().get(slug).cloned();
        if record.is_none_or(|record| record.state != StoreState::Preparing) {
            let message = format!("The store '{slug}' is in use.");
            return Err(Error::conflict("store.in_use", message));
        }
        let cell = self.stores.lock().unwrap_or_else(PoisonError::into_inner).remove(slug);
        if let Some(store) = cell.as_ref().and_then(|cell| cell.get()) {
            store.close().await;
        }
        discard(&self.target(slug, &self.store_settings(slug)?)).await?;
        self.registry.remove(slug).await?;
        let mut records = BTreeMap::clone(&self.records.load());
        records.remove(slug);
        self.records.store(Arc::new(records));
        let folder = self.folder.store(slug);
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let message = format!("the folder {} cannot be removed: {error}", folder.display());
                Err(Error::invalid("data.folder", message))
            }
            _ => Ok(()),
        }
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
        let stores = self.open_stores();
        let used = |known: &KnownComponent| {
            stores.iter().any(|store| {
                let runs = |it: &Arc<KnownComponent>| it.build_name() == known.build_name();
                store.known().get(&known.manifest.id).is_some_and(runs)
            })
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
        if let Some(watching) = self.watching.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            watching.abort();
        }
        for store in self.open_stores() {
            store.close().await;
        }
        self.stores.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if let Err(error) = self.registry.close().await {
            tracing::error!("the registry did not close: {error}");
        }
    }

    /// What files and environment say.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// Facts about a store, those that files fix included.
    pub(crate) fn info(&self, slug: &str, settings: &StoreSettings) -> Result<StoreInfo> {
        let records = self.records.load();
        let record = records.get(slug).ok_or_else(|| Error::internal("a store without record"))?;
        let facts = settings.facts.clone();
        let domains = facts.domains.as_ref().unwrap_or(&record.domains);
        let own_url = || match domains.first() {
            Some(domain) => format!("https://{domain}"),
            None => format!("http://{slug}.localhost:{}", self.listen().map_or(80, |it| it.port())),
        };
        Ok(StoreInfo {
            id: record.id,
            slug: record.slug.clone(),
            name: facts.name.unwrap_or_else(|| record.name.clone()),
            locales: facts.locales.unwrap_or_else(|| record.locales.clone()),
            currency: facts.currency.unwrap_or(record.currency),
            time_zone: facts.time_zone.unwrap_or_else(|| record.time_zone.clone()),
            base_url: facts.base_url.unwrap_or_else(own_url),
        })
    }

    fn slug_for_host(&self, host: &str) -> Option<String> {
        let host = without_port(host).to_ascii_lowercase();
        let records = self.records.load();
        let settings = self.settings.load();
        let by_domain = records.values().find(|record| {
            let fixed = settings.domains(&record.slug);
            fixed
                .as_ref()
                .unwrap_or(&record.domains)
                .iter()
                .any(|it| it.eq_ignore_ascii_case(&host))
        });
        if let Some(record) = by_domain {
            return Some(record.slug.clone());
        }
        let parents = settings.host.mother_domains.iter().map(String::as_str).chain(["localhost"]);
        let own = parents
            .filter_map(|parent| host.strip_suffix(parent)?.strip_suffix('.'))
            .find(|slug| records.contains_key(*slug));
        if let Some(slug) = own {
            return Some(slug.to_owned());
        }
        let default = settings.host.default_store.as_deref();
        let default = default.filter(|slug| records.contains_key(*slug)).map(str::to_owned);
        default.or_else(|| match records.len() {
            1 => records.keys().next().cloned(),
            _ => None,
        })
    }

    fn remember(&self, record: StoreRecord) {
        let mut records = BTreeMap::clone(&self.records.load());
        records.insert(record.slug.clone(), record);
        self.records.store(Arc::new(records));
    }

    fn store_settings(&self, slug: &str) -> Result<StoreSettings> {
        let settings = self.settings.load();
        Ok(settings.for_store(slug, self.known().schemas(), &StoredSettings::default())?)
    }

    fn target(&self, slug: &str, settings: &StoreSettings) -> DatabaseTarget {
        let url = settings.database.url.expose();
        if url.is_empty() {
            return DatabaseTarget::Sqlite(self.folder.store(slug).join("store.db"));
        }
        let schema = settings.database.schema.clone();
        let schema = schema.unwrap_or_else(|| format!("store_{}", slug.replace('-', "_")));
        DatabaseTarget::Postgres { url: url.to_owned(), schema }
    }

    /// Opens a store. `components` are those that are on at first, when it was just made.
    async fn open_store(
        &self,
        record: StoreRecord,
        components: Option<Vec<String>>,
    ) -> Result<Arc<Store>> {
        let slug = record.slug;
        let settings = self.store_settings(&slug)?;
        let target = self.target(&slug, &settings);
        let (kept, said) = match (record.database, &target) {
            (DatabaseKind::Sqlite, DatabaseTarget::Postgres { .. }) => ("a file", "PostgreSQL"),
            (DatabaseKind::Postgres, DatabaseTarget::Sqlite(_)) => ("PostgreSQL", "a file"),
            _ => ("", ""),
        };
        if kept != said {
            let message = format!(
                "the data of the store '{slug}' are in {kept}, but [database] says {said}; put the setting \
                 back, or move the data first"
            );
            return Err(Error::conflict("store.database", message));
        }
        let folder = self.folder.store(&slug);
        std::fs::create_dir_all(&folder).map_err(|error| {
            let message = format!("the folder {} cannot be made: {error}", folder.display());
            Error::invalid("data.folder", message)
        })?;
        let info = Arc::new(self.info(&slug, &settings)?);
        let parts = Parts {
            slug: slug.as_str().into(),
            key: folder::key(&folder)?,
            folder,
            db: StoreDb::open(&target).await?,
            clock: self.options.clock.clone(),
            kernel: self.this.clone(),
            empty: Assembly::assemble(0, info, BTreeMap::new(), KernelSettings::default())?,
        };
        let store = Store::new(parts);
        let boot = Boot { fresh: record.state == StoreState::Preparing, components };
        if let Err(error) = change::boot(self, &store, boot).await {
            store.close().await;
            return Err(error);
        }
        store.run_background();
        Ok(store)
    }

    async fn try_reload(&self) -> Result<()> {
        let shelf = gather(&self.options)?;
        let known = know(&self.options, &self.files, &shelf, &BTreeMap::new(), &BTreeMap::new())?;
        let settings = load(&self.options, &self.files, &shelf, &known)?;
        let before = (
            self.settings.swap(Arc::new(settings)),
            self.shelf.swap(Arc::new(shelf)),
            self.known.swap(Arc::new(known)),
        );
        let mut refused = Vec::new();
        for store in self.open_stores() {
            if let Err(error) = change::reload(self, &store).await {
                refused.push(format!("store '{}': {error}", store.slug));
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        // A store that went along is taken back, so that all run on what one set of files says.
        self.settings.store(before.0);
        self.shelf.store(before.1);
        self.known.store(before.2);
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
        *self.watching.lock().unwrap_or_else(PoisonError::into_inner) = Some(watching);
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

/// Of each component the build that fits best among those that can be opened.
fn know(
    options: &KernelOptions,
    files: &Files,
    shelf: &Shelf,
    versions: &BTreeMap<String, (VersionReq, Place)>,
    builds: &BTreeMap<String, String>,
) -> Result<Known> {
    let (mut known, mut problems, mut barred) = (Vec::new(), BTreeMap::new(), Vec::new());
    for id in shelf.ids() {
        let chosen = builds.get(id).map(String::as_str);
        let mut wish =
            Wish { versions: versions.get(id).map(|(versions, _)| versions), build: chosen };
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
    let mut known = Known::new(known, problems)?;
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

fn check(new: &NewStore) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let slug = new.slug.as_str();
    let ends = slug.starts_with('-') || slug.ends_with('-');
    if slug.is_empty() || slug.len() > 40 || ends || !slug.bytes().all(fits) || slug == MOTHER {
        let message = format!("'{slug}' is no name for a store; use up to 40 of a-z, 0-9 and '-'");
        return Err(Error::invalid("store.slug", message));
    }
    if new.locales.is_empty() {
        return Err(Error::invalid("store.locales", "A store needs at least one language."));
    }
    if !settings::is_time_zone(&new.time_zone) {
        let message = format!("'{}' is no IANA time zone, like Europe/London", new.time_zone);
        return Err(Error::invalid("store.time_zone", message));
    }
    Ok(())
}

/// A host header without its port; an IPv6 address keeps its colons and loses its brackets.
fn without_port(host: &str) -> &str {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    if host.parse::<IpAddr>().is_ok() {
        return host;
    }
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
