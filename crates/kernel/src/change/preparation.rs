//! An assembly in the making: migrate, start, put together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hatchery_component::{Error, Instance, Result, StoreContext, StoreInfo};

use super::purge;
use super::wishes::Wishes;
use crate::active::Active;
use crate::assembly::Assembly;
use crate::kernel::Kernel;
use crate::known::{Known, KnownComponent};
use crate::migrate::{self, Ledger, Steps};
use crate::platform;
use crate::solver::{KERNEL, Resolution};
use crate::store::Store;

/// How long a component may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);

/// An assembly in the making. Unless it is kept, what was started for it stops again.
pub(super) struct Preparation<'a> {
    store: &'a Arc<Store>,
    info: Arc<StoreInfo>,
    known: Arc<Known>,
    before: Arc<Assembly>,
    /// What ran before.
    ledger: Ledger,
    /// Components whose first tables were made for this assembly.
    new: Vec<String>,
    started: BTreeMap<Arc<str>, Arc<Active>>,
}

impl<'a> Preparation<'a> {
    pub(super) async fn new(
        kernel: &Kernel,
        store: &'a Arc<Store>,
        wishes: &Wishes,
    ) -> Result<Self> {
        let before = store.assembly.load_full();
        let info = kernel.info(&store.slug, &wishes.settings)?;
        let info = if *before.store == info { before.store.clone() } else { Arc::new(info) };
        let ledger = Ledger::read(&store.db.read()).await?;
        let (known, new, started) = (wishes.known.clone(), Vec::new(), BTreeMap::new());
        Ok(Self { store, info, known, before, ledger, new, started })
    }

    /// Migrates and starts, one after the other; tells which one failed.
    pub(super) async fn start(
        &mut self,
        wishes: &Wishes,
        resolution: &Resolution,
    ) -> Result<(), (String, Error)> {
        for id in &resolution.start {
            if !self.started.contains_key(id.as_str()) {
                let active =
                    self.start_one(wishes, id).await.map_err(|error| (id.clone(), error))?;
                self.started.insert(id.as_str().into(), active);
            }
        }
        Ok(())
    }

    async fn start_one(&mut self, wishes: &Wishes, id: &str) -> Result<Arc<Active>> {
        let known = self.known.get(id).cloned();
        let known = known.ok_or_else(|| Error::internal(format!("'{id}' is unknown")))?;
        let effective = wishes.settings.components.get(id);
        let settings = effective.map(|effective| effective.values.clone()).unwrap_or_default();
        if let Some(running) = self.before.component(id)
            && Arc::ptr_eq(&running.known, &known)
            && running.settings == settings
            && *self.before.store == *self.info
        {
            return Ok(running.clone());
        }
        let declared = &known.declaration.migrations;
        let ran = self.ledger.has_run(id);
        if !ran && !declared.is_empty() {
            self.new.push(id.to_owned());
        }
        // Older versions may come back as long as nothing is taken away that they need.
        let steps = if ran && id != KERNEL { Steps::Expand } else { Steps::All };
        migrate::run_steps(&self.store.db, &self.ledger, id, declared, steps).await?;
        let context = StoreContext { store: self.info.clone(), settings: settings.clone() };
        let instance = match &known.component {
            Some(_) => start(&known, context).await?,
            None => platform::instance(&Arc::downgrade(self.store)),
        };
        let active = Active::new(known, instance, settings);
        if let Err(error) = check_provided(&active) {
            self.store.retire([Arc::new(active)]);
            return Err(error);
        }
        Ok(Arc::new(active))
    }

    pub(super) fn assemble(&self, wishes: &Wishes, resolution: &Resolution) -> Result<Assembly> {
        let running = self.started.iter().filter(|(id, _)| resolution.runs(id));
        let components = running.map(|(id, active)| (id.clone(), active.clone())).collect();
        let settings = wishes.settings.kernel();
        let generation = self.before.generation + 1;
        Assembly::assemble(generation, self.info.clone(), components, settings)
    }

    /// Takes the tables back that were made for components that never ran.
    pub(super) async fn undo(&self) {
        for id in &self.new {
            if let Err(error) = purge::drop_tables(self.store, &self.known, id).await {
                tracing::error!(component = %id, "tables of '{id}' are left: {}", error.chain());
            }
        }
    }

    /// The assembly is about to be put in place: nothing is taken back.
    pub(super) fn keep(mut self) {
        self.started.clear();
    }
}

impl Drop for Preparation<'_> {
    fn drop(&mut self) {
        self.store.retire(std::mem::take(&mut self.started).into_values());
    }
}

async fn start(known: &KnownComponent, context: StoreContext) -> Result<Instance> {
    let id = &known.manifest.id;
    let Some(component) = known.component.clone() else {
        return Err(Error::internal(format!("'{id}' has no code")));
    };
    let mut starting = tokio::spawn(async move { component.start(&context).await });
    match tokio::time::timeout(START_LIMIT, &mut starting).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::internal(format!("'{id}' panicked while it started"))),
        Err(_) => {
            starting.abort();
            Err(Error::internal(format!("'{id}' did not start within {START_LIMIT:?}")))
        }
    }
}

/// What it provides must be what its manifest claims, because the solver saw only that.
fn check_provided(active: &Active) -> Result<()> {
    let id = &active.manifest.id;
    let provided: BTreeSet<&str> =
        active.instance.provided().iter().map(|(interface, _)| *interface).collect();
    let claimed: BTreeSet<&str> = active.manifest.provides.keys().map(String::as_str).collect();
    let list = |names: Vec<&&str>| names.into_iter().copied().collect::<Vec<_>>().join(", ");
    let (unclaimed, missing): (Vec<_>, Vec<_>) =
        (provided.difference(&claimed).collect(), claimed.difference(&provided).collect());
    let message = if !unclaimed.is_empty() {
        format!("'{id}' provides {} but its component.toml does not say so", list(unclaimed))
    } else if !missing.is_empty() {
        format!(
            "'{id}' says in its component.toml that it provides {}, but it does not",
            list(missing)
        )
    } else {
        return Ok(());
    };
    Err(Error::conflict("component.provides", message))
}
