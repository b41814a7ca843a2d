//! The store of a test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hatchery_component::{Actor, Component, Ctx, Manifest};
use hatchery_kernel::kernel::{KernelOptions, NewStore};
use hatchery_kernel::{Kernel, Store, events, http};
use hatchery_types::{Currency, Locale};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::TestClient;
use crate::clock::TestClock;
use crate::database::TestDatabase;

/// Short name of every test's store.
const SLUG: &str = "demo";

/// How a test's store is made.
#[derive(Clone, Default)]
pub struct TestStoreOptions {
    /// Components that are on, of those linked into the test; when absent, all that are on by default.
    pub components: Option<Vec<String>>,
    /// Components made by the test; always on.
    pub fakes: Vec<(Manifest, Arc<dyn Component>)>,
    /// Where the data are.
    pub database: TestDatabase,
    /// Settings, as environment variables: `("HATCHERY__ORDER__PREFIX", "T-")`.
    pub settings: Vec<(String, String)>,
}

/// A store with the real kernel, in a temporary folder. In English and Chinese, GBP, London time.
pub struct TestStore {
    /// The process.
    pub kernel: Arc<Kernel>,
    /// The store.
    pub store: Arc<Store>,
    /// Its time and ids.
    pub clock: Arc<TestClock>,
    database: TestDatabase,
    folder: TempDir,
}

