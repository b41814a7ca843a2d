//! A host as small as can be: one store on SQLite, one unit of work after the other.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::ctx::Header;
use hatchery_component::db::Connection;
use hatchery_component::host::{BoxFuture, Host, NewJob, Unit};
use hatchery_component::interface::{Handle, Interface, Provider};
use hatchery_component::{
    Actor, Component, Ctx, Declaration, Error, Instance, NewEvent, Result, StoreContext, StoreInfo,
};
use hatchery_types::{Currency, Locale};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, ExecResult, QueryResult, Statement, TransactionTrait,
};
use serde_json::{Value, json};
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::JoinSet;
use uuid::Uuid;

/// A store with one component at work.
pub(crate) struct Store {
    pub(crate) declaration: Declaration,
    pub(crate) host: Arc<TestHost>,
    component: Arc<dyn Component>,
    id: Arc<str>,
    _folder: tempfile::TempDir,
}

pub(crate) struct TestHost {
    database: DatabaseConnection,
    providers: Mutex<BTreeMap<String, Vec<Provider>>>,
    state: OnceLock<(Arc<str>, Instance)>,
    pub(crate) jobs: Mutex<Vec<NewJob>>,
    pub(crate) counts: Mutex<BTreeMap<String, u64>>,
    spawned: Mutex<JoinSet<()>>,
    units: AtomicU64,
}

pub(crate) fn info() -> Arc<StoreInfo> {
    Arc::new(StoreInfo {
        id: Uuid::from_u128(1),
        slug: "acme".into(),
        name: "Acme".into(),
        locales: vec![Locale::en(), Locale::zh_cn()],
        currency: Currency::GBP,
        time_zone: "Europe/London".into(),
        base_url: "https://acme.example".into(),
    })
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00.123456Z".parse().unwrap()
}

impl Store {
    /// Opens a store: migrations, start, providers.
    pub(crate) async fn open(id: &str, component: Arc<dyn Component>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("store.db").display());
        // A unit of work has one connection, and somebody else reads meanwhile.
        let mut options = ConnectOptions::new(url);
        options.max_connections(4);
        let database = Database::connect(options).await.unwrap();
        for sql in [
            "PRAGMA journal_mode = WAL",
            "PRAGMA foreign_keys = ON",
            "CREATE TABLE outbox (type text NOT NULL, subject text NOT NULL, data text NOT NULL)",
        ] {
            database.execute_unprepared(sql).await.unwrap();
        }
        let declaration = component.declare();
        for step in &declaration.migrations {
            for sql in step.statements(DbBackend::Sqlite) {
                database.execute_unprepared(&sql).await.unwrap();
            }
        }
        let host = Arc::new(TestHost {
            database,
            providers: Mutex::default(),
            state: OnceLock::new(),
            jobs: Mutex::default(),
            counts: Mutex::default(),
            spawned: Mutex::default(),
            units: AtomicU64::new(1),
        });
        let context = StoreContext { store: info(), settings: json!({ "greeting": "good day" }) };
        let instance = component.start(&context).await.unwrap();
        for (interface, handle) in instance.provided() {
            host.add((*interface).to_owned(), id, handle.clone());
        }
        let id: Arc<str> = id.into();
        assert!(host.state.set((id.clone(), instance)).is_ok());
        Self { declaration, host, component, id, _folder: folder }
    }

    /// A context for the component's code.
    pub(crate) fn ctx(&self) -> Ctx {
        let header = Header {
            store: info(),
            component: self.id.clone(),
            actor: Actor::Customer { id: Uuid::from_u128(2), name: "Ada".into() },
            locale: Locale::zh_cn(),
            request_id: Uuid::from_u128(3),
            unit: None,
        };
        Ctx::new(header, self.host.clone())
    }

    /// Events that were committed: type and subject.
    pub(crate) async fn events(&self) -> Vec<(String, String)> {
        let sql = "SELECT type, subject FROM outbox ORDER BY rowid";
        let query = Statement::from_string(DbBackend::Sqlite, sql);
        let rows = self.host.database.query_all_raw(query).await.unwrap();
        let text = |row: &QueryResult, name| row.try_get::<String>("", name).unwrap();
        rows.iter().map(|row| (text(row, "type"), text(row, "subject"))).collect()
    }

    /// Waits for what runs beside requests.
    pub(crate) async fn settle(&self) {
        let mut spawned = std::mem::take(&mut *self.host.spawned.lock().unwrap());
        while let Some(done) = spawned.join_next().await {
            done.unwrap();
        }
    }

    pub(crate) async fn stop(self) {
        let (_, instance) = self.host.state.get().unwrap().clone();
        self.component.stop(instance).await;
    }
}

impl TestHost {
    pub(crate) fn provide<I: Interface + ?Sized>(&self, component: &str, implementation: Arc<I>) {
        self.add(I::ID.to_owned(), component, Handle::new(implementation));
    }

