//! What tests beside the code share, and the suites that drive the whole kernel through HTTP.

/// Makes two tests of a function that takes a shop, one per database.
macro_rules! both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                let shop = crate::tests::fixture::Shop::open().await;
                super::$name(&shop).await;
                shop.end().await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                let Some(shop) = crate::tests::fixture::Shop::open_on_postgres().await else { return };
                super::$name(&shop).await;
                shop.end().await;
            })+
        }
    };
}

mod admin;
mod fixture;
mod requests;
pub(crate) mod scene;
mod trouble;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::ctx::Header;
use hatchery_component::db::Connection;
use hatchery_component::host::{BoxFuture, Host, NewJob, Unit};
use hatchery_component::interface::Provider;
use hatchery_component::{
    Actor, Ctx, Declaration, Error, Instance, Manifest, NewEvent, Result, StoreInfo,
};
use hatchery_types::{Currency, Locale};
use serde_json::Value;
use uuid::Uuid;

use crate::active::Active;
use crate::shelf::KnownComponent;

/// A store called `Demo`, in English and Chinese.
pub(crate) fn store_info() -> StoreInfo {
    StoreInfo {
        id: Uuid::from_u128(1),
        slug: "demo".into(),
        name: "Demo".into(),
        locales: vec![Locale::en(), Locale::zh_cn()],
        currency: Currency::GBP,
        time_zone: "Europe/London".into(),
        base_url: "http://demo.localhost".into(),
    }
}

/// Components without code, by id.
pub(crate) fn components(parts: Vec<(&str, Declaration)>) -> BTreeMap<Arc<str>, Arc<Active>> {
    let active = |(id, declaration): (&str, Declaration)| {
        let text = format!("id = \"{id}\"\nversion = \"1.0.0\"\nsummary = \"For a test.\"\n");
        let known = KnownComponent {
            manifest: Arc::new(Manifest::parse(&text).unwrap()),
            declaration: Arc::new(declaration),
            component: None,
            build: None,
        };
        let active = Active::new(Arc::new(known), Instance::new(Arc::new(())), Value::Null);
        (Arc::from(id), Arc::new(active))
    };
    parts.into_iter().map(active).collect()
}

/// A guest's context that has nothing behind it.
pub(crate) fn guest() -> Ctx {
    let header = Header {
        store: Arc::new(store_info()),
        component: "a".into(),
        actor: Actor::Guest,
        locale: Locale::en(),
        request_id: Uuid::from_u128(2),
        unit: None,
    };
    Ctx::new(header, Arc::new(NoHost))
}

/// Pages need no host.
struct NoHost;

#[async_trait]
impl Host for NoHost {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
    fn new_uuid(&self) -> Uuid {
        Uuid::nil()
    }
    fn random(&self, length: usize) -> Vec<u8> {
        vec![0; length]
    }
    fn sign(&self, _: &str, value: &str) -> String {
        value.into()
    }
    fn verify(&self, _: &str, _: &str) -> Option<String> {
        None
    }
    fn providers(&self, _: &str) -> Vec<Provider> {
        Vec::new()
    }
    fn state(&self, _: &str) -> Option<Arc<dyn Any + Send + Sync>> {
        None
    }
    fn database(&self) -> Arc<dyn Connection> {
        unreachable!("a page reads no database")
    }
    async fn begin(&self, _: &Ctx) -> Result<Arc<dyn Unit>> {
        Err(Error::internal("no host"))
    }
    async fn emit(&self, _: &Ctx, _: NewEvent) -> Result<()> {
        Err(Error::internal("no host"))
    }
    async fn enqueue(&self, _: &Ctx, _: NewJob) -> Result<()> {
        Err(Error::internal("no host"))
    }
    fn count(&self, _: &Ctx, _: &str, _: u64) {}
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
    fn spawn(&self, _: BoxFuture<()>) {}
}
