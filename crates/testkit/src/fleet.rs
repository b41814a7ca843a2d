//! A mother with any number of stores, in a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hatchery_component::Actor;
use hatchery_component::stores::StoreAct;
use hatchery_kernel::fleet::TASK;
use hatchery_kernel::kernel::{KernelOptions, MOTHER};
use hatchery_kernel::{Kernel, Store, http};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::TestClient;
use crate::clock::TestClock;
use crate::database::TestDatabase;

/// A mother with the real kernel and all linked components, in a temporary folder.
pub struct TestFleet {
    /// The process.
    pub kernel: Arc<Kernel>,
    /// Its time and ids.
    pub clock: Arc<TestClock>,
    /// What the slugs of this test begin with, so that tests can share a PostgreSQL database.
    prefix: String,
    url: Option<String>,
    folder: TempDir,
}

impl TestFleet {
    /// A mother whose stores are on a database, with these blueprints: name and TOML.
    ///
    /// # Panics
    /// It cannot be made, which fails the test.
    pub async fn on(database: TestDatabase, blueprints: BTreeMap<String, String>) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let clock = Arc::new(TestClock::default());
        let url = match database {
            TestDatabase::Sqlite => None,
            TestDatabase::Postgres { url, .. } => Some(url),
        };
        let variable = |url: &String| ("HATCHERY__DATABASE__URL".to_owned(), url.clone());
        let linked = hatchery_component::registrations().expect("the manifests are fine");
        let options = KernelOptions {
            environment: url.iter().map(variable).collect(),
            clock: clock.clone(),
            blueprints,
            process: "a test".into(),
            ..KernelOptions::new(folder.path().join("data"), linked)
        };
        let kernel = open(options).await;
        let prefix = format!("t{}", &uuid::Uuid::now_v7().simple().to_string()[20..]);
        Self { kernel, clock, prefix, url, folder }
    }

    /// The slug of a store of this test.
    pub fn slug(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    /// Does something with a store, as the command line would; a failure is its message.
    ///
    /// # Errors
    /// The message of what it failed with.
    ///
    /// # Panics
    /// The mother does not open.
    pub async fn act(&self, act: StoreAct) -> Result<Value, String> {
        let mother = self.kernel.store(MOTHER).await.expect("the mother opens");
        let actor = Actor::System { caused_by: Some("test".into()) };
        let input = serde_json::to_value(act).expect("an act is JSON");
        let mut run = mother.start_task(TASK, input, actor).await.expect("the task is there");
        let run = run.wait_for(|run| run.state != "running").await.expect("the run ends").clone();
        match run.state.as_str() {
            "done" => Ok(run.result.unwrap_or_default()),
            _ => Err(run.message),
        }
    }

    /// A store; opened if it is not.
    ///
    /// # Panics
    /// It does not open.
    pub async fn store(&self, slug: &str) -> Arc<Store> {
        let store = self.kernel.store(slug).await;
        store.unwrap_or_else(|error| panic!("'{slug}' does not open: {}", error.chain()))
    }

    /// A client of a store without any cookie.
    pub fn http(&self, slug: &str) -> TestClient {
        self.at(&format!("{slug}.localhost"))
    }

    /// A client of a host name without any cookie.
    pub fn at(&self, host: &str) -> TestClient {
        TestClient::new(http::router(self.kernel.clone()), host.to_owned())
    }

    /// A member of staff who may do everything, signed in at a store.
    ///
    /// # Panics
    /// The user cannot be made or cannot sign in.
    pub async fn staff(&self, slug: &str) -> TestClient {
        self.signed_in(slug, &format!("{slug}.localhost"), "/api/v1/admin/session").await
    }

    /// An administrator of the mother, signed in on one of her domains.
    ///
    /// # Panics
    /// The user cannot be made or cannot sign in.
    pub async fn administrator(&self) -> TestClient {
        self.signed_in(MOTHER, "localhost", "/api/v1/mother/session").await
    }

    async fn signed_in(&self, slug: &str, host: &str, session: &str) -> TestClient {
        let store = self.store(slug).await;
        let email = format!("staff-{}@test.example", store.clock.new_uuid().simple());
        let input = json!({ "email": email, "name": "Staff", "role": "owner" });
        let actor = Actor::System { caused_by: Some("test".into()) };
        let mut run = store
            .start_task("identity.create_user", input, actor)
            .await
            .unwrap_or_else(|error| panic!("no user: {}", error.chain()));
        let made = run.wait_for(|run| run.state != "running").await.expect("the run ends").clone();
        let password = made.result.unwrap_or_default()["password"].clone();
        let client = self.at(host);
        let answer = client.post(session, &json!({ "email": email, "password": password })).await;
        assert!(answer.status.is_success(), "no sign-in: {} {}", answer.status, answer.text());
        client
    }

    /// A path in the folder of the test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// Shuts the kernel down and opens it again on the same data, as after a restart.
    ///
    /// # Panics
    /// It does not open.
    #[must_use]
    pub async fn restart(self) -> Self {
        let options = self.kernel.options().clone();
        self.kernel.shutdown().await;
        drop(self.kernel);
        Self { kernel: open(options).await, ..self }
    }

    /// Shuts the kernel down and leaves nothing behind.
    pub async fn close(self) {
        let slugs: Vec<String> =
            self.kernel.stores().into_iter().map(|record| record.slug).collect();
        self.kernel.shutdown().await;
        for slug in slugs {
            if let Some(url) = self.url.clone() {
                let schema = format!("store_{}", slug.replace('-', "_"));
                TestDatabase::Postgres { url, schema }.drop_schema().await;
            }
        }
    }
}

/// A kernel of its own on another folder, such as one that was ejected: its components are those that are
/// linked.
///
/// # Panics
/// It does not open.
pub async fn kernel_on(folder: &Path, blueprints: BTreeMap<String, String>) -> Arc<Kernel> {
    let linked = hatchery_component::registrations().expect("the manifests are fine");
    let config = Some(folder.join("config"));
    let data = folder.join("data");
    open(KernelOptions { blueprints, config, ..KernelOptions::new(data, linked) }).await
}

/// A client of a kernel, by host name.
pub fn client_of(kernel: &Arc<Kernel>, host: &str) -> TestClient {
    TestClient::new(http::router(kernel.clone()), host.to_owned())
}

async fn open(options: KernelOptions) -> Arc<Kernel> {
    let kernel = Kernel::open(options).await;
    kernel.unwrap_or_else(|error| panic!("the kernel does not open: {}", error.chain()))
}
