//! A component at work in an assembly.

use std::sync::Arc;

use hatchery_component::{Declaration, Instance, Manifest};
use serde_json::Value;

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
