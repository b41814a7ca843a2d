//! Events: an outbox in the store's database, and their delivery to whoever subscribed.
//!
//! # How an event goes
//! [`emit`] writes it in the unit of work of the change it tells of. Each subscriber (`<component>/<name>`)
//! has a cursor. The [`Dispatcher`] hands a subscriber its events in order, in a unit of work of the kernel,
//! each in a savepoint, and moves the cursor in the same commit; so effects in the database happen once. An
//! event that fails is put aside (`kernel_retry`), tried again with growing pauses, and after
//! [`MAX_ATTEMPTS`] it is a dead letter, which staff can replay or discard. Later events of the same subject
//! wait behind one that is retried; a dead letter holds nobody up.
//!
//! # Where a new subscriber starts
//! In a store without any cursor (a new one) at the very beginning; else behind the events there are, since
//! older ones may be gone: what a component missed it gets by its `resync`. [`ensure_cursors`] makes the
//! cursors before an assembly is put in place, so that nothing between then and its first delivery is lost,
//! and says which are new.
//!
//! # Order
//! On SQLite ids rise in the order of commits. On PostgreSQL they do not, so events carry the transaction
//! that wrote them, and only those of transactions older than any that is still open are read, in the order
//! of (transaction, id).

pub(crate) mod background;
mod cursor;
mod dispatcher;
mod envelope;
mod outbox;
pub(crate) mod resource;
pub(crate) mod retry;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use hatchery_component::declaration::EventHandler;

use crate::Assembly;

pub use background::Worker;
pub use cursor::ensure_cursors;
pub use dispatcher::Dispatcher;
pub use envelope::CloudEvent;
pub(crate) use outbox::{Position, after, any_after, end};
pub use outbox::{emit, recent};
pub use retry::{MAX_ATTEMPTS, discard, replay};

/// Somebody who hears a kind of event.
#[derive(Clone)]
pub struct Subscriber {
    /// `<component>/<subscription>`; its cursor is kept under it.
    pub key: String,
    /// The component.
    pub component: Arc<str>,
    /// `order.placed.v1`
    pub event_type: &'static str,
    /// The handler.
    pub handler: EventHandler,
}

/// All subscribers of an assembly, by key.
pub fn subscriptions(assembly: &Assembly) -> Vec<Subscriber> {
    let components = assembly.components.iter();
    background::subscribers(components.map(|(id, active)| (id, &active.declaration)))
}
