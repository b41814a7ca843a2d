//! A store for the tests of events and jobs: a database, a clock that stands still, components without code.

use std::any::Any;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::ctx::Header;
use hatchery_component::db::Connection;
use hatchery_component::host::{BoxFuture, Host, NewJob, Unit};
use hatchery_component::interface::Provider;
use hatchery_component::{Actor, Ctx, Declaration, NewEvent, Result, StoreInfo};
use hatchery_types::{Currency, Locale};
use sea_orm::Statement;
use uuid::Uuid;

use crate::db::StoreDb;
use crate::db::tests::TestDb;
use crate::events::background::{Background, Turn};
use crate::{jobs, migrate};

/// A store in a test.
pub(crate) struct Scene {
    db: StoreDb,
    now: Mutex<DateTime<Utc>>,
    components: Mutex<Vec<(Arc<str>, Arc<Declaration>)>>,
}

impl Scene {
    /// A store with these components and a table for their effects.
    pub(crate) async fn new(test: &TestDb, components: Vec<(&str, Declaration)>) -> Arc<Self> {
        migrate::run_kernel(&test.db).await.unwrap();
        let scene = Arc::new(Self {
            db: test.db.clone(),
            now: Mutex::new("2024-05-01T12:00:00Z".parse().unwrap()),
            components: Mutex::default(),
        });
        scene.set(components);
        let unit = test.db.begin(Uuid::now_v7()).await.unwrap();
        unit.execute_unprepared("CREATE TABLE test_effect (what text NOT NULL)").await.unwrap();
        unit.commit().await.unwrap();
        scene
    }

    /// Puts another assembly in place.
    pub(crate) fn set(&self, components: Vec<(&str, Declaration)>) {
        *self.components.lock().unwrap() = components
            .into_iter()
            .map(|(id, declaration)| (id.into(), Arc::new(declaration)))
            .collect();
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, duration: chrono::Duration) {
        *self.now.lock().unwrap() += duration;
    }

    /// The clock.
    pub(crate) fn time(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    /// A context of a request.
    pub(crate) fn ctx(self: &Arc<Self>, component: &str) -> Ctx {
        self.clone().turn().ctx(component.into(), Uuid::now_v7())
    }

    /// All effects, sorted.
    pub(crate) async fn effects(&self) -> Vec<String> {
        let all =
            Statement::from_string(self.db.backend(), "SELECT what FROM test_effect ORDER BY what");
        let rows = self.db.reader().query_all(all).await.unwrap();
        rows.iter().map(|row| row.try_get("", "what").unwrap()).collect()
    }
}

/// Writes an effect, in the open unit of work or in one of its own.
pub(crate) async fn effect(ctx: &Ctx, what: &str) -> Result<()> {
    let sql = format!("INSERT INTO test_effect (what) VALUES ('{what}')");
    ctx.transaction(|ctx| async move {
        sea_orm::ConnectionTrait::execute_unprepared(&ctx.db(), &sql).await?;
        Ok(())
    })
    .await
}

impl Background for Scene {
    fn db(&self) -> &StoreDb {
        &self.db
    }

    fn turn(self: Arc<Self>) -> Turn {
        let components = self.components.lock().unwrap().clone();
        Turn::new(components, move |component, request_id| {
            let store = StoreInfo {
                id: Uuid::from_u128(1),
                slug: "demo".into(),
                name: "Demo".into(),
                locales: vec![Locale::en()],
                currency: Currency::GBP,
                time_zone: "Europe/London".into(),
                base_url: "http://demo.localhost".into(),
            };
            let header = Header {
                store: Arc::new(store),
                component,
                actor: Actor::System { caused_by: None },
                locale: Locale::en(),
                request_id,
                unit: None,
            };
            Ctx::new(header, Arc::new(SceneHost(self.clone())))
        })
    }
}

struct SceneHost(Arc<Scene>);

#[async_trait]
impl Host for SceneHost {
    fn now(&self) -> DateTime<Utc> {
        self.0.time()
    }
    fn new_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
    fn random(&self, length: usize) -> Vec<u8> {
        vec![7; length]
    }
    fn sign(&self, _: &str, value: &str) -> String {
        value.to_owned()
    }
    fn verify(&self, _: &str, signed: &str) -> Option<String> {
        Some(signed.to_owned())
    }
    fn providers(&self, _: &str) -> Vec<Provider> {
        Vec::new()
    }
    fn state(&self, _: &str) -> Option<Arc<dyn Any + Send + Sync>> {
        None
    }
    fn database(&self) -> Arc<dyn Connection> {
        self.0.db.reader()
    }
    async fn begin(&self, ctx: &Ctx) -> Result<Arc<dyn Unit>> {
        self.0.db.begin(ctx.request_id()).await
    }
    async fn emit(&self, ctx: &Ctx, event: NewEvent) -> Result<()> {
        crate::events::emit(ctx, event).await
    }
    async fn enqueue(&self, ctx: &Ctx, job: NewJob) -> Result<()> {
        jobs::enqueue(ctx, job).await
    }
    fn count(&self, _: &Ctx, _: &str, _: u64) {}
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
    fn spawn(&self, future: BoxFuture<()>) {
        tokio::spawn(future);
    }
}