impl TestStore {
    /// A store on SQLite with these components.
    pub async fn new<'a>(components: impl IntoIterator<Item = &'a str>) -> Self {
        Self::on(TestDatabase::Sqlite, components).await
    }

    /// A store on a database with these components.
    pub async fn on<'a>(
        database: TestDatabase,
        components: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let components = Some(components.into_iter().map(str::to_owned).collect());
        Self::with(TestStoreOptions { components, database, ..TestStoreOptions::default() }).await
    }

    /// A store as the options say.
    ///
    /// # Panics
    /// It cannot be made, which fails the test.
    pub async fn with(options: TestStoreOptions) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let config = folder.path().join("config");
        std::fs::create_dir_all(config.join("stores")).expect("a folder can be made");
        let clock = Arc::new(TestClock::default());
        let mut known = hatchery_component::registrations().expect("the manifests are fine");
        let by_default = known.iter().filter(|(manifest, _)| manifest.on_by_default);
        let mut enabled = options
            .components
            .unwrap_or_else(|| by_default.map(|(manifest, _)| manifest.id.clone()).collect());
        for wanted in &enabled {
            let is_linked = known.iter().any(|(manifest, _)| manifest.id == *wanted);
            assert!(
                is_linked,
                "'{wanted}' is not linked into this test: `use hatchery_{wanted} as _;`"
            );
        }
        enabled.extend(options.fakes.iter().map(|(manifest, _)| manifest.id.clone()));
        known.retain(|(manifest, _)| options.fakes.iter().all(|(fake, _)| fake.id != manifest.id));
        known.extend(options.fakes);
        let mut environment = options.database.environment();
        environment.extend(options.settings);
        let kernel = Kernel::open(KernelOptions {
            environment,
            config: Some(config),
            clock: clock.clone(),
            process: "a test".into(),
            ..KernelOptions::new(folder.path().join("data"), known)
        })
        .await
        .unwrap_or_else(|error| panic!("the kernel does not open: {}", error.chain()));
        let store = kernel
            .create_store(NewStore {
                slug: SLUG.into(),
                name: "Test".into(),
                locales: vec![Locale::en(), Locale::zh_cn()],
                currency: Currency::GBP,
                time_zone: "Europe/London".into(),
                domains: Vec::new(),
                components: Some(enabled),
                preparing: false,
            })
            .await
            .unwrap_or_else(|error| panic!("the store does not open: {}", error.chain()));
        let problems: Vec<String> =
            store.components().into_iter().filter_map(|it| it.problem).collect();
        assert!(problems.is_empty(), "a component is left out: {problems:?}");
        Self { kernel, store, clock, database: options.database, folder }
    }

    /// A client of the store without any cookie: a new visitor.
    pub fn http(&self) -> TestClient {
        TestClient::new(http::router(self.kernel.clone()), format!("{SLUG}.localhost"))
    }

    /// A context of the system, to call interfaces and to look into the database.
    pub fn ctx(&self) -> Ctx {
        self.ctx_of("test")
    }

    /// A context of the system inside a component: `ctx.state()` is that component's.
    pub fn ctx_of(&self, component: &str) -> Ctx {
        self.store.system_ctx(component.into(), Some("test".into()))
    }

    /// A context of somebody else.
    pub fn ctx_as(&self, actor: Actor) -> Ctx {
        self.store.ctx("test".into(), actor, None)
    }

    /// Delivers all events and runs all due jobs, with those that they cause.
    pub async fn drain(&self) {
        self.store.drain().await;
    }

    /// What happened in the store so far, oldest first: type and data of every event.
    ///
    /// # Panics
    /// The outbox cannot be read.
    pub async fn events(&self) -> Vec<(String, Value)> {
        let mut events = events::recent(&self.ctx(), None, u64::from(u32::MAX))
            .await
            .expect("the outbox is there");
        events.reverse();
        events.into_iter().map(|event| (event.event_type, event.data)).collect()
    }

    /// Runs a declared task to its end.
    ///
    /// # Panics
    /// It does not exist or fails.
    pub async fn run_task(&self, task: &str, input: Value) -> Value {
        let actor = Actor::System { caused_by: Some("test".into()) };
        let mut run = self
            .store
            .start_task(task, input, actor)
            .await
            .unwrap_or_else(|error| panic!("'{task}' does not start: {}", error.chain()));
        let run = run.wait_for(|run| run.state != "running").await.expect("the run ends").clone();
        assert_eq!(run.state, "done", "'{task}' failed: {}", run.message);
        run.result.unwrap_or_default()
    }

    /// Creates a member of staff who may do everything and signs in. Needs the component `identity`.
    ///
    /// # Panics
    /// The user cannot be made or cannot sign in.
    pub async fn login_staff(&self) -> TestClient {
        let email = format!("staff-{}@test.example", self.store.clock.new_uuid().simple());
        let input = json!({ "email": email, "name": "Staff", "role": "owner" });
        let made = self.run_task("identity.create_user", input).await;
        let client = self.http();
        let sign_in = json!({ "email": email, "password": made["password"] });
        let answer = client.post("/api/v1/admin/session", &sign_in).await;
        assert!(answer.status.is_success(), "no sign-in: {} {}", answer.status, answer.text());
        client
    }

    /// The folder of the test; the data are in `data/` below it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder of the test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a settings file: `demo.configure("stores/demo.toml", "[cart]\nkeep_days = 30")`. It counts
    /// after [`restart`](Self::restart) or `kernel.reload_settings()`.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn configure(&self, name: &str, text: &str) {
        std::fs::write(self.path("config").join(name), text)
            .expect("a settings file can be written");
    }

    /// Shuts the kernel down and opens it again on the same data, as after a restart.
    ///
    /// # Panics
    /// It does not open.
    #[must_use]
    pub async fn restart(self) -> Self {
        let options = self.kernel.options().clone();
        self.kernel.shutdown().await;
        drop((self.store, self.kernel));
        let kernel = Kernel::open(options)
            .await
            .unwrap_or_else(|error| panic!("the kernel does not open again: {}", error.chain()));
        let store = kernel
            .store(SLUG)
            .await
            .unwrap_or_else(|error| panic!("the store does not open again: {}", error.chain()));
        Self { kernel, store, clock: self.clock, database: self.database, folder: self.folder }
    }

    /// Shuts the kernel down and leaves nothing behind.
    pub async fn close(self) {
        self.kernel.shutdown().await;
        self.database.drop_schema().await;
    }
}
