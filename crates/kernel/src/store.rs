//! One store: its database, its folder, its keys and its running assembly.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use hatchery_component::{Actor, Ctx, StoreInfo};
use hatchery_component::ctx::Header;
use hatchery_types::Locale;
use uuid::Uuid;

use crate::assembly::Assembly;
use crate::db::StoreDb;
use crate::host::AssemblyHost;

/// An open store.
pub struct Store {
    /// Its folder: `data/stores/<slug>` with `store.db`, `files/`, `key`.
    pub folder: PathBuf,
    /// Its database.
    pub db: StoreDb,
    /// Secret the store signs with (cookies, links), 32 bytes, kept in the file `key`.
    pub key: [u8; 32],
    /// The running assembly.
    pub assembly: ArcSwap<Assembly>,
}

impl Store {
    /// Facts about the store.
    pub fn info(&self) -> Arc<StoreInfo> {
        self.assembly.load().store.clone()
    }

    /// A context on the present assembly, for a component's code.
    pub fn ctx(self: &Arc<Self>, component: Arc<str>, actor: Actor, locale: Option<Locale>) -> Ctx {
        let assembly = self.assembly.load_full();
        self.ctx_on(assembly, component, actor, locale, Uuid::now_v7())
    }

    /// A context on a given assembly and request.
    pub fn ctx_on(
        self: &Arc<Self>,
        assembly: Arc<Assembly>,
        component: Arc<str>,
        actor: Actor,
        locale: Option<Locale>,
        request_id: Uuid,
    ) -> Ctx {
        let store = assembly.store.clone();
        let locale = locale.unwrap_or_else(|| store.locale());
        let header = Header { store, component, actor, locale, request_id, unit: None };
        Ctx::new(header, Arc::new(AssemblyHost::new(self.clone(), assembly)))
    }

    /// A context for the system itself.
    pub fn system_ctx(self: &Arc<Self>, component: Arc<str>, caused_by: Option<String>) -> Ctx {
        self.ctx(component, Actor::System { caused_by }, None)
    }
}