    fn add(&self, interface: String, component: &str, handle: Handle) {
        let provider = Provider { component: component.into(), handle };
        self.providers.lock().unwrap().entry(interface).or_default().push(provider);
    }
}

#[async_trait]
impl Host for TestHost {
    fn now(&self) -> DateTime<Utc> {
        now()
    }
    fn new_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
    fn random(&self, length: usize) -> Vec<u8> {
        vec![4; length]
    }
    fn sign(&self, purpose: &str, value: &str) -> String {
        format!("{purpose}/{value}")
    }
    fn verify(&self, purpose: &str, signed: &str) -> Option<String> {
        signed.strip_prefix(purpose)?.strip_prefix('/').map(str::to_owned)
    }
    fn providers(&self, interface: &str) -> Vec<Provider> {
        self.providers.lock().unwrap().get(interface).cloned().unwrap_or_default()
    }
    fn state(&self, component: &str) -> Option<Arc<dyn Any + Send + Sync>> {
        let (id, instance) = self.state.get()?;
        (**id == *component).then(|| instance.state())
    }
    fn database(&self) -> Arc<dyn Connection> {
        Arc::new(Reader(self.database.clone()))
    }
    async fn begin(&self, _: &Ctx) -> Result<Arc<dyn Unit>> {
        let transaction = self.database.begin().await?;
        let id = self.units.fetch_add(1, Ordering::SeqCst);
        Ok(Arc::new(TestUnit { id, transaction: AsyncMutex::new(Some(transaction)) }))
    }
    async fn emit(&self, ctx: &Ctx, event: NewEvent) -> Result<()> {
        let values = [event.event_type, event.subject, event.data.to_string()].map(Into::into);
        let sql = "INSERT INTO outbox VALUES (?, ?, ?)";
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        ctx.unit().unwrap().execute(statement).await?;
        Ok(())
    }
    async fn enqueue(&self, ctx: &Ctx, job: NewJob) -> Result<()> {
        assert!(ctx.unit().is_some(), "a job is queued in a unit of work");
        self.jobs.lock().unwrap().push(job);
        Ok(())
    }
    fn count(&self, ctx: &Ctx, name: &str, by: u64) {
        let name = format!("{} {name}", ctx.header().component);
        *self.counts.lock().unwrap().entry(name).or_default() += by;
    }
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
    fn spawn(&self, future: BoxFuture<()>) {
        self.spawned.lock().unwrap().spawn(future);
    }
}

struct Reader(DatabaseConnection);

#[async_trait]
impl Connection for Reader {
    fn backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }
    async fn execute(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("read only".into()))
    }
    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("read only".into()))
    }
    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }
    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
}

struct TestUnit {
    id: u64,
    transaction: AsyncMutex<Option<DatabaseTransaction>>,
}

fn over() -> DbErr {
    DbErr::Custom("the unit of work is over".into())
}

#[async_trait]
impl Connection for TestUnit {
    fn backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }
    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.lock().await.as_ref().ok_or_else(over)?.execute_raw(statement).await
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.lock().await.as_ref().ok_or_else(over)?.execute_unprepared(sql).await
    }
    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.lock().await.as_ref().ok_or_else(over)?.query_one_raw(statement).await
    }
    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.lock().await.as_ref().ok_or_else(over)?.query_all_raw(statement).await
    }
}

#[async_trait]
impl Unit for TestUnit {
    fn id(&self) -> u64 {
        self.id
    }
    async fn commit(&self) -> Result<()> {
        let transaction =
            self.transaction.lock().await.take().ok_or_else(|| Error::from(over()))?;
        Ok(transaction.commit().await?)
    }
    async fn rollback(&self) -> Result<()> {
        let transaction =
            self.transaction.lock().await.take().ok_or_else(|| Error::from(over()))?;
        Ok(transaction.rollback().await?)
    }
    async fn savepoint(&self) -> Result<u32> {
        self.execute_unprepared("SAVEPOINT point7").await?;
        Ok(7)
    }
    async fn release(&self, savepoint: u32) -> Result<()> {
        self.execute_unprepared(&format!("RELEASE point{savepoint}")).await?;
        Ok(())
    }
    async fn rollback_to(&self, savepoint: u32) -> Result<()> {
        self.execute_unprepared(&format!("ROLLBACK TO point{savepoint}")).await?;
        Ok(())
    }
    fn connection(self: Arc<Self>) -> Arc<dyn Connection> {
        self
    }
}

/// Says what it was asked, and by whom.
pub(crate) fn answer(ctx: &Ctx, question: &str) -> String {
    let unit = if ctx.unit().is_some() { "inside" } else { "outside" };
    format!("{question}? {} {} {unit}", ctx.actor().label(), ctx.locale())
}

/// Settings that the sample accepts.
pub(crate) fn empty() -> Value {
    json!({})
}
