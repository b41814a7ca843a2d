//! What the kernel itself provides to every component: the pseudo component `kernel`.
//!
//! A file per part. Each adds to the declaration what it brings and provides its interface; what a part
//! needs of store and kernel it finds with [`state`].

pub(crate) mod cache;
pub(crate) mod components;
pub(crate) mod custom_fields;
pub(crate) mod files;
pub(crate) mod mother;
pub(crate) mod resources;
pub(crate) mod sessions;
pub(crate) mod tasks;
pub(crate) mod texts;
pub(crate) mod throttle;
pub(crate) mod web;

use std::sync::{Arc, Weak};

use hatchery_component::{Ctx, Declaration, Error, Instance, Manifest, Result};

use crate::assembly::Assembly;
use crate::db::schema;
use crate::kernel::Kernel;
use crate::registry::MOTHER;
use crate::settings;
use crate::solver::KERNEL;
use crate::store::Store;
use crate::{events, fleet, jobs};

/// What a context of this process stands on.
pub struct KernelState {
    /// The store.
    pub store: Weak<Store>,
    /// The process.
    pub kernel: Weak<Kernel>,
    /// The assembly of the context.
    pub assembly: Arc<Assembly>,
}

impl KernelState {
    /// The store.
    ///
    /// # Errors
    /// It was closed.
    pub fn store(&self) -> Result<Arc<Store>> {
        self.store.upgrade().ok_or_else(|| Error::internal("the store is closed"))
    }

    /// The process.
    ///
    /// # Errors
    /// It is ending.
    pub fn kernel(&self) -> Result<Arc<Kernel>> {
        self.kernel.upgrade().ok_or_else(|| Error::internal("the kernel is gone"))
    }
}

/// What a context stands on.
///
/// # Errors
/// The context is not one of this kernel.
pub fn state(ctx: &Ctx) -> Result<Arc<KernelState>> {
    let state = ctx.host().state(KERNEL).and_then(|state| state.downcast().ok());
    state.ok_or_else(|| Error::internal("the context has no kernel"))
}

/// The manifest of the kernel's own part. Only the mother's has the fleet.
pub(crate) fn manifest(is_mother: bool) -> Result<Manifest> {
    let mut manifest = Manifest::parse(include_str!("component.toml"))?;
    if is_mother {
        fleet::add_to(&mut manifest);
    }
    Ok(manifest)
}

/// What the kernel itself brings.
pub(crate) fn declare(is_mother: bool) -> Declaration {
    let declaration =
        Declaration::new().settings(settings::kernel_schema()).migrations(schema::migrations());
    // Which of the records somebody may see is asked when the record is known.
    let declaration = declaration.open_while_suspended(["/api/v1/admin"]);
    let declaration = sessions::declare(declaration);
    let declaration = throttle::declare(declaration);
    let declaration = files::declare(declaration);
    let declaration = cache::declare(declaration);
    let declaration = events::resource::declare(declaration);
    let declaration = jobs::resource::declare(declaration);
    let declaration = texts::declare(declaration);
    let declaration = web::declare(declaration);
    let declaration = resources::declare(declaration);
    let declaration = custom_fields::declare(declaration);
    let declaration = components::declare(declaration);
    let declaration = tasks::declare(declaration);
    if is_mother { fleet::declare(declaration) } else { declaration }
}

/// The kernel's own part in one store.
pub(crate) fn instance(store: &Weak<Store>) -> Instance {
    let instance = Instance::new(Arc::new(()));
    let instance = sessions::provide(instance, store);
    let instance = throttle::provide(instance, store);
    let instance = files::provide(instance, store);
    let instance = mother::provide(instance);
    let instance = cache::provide(instance, store);
    let instance = texts::provide(instance, store);
    let instance = resources::provide(instance, store);
    let instance = custom_fields::provide(instance, store);
    let instance = components::provide(instance, store);
    let instance = tasks::provide(instance, store);
    let is_mother = store.upgrade().is_some_and(|store| &*store.slug == MOTHER);
    if is_mother { fleet::provide(instance) } else { instance }
}
