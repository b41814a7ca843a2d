//! The immutable running set of components of one store.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hatchery_component::interface::Provider;
use hatchery_component::{Error, Result, StoreInfo};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::active::Active;
use crate::routing::PathTable;
use crate::settings::KernelSettings;
use crate::views::Renderer;

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
    /// The kernel's own settings in this store.
    pub settings: KernelSettings,
    /// The last field: what it hands over is then held by nothing else of the assembly.
    end: End,
}

impl Assembly {
    /// Puts started components together: who provides what, who serves which path, templates and words.
    ///
    /// # Errors
    /// Two components want the same path; an exclusive interface has several providers and no chosen one;
    /// a template or a language file is broken.
    pub fn assemble(
        generation: u64,
        store: Arc<StoreInfo>,
        components: BTreeMap<Arc<str>, Arc<Active>>,
        settings: KernelSettings,
    ) -> Result<Self> {
        let providers = providers(&components, &settings.uses)?;
        let paths = PathTable::build(&components)?;
        let views = Renderer::build(&components, settings.theme.clone())?
            .with_slot_deadline(Duration::from_millis(settings.slot_milliseconds));
        let end =
            End { components: components.values().cloned().collect(), retired: OnceLock::new() };
        Ok(Self { generation, store, components, providers, paths, views, settings, end })
    }

    /// A component, if it is part of the assembly.
    pub fn component(&self, id: &str) -> Option<&Arc<Active>> {
        self.components.get(id)
    }

    /// Implementations of an interface.
    pub fn providers(&self, interface: &str) -> &[Provider] {
        self.providers.get(interface).map_or(&[], Vec::as_slice)
    }

    /// Hands the components over when nobody uses the assembly any more.
    pub(crate) fn retire_to(&self, retired: UnboundedSender<Retired>) {
        // A second call changes nothing: an assembly belongs to one store for good.
        let _ = self.end.retired.set(retired);
    }
}

/// What is handed over to be stopped.
pub(crate) enum Retired {
    /// A component that an assembly no longer uses; others may.
    Component(Arc<Active>),
    /// Answers when everything that was handed over before has been dealt with.
    Flush(oneshot::Sender<()>),
}

/// Hands components over when the last request on their assembly has finished: what no other assembly
/// shares can be stopped.
struct End {
    components: Vec<Arc<Active>>,
    retired: OnceLock<UnboundedSender<Retired>>,
}

impl Drop for End {
    fn drop(&mut self) {
        let Some(retired) = self.retired.get() else { return };
        for active in self.components.drain(..) {
            // The receiver is gone when the store is closed, which stops its components itself.
            let _ = retired.send(Retired::Component(active));
        }
    }
}

fn providers(
    components: &BTreeMap<Arc<str>, Arc<Active>>,
    choices: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Vec<Provider>>> {
    let mut all: BTreeMap<String, Vec<Provider>> = BTreeMap::new();
    let mut exclusive: Vec<String> = Vec::new();
    for (id, active) in components {
        for (interface, handle) in active.instance.provided() {
            let provider = Provider { component: id.clone(), handle: handle.clone() };
            all.entry((*interface).to_owned()).or_default().push(provider);
            if active
                .manifest
                .provides
                .get(*interface)
                .is_some_and(|provision| !provision.collective)
            {
                exclusive.push((*interface).to_owned());
            }
        }
    }
    for interface in exclusive {
        let Some(providers) = all.get_mut(&interface) else { continue };
        if let Some(chosen) = choices.get(&interface)
            && providers.iter().any(|provider| &*provider.component == chosen.as_str())
        {
            providers.retain(|provider| &*provider.component == chosen.as_str());
        }
        if providers.len() > 1 {
            let names: Vec<&str> = providers.iter().map(|provider| &*provider.component).collect();
            let message =
                format!("{} all provide '{interface}' and none is chosen", names.join(", "));
            return Err(Error::conflict("assembly.ambiguous", message));
        }
    }
    Ok(all)
}
