//! Interfaces: how components find each other without knowing each other.

use std::any::Any;
use std::sync::Arc;

/// A role trait that components implement; `#[interface]` implements this for `dyn Trait`.
///
/// *Exclusive* interfaces have one active implementation per store, *collective* ones are all used.
/// *External* ones speak to the outside world and refuse to be fetched inside a unit of work.
pub trait Interface: Send + Sync + 'static {
    /// Its name: `catalog`.
    const ID: &'static str;
    /// Its semantic version: `1.0.0`.
    const VERSION: &'static str;
    /// Whether all implementations are used.
    const COLLECTIVE: bool;
    /// Whether a call may leave the process.
    const EXTERNAL: bool;
}

/// One implementation of an interface, with its type erased.
#[derive(Clone)]
pub struct Handle(Arc<dyn Any + Send + Sync>);

impl Handle {
    /// Erases the type.
    pub fn new<I: Interface + ?Sized>(implementation: Arc<I>) -> Self {
        Self(Arc::new(implementation))
    }

    /// The implementation, when it is one of `I`.
    pub fn get<I: Interface + ?Sized>(&self) -> Option<Arc<I>> {
        self.0.downcast_ref::<Arc<I>>().cloned()
    }
}

/// An implementation and the component that brings it.
#[derive(Clone)]
pub struct Provider {
    /// Id of the component.
    pub component: Arc<str>,
    /// The implementation.
    pub handle: Handle,
}
