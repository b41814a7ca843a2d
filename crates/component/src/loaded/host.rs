//! The services behind a context, as calls to the host.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_abi::{self as abi, Buf, Request, Service};
use sea_orm::DbBackend;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::db::Connection;
use crate::error::{Error, Result};
use crate::event::NewEvent;
use crate::host::{BoxFuture, Host, NewJob, Unit};
use crate::interface::{Dispatch, Handle, Provider};
use crate::loaded::db::{RemoteConnection, RemoteUnit};
use crate::wire::{self, Caller, Outgoing, context};

/// The host as one call sees it.
pub(super) struct RemoteHost {
    calls: Arc<Calls>,
    component: Arc<str>,
    state: Option<Arc<dyn Any + Send + Sync>>,
    spawned: Weak<Spawned>,
}

/// The service that came with a call.
pub(super) struct Calls {
    service: Service,
    /// The SQL that the host's database speaks.
    pub(super) backend: DbBackend,
}

impl Calls {
    pub(super) fn new(service: Service, backend: DbBackend) -> Self {
        Self { service, backend }
    }

    /// Calls the host with arguments that are encoded already.
    pub(super) async fn send(&self, method: u32, header: &Outgoing, args: Vec<u8>) -> Result<Buf> {
        let request = Request::new(method, wire::encode(header)?, args);
        wire::outcome(self.service.call(request).await)
    }

    /// Calls the host.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        method: u32,
        header: &Outgoing,
        args: &(impl Serialize + Sync + ?Sized),
    ) -> Result<T> {
        let result = self.send(method, header, wire::encode(args)?).await?;
        wire::decode(result.as_slice())
    }

    /// Calls a method of the host that answers at once.
    pub(super) fn look_up<T: DeserializeOwned>(
        &self,
        method: u32,
        header: &Outgoing,
        args: &(impl Serialize + Sync + ?Sized),
    ) -> Result<T> {
        abi::now(self.ask(method, header, args))
            .unwrap_or_else(|| Err(Error::internal("the host did not answer at once")))
    }
}

impl RemoteHost {
    pub(super) fn new(
        calls: Arc<Calls>,
        component: Arc<str>,
        state: Option<Arc<dyn Any + Send + Sync>>,
        spawned: &Arc<Spawned>,
    ) -> Self {
        Self { calls, component, state, spawned: Arc::downgrade(spawned) }
    }

    /// What `Host` gives without a way to fail. The host answers these from memory; one that does not is
    /// broken, and then the panic ends this call only.
    fn must<T: DeserializeOwned>(&self, method: u32, args: &(impl Serialize + Sync + ?Sized)) -> T {
        match self.calls.look_up(method, &Outgoing::default(), args) {
            Ok(value) => value,
            Err(error) => panic!("the host does not answer: {}", error.chain()),
        }
    }
}

fn header(ctx: &Ctx) -> Outgoing {
    let from = ctx.header();
    let caller = Caller {
        component: from.component.clone(),
        actor: from.actor.clone(),
        locale: from.locale.clone(),
    };
    Outgoing { unit: from.unit, caller: Some(caller), ..Outgoing::default() }
}

#[async_trait]
impl Host for RemoteHost {
    fn now(&self) -> DateTime<Utc> {
        self.must(context::NOW, &())
    }

    fn new_uuid(&self) -> Uuid {
        self.must(context::UUID, &())
    }

    fn random(&self, length: usize) -> Vec<u8> {
        self.must(context::RANDOM, &length)
    }

    fn sign(&self, purpose: &str, value: &str) -> String {
        self.must(context::SIGN, &(purpose, value))
    }

    fn verify(&self, purpose: &str, signed: &str) -> Option<String> {
        self.must(context::VERIFY, &(purpose, signed))
    }

    fn providers(&self, interface: &str) -> Vec<Provider> {
        let components: Vec<Arc<str>> = self.must(context::PROVIDERS, interface);
        let provider = |component: Arc<str>| {
            let (interface, provider) = (interface.to_owned(), component.to_string());
            let elsewhere = Elsewhere { calls: self.calls.clone(), interface, provider };
            Provider { component, handle: Handle::remote(Arc::new(elsewhere)) }
        };
        components.into_iter().map(provider).collect()
    }

    fn state(&self, component: &str) -> Option<Arc<dyn Any + Send + Sync>> {
        if *self.component == *component { self.state.clone() } else { None }
    }

    fn database(&self) -> Arc<dyn Connection> {
        Arc::new(RemoteConnection::reader(self.calls.clone()))
    }

    async fn begin(&self, ctx: &Ctx) -> Result<Arc<dyn Unit>> {
        let id = self.calls.ask(context::BEGIN, &header(ctx), &()).await?;
        Ok(Arc::new(RemoteUnit::begun(self.calls.clone(), id)))
    }

    async fn emit(&self, ctx: &Ctx, event: NewEvent) -> Result<()> {
        self.calls.ask(context::EMIT, &header(ctx), &event).await
    }

    async fn enqueue(&self, ctx: &Ctx, job: NewJob) -> Result<()> {
        self.calls.ask(context::ENQUEUE, &header(ctx), &job).await
    }

    fn count(&self, ctx: &Ctx, name: &str, by: u64) {
        if let Err(error) = self.calls.look_up::<()>(context::COUNT, &header(ctx), &(name, by)) {
            // A host of before 1.1 does not count; that is no reason to fail.
            tracing::debug!("the host does not count '{name}': {}", error.chain());
        }
    }

    async fn sleep(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        if let Err(error) =
            self.calls.ask::<()>(context::SLEEP, &Outgoing::default(), &micros).await
        {
            tracing::error!("the host does not sleep: {}", error.chain());
        }
    }

    fn spawn(&self, future: BoxFuture<()>) {
        let Some(spawned) = self.spawned.upgrade() else { return };
        let number = spawned.keep(future);
        if let Err(error) = self.calls.look_up::<()>(context::SPAWN, &Outgoing::default(), &number)
        {
            drop(spawned.take(number));
            tracing::error!("the host does not spawn: {}", error.chain());
        }
    }
}

/// An implementation of an interface that the host knows.
struct Elsewhere {
    calls: Arc<Calls>,
    interface: String,
    provider: String,
}

#[async_trait]
impl Dispatch for Elsewhere {
    async fn dispatch(&self, ctx: &Ctx, method: u32, args: Vec<u8>) -> Result<Vec<u8>> {
        let (interface, provider) = (self.interface.clone(), self.provider.clone());
        let header = Outgoing { interface, provider, method, ..header(ctx) };
        Ok(self.calls.send(context::CALL, &header, args).await?.as_slice().to_vec())
    }
}

/// Work given to `Host::spawn`, until the host takes it up.
#[derive(Default)]
pub(super) struct Spawned {
    next: AtomicU64,
    waiting: Mutex<BTreeMap<u64, BoxFuture<()>>>,
}

impl Spawned {
    fn keep(&self, future: BoxFuture<()>) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(number, future);
        number
    }

    pub(super) fn take(&self, number: u64) -> Option<BoxFuture<()>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&number)
    }
}
