//! What linked components are given: the services behind a `Ctx`, bound to one store and one assembly.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hatchery_component::db::Connection;
use hatchery_component::host::{BoxFuture, Host, NewJob, Unit};
use hatchery_component::interface::Provider;
use hatchery_component::watch::Watch;
use hatchery_component::{Ctx, NewEvent, Result};
use hmac::Mac;
use rand::RngCore;
use tracing::Instrument;
use uuid::Uuid;

use crate::assembly::Assembly;
use crate::keyed::{keyed, keyed_hash};
use crate::platform::KernelState;
use crate::solver::KERNEL;
use crate::store::Store;
use crate::{events, jobs};

/// Time and ids. The system's in a host, fixed ones in a test.
pub trait StoreClock: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> DateTime<Utc>;
    /// A new UUID, version 7.
    fn new_uuid(&self) -> Uuid;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl StoreClock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn new_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The host of one assembly of one store.
pub struct AssemblyHost {
    store: Arc<Store>,
    assembly: Arc<Assembly>,
}

impl AssemblyHost {
    /// The host of an assembly.
    pub fn new(store: Arc<Store>, assembly: Arc<Assembly>) -> Self {
        Self { store, assembly }
    }
}

#[async_trait]
impl Host for AssemblyHost {
    fn now(&self) -> DateTime<Utc> {
        self.store.clock.now()
    }

    fn new_uuid(&self) -> Uuid {
        self.store.clock.new_uuid()
    }

    fn random(&self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }

    fn sign(&self, purpose: &str, value: &str) -> String {
        let signature =
            URL_SAFE_NO_PAD.encode(keyed_hash(&self.store.key, purpose, value.as_bytes()));
        format!("{}.{signature}", URL_SAFE_NO_PAD.encode(value))
    }

    fn verify(&self, purpose: &str, signed: &str) -> Option<String> {
        let (value, signature) = signed.split_once('.')?;
        let value = URL_SAFE_NO_PAD.decode(value).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let mac = keyed(&self.store.key, purpose, &value);
        mac.verify_slice(&signature).ok()?;
        String::from_utf8(value).ok()
    }

    fn providers(&self, interface: &str) -> Vec<Provider> {
        self.assembly.providers(interface).to_vec()
    }

    fn state(&self, component: &str) -> Option<Arc<dyn Any + Send + Sync>> {
        if component == KERNEL {
            return Some(Arc::new(KernelState {
                store: Arc::downgrade(&self.store),
                kernel: self.store.kernel.clone(),
                assembly: self.assembly.clone(),
            }));
        }
        Some(self.assembly.component(component)?.instance.state())
    }

    fn database(&self) -> Arc<dyn Connection> {
        self.store.db.reader()
    }

    async fn begin(&self, ctx: &Ctx) -> Result<Arc<dyn Unit>> {
        let deadline = Duration::from_millis(self.assembly.settings.unit_milliseconds);
        self.store.db.begin_long(ctx.request_id(), deadline).await
    }

    async fn emit(&self, ctx: &Ctx, event: NewEvent) -> Result<()> {
        events::emit(ctx, event).await
    }

    async fn enqueue(&self, ctx: &Ctx, job: NewJob) -> Result<()> {
        jobs::enqueue(ctx, job).await
    }

    fn count(&self, ctx: &Ctx, name: &str, by: u64) {
        let header = ctx.header();
        let name = counter_name(&header.component, name);
        metrics::counter!(name, "store" => header.store.slug.clone()).increment(by);
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn spawn(&self, future: BoxFuture<()>) {
        self.store.spawn(Box::pin(future.in_current_span()));
    }

    fn watch(&self, component: &str) -> Option<Arc<dyn Watch>> {
        self.store.health.pulse(component).map(|pulse| pulse as _)
    }
}

/// `order_placed_total` of `placed` in `order`; what a name cannot have becomes `_`.
fn counter_name(component: &str, name: &str) -> String {
    let name = format!("{component}_{name}_total");
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.chars().map(|letter| if fits(letter) { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::counter_name;

    #[test]
    fn a_counter_is_called_after_its_component() {
        let check = |component, name, expected: &str| {
            assert_eq!(counter_name(component, name), expected);
        };
        check("order", "placed", "order_placed_total");
        check("payment-manual", "paid in cash", "payment_manual_paid_in_cash_total");
    }
}
