//! The immutable running set of components of one store.

use std::collections::BTreeMap;
use std::sync::Arc;

use hatchery_component::interface::Provider;
use hatchery_component::{Declaration, Instance, Manifest, StoreInfo};
use serde_json::Value;

use crate::http::PathTable;
use crate::views::Renderer;

/// A component at work in an assembly.
pub struct Active {
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// What it brings; declared once per process and shared by all stores.
    pub declaration: Arc<Declaration>,
    /// Its state in this store.
    pub instance: Instance,
    /// The effective settings it was started with.
    pub settings: Value,
}

/// The running set: a request takes one `Arc<Assembly>` and finishes on it.
pub struct Assembly {
    /// Counts the assemblies of a store since the process began.
    pub generation: u64,
    /// Facts about the store.
    pub store: Arc<StoreInfo>,
    /// Components by id, the kernel's own part (`kernel`) among them.
    pub components: BTreeMap<Arc<str>, Arc<Active>>,
    /// Implementations by interface: the chosen one, or all of a collective interface by component id.
    pub providers: BTreeMap<String, Vec<Provider>>,
    /// Which route serves a path.
    pub paths: PathTable,
    /// Templates, words and static files.
    pub views: Renderer,
}

impl Assembly {
    /// A component, if it is part of the assembly.
    pub fn component(&self, id: &str) -> Option<&Arc<Active>> {
        self.components.get(id)
    }

    /// Implementations of an interface.
    pub fn providers(&self, interface: &str) -> &[Provider] {
        self.providers.get(interface).map_or(&[], Vec::as_slice)
    }
}
