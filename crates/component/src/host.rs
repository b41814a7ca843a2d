//! What a home of components must offer. The kernel implements it for linked components; a loaded
//! component has an implementation that calls the kernel's across the boundary.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::db::Connection;
use crate::error::Result;
use crate::event::NewEvent;
use crate::interface::Provider;
use crate::watch::Watch;

/// A future that owns what it needs.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The services behind a [`Ctx`], bound to one store and one assembly.
#[async_trait]
pub trait Host: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> DateTime<Utc>;
    /// A new UUID, version 7.
    fn new_uuid(&self) -> Uuid;
    /// Bytes nobody can guess.
    fn random(&self, length: usize) -> Vec<u8>;
    /// Signs a value with the store's key.
    fn sign(&self, purpose: &str, value: &str) -> String;
    /// The value of a signed text.
    fn verify(&self, purpose: &str, signed: &str) -> Option<String>;
    /// Implementations of an interface in the assembly: one for an exclusive interface (the chosen one),
    /// all for a collective one, sorted by component id.
    fn providers(&self, interface: &str) -> Vec<Provider>;
    /// The state of a component's instance.
    fn state(&self, component: &str) -> Option<Arc<dyn Any + Send + Sync>>;
    /// A read-only connection.
    fn database(&self) -> Arc<dyn Connection>;
    /// Opens a unit of work for the request of the context.
    async fn begin(&self, ctx: &Ctx) -> Result<Arc<dyn Unit>>;
    /// Puts an event into the outbox, in the context's unit of work.
    async fn emit(&self, ctx: &Ctx, event: NewEvent) -> Result<()>;
    /// Puts a job into the queue, in the context's unit of work.
    async fn enqueue(&self, ctx: &Ctx, job: NewJob) -> Result<()>;
    /// Adds to a counter of the context's component.
    fn count(&self, ctx: &Ctx, name: &str, by: u64);
    /// Waits.
    async fn sleep(&self, duration: Duration);
    /// Runs something beside the request; it is awaited at shutdown.
    fn spawn(&self, future: BoxFuture<()>);
    /// Who watches the calls into a component; none where somebody else does.
    fn watch(&self, component: &str) -> Option<Arc<dyn Watch>> {
        let _ = component;
        None
    }
}

/// An open unit of work: a connection with an end. Dropped without one, it rolls back.
#[async_trait]
pub trait Unit: Connection {
    /// Number of the unit, unique in the process.
    fn id(&self) -> u64;
    /// Makes everything durable, events included.
    async fn commit(&self) -> Result<()>;
    /// Undoes everything.
    async fn rollback(&self) -> Result<()>;
    /// Opens a savepoint and gives its number.
    async fn savepoint(&self) -> Result<u32>;
    /// Keeps what came after the savepoint.
    async fn release(&self, savepoint: u32) -> Result<()>;
    /// Undoes what came after the savepoint.
    async fn rollback_to(&self, savepoint: u32) -> Result<()>;
    /// The unit as a plain connection.
    fn connection(self: Arc<Self>) -> Arc<dyn Connection>;
}

/// A job run to be queued.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewJob {
    /// Name of the declared job: `payment.settle`.
    pub job: String,
    /// One queued run per job and key.
    pub key: String,
    /// What the handler is given.
    pub payload: Value,
    /// Not before; at once when absent.
    pub run_at: Option<DateTime<Utc>>,
}
