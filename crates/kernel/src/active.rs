//! A component at work in an assembly.

use std::sync::Arc;

use hatchery_component::{Declaration, Instance, Manifest};
use serde_json::Value;

use crate::shelf::KnownComponent;

/// A component at work in an assembly.
pub struct Active {
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// What it brings; declared once per process and shared by all stores.
    pub declaration: Arc<Declaration>,
    /// The build it runs.
    pub known: Arc<KnownComponent>,
    /// Its state in this store.
    pub instance: Instance,
    /// The effective settings it was started with.
    pub settings: Value,
}

impl Active {
    /// A component with its state.
    pub fn new(known: Arc<KnownComponent>, instance: Instance, settings: Value) -> Self {
        let (manifest, declaration) = (known.manifest.clone(), known.declaration.clone());
        Self { manifest, declaration, known, instance, settings }
    }
}
