//! The components a host knows: manifests and declarations, made once per process.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hatchery_component::{Component, Declaration, Error, Manifest, Result};

use crate::platform;
use crate::settings::{Accepted, RESERVED, Schemas};
use crate::solver::KERNEL;

/// A component the host knows.
pub struct KnownComponent {
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// What it brings.
    pub declaration: Arc<Declaration>,
    /// Its code; the kernel's own part has none.
    pub component: Option<Arc<dyn Component>>,
}

/// All components the host knows, by id, the kernel's own part among them.
pub struct Known {
    components: BTreeMap<String, KnownComponent>,
    schemas: Schemas,
}

impl Known {
    /// Asks every component once what it brings.
    ///
    /// # Errors
    /// Two components of one id, a reserved id, a declaration that panics or contradicts its manifest.
    pub fn new(components: Vec<(Manifest, Arc<dyn Component>)>) -> Result<Self> {
        let mut known = BTreeMap::new();
        let own = KnownComponent {
            manifest: Arc::new(platform::manifest()?),
            declaration: Arc::new(platform::declare()),
            component: None,
        };
        known.insert(KERNEL.to_owned(), own);
        for (manifest, component) in components {
            let id = manifest.id.clone();
            if RESERVED.contains(&id.as_str()) {
                let message =
                    format!("a component cannot be called '{id}'; the settings use that name");
                return Err(Error::conflict("component.reserved", message));
            }
            let declaration = declare(&id, component.as_ref())?;
            check(&manifest, &declaration)?;
            let declaration = Arc::new(declaration);
            let manifest = Arc::new(manifest);
            let one = KnownComponent { manifest, declaration, component: Some(component) };
            if known.insert(id.clone(), one).is_some() {
                let message = format!("two components call themselves '{id}'; rename one of them");
                return Err(Error::conflict("component.duplicate", message));
            }
        }
        let accepted = |known: &KnownComponent| Accepted {
            schema: known.declaration.settings.clone(),
            secrets: known.manifest.secrets.iter().cloned().collect(),
        };
        let schemas =
            Schemas(known.iter().map(|(id, known)| (id.clone(), accepted(known))).collect());
        Ok(Self { components: known, schemas })
    }

    /// A component.
    pub fn get(&self, id: &str) -> Option<&KnownComponent> {
        self.components.get(id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &KnownComponent)> {
        self.components.iter().map(|(id, known)| (id.as_str(), known))
    }

    /// What they accept as settings.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// Their manifests.
    pub fn manifests(&self) -> BTreeMap<String, Arc<Manifest>> {
        self.components.iter().map(|(id, known)| (id.clone(), known.manifest.clone())).collect()
    }
}

fn declare(id: &str, component: &dyn Component) -> Result<Declaration> {
    catch_unwind(AssertUnwindSafe(|| component.declare())).map_err(|_| {
        Error::internal(format!("'{id}' panicked while it declared what it brings; see the log"))
    })
}

/// Names that must be the component's own, and unique.
fn check(manifest: &Manifest, declaration: &Declaration) -> Result<()> {
    let id = &manifest.id;
    let wrong = |message: String| Err(Error::conflict("component.declaration", message));
    let own = format!("{id}.");
    let jobs = declaration.jobs.iter().map(|job| ("job", job.name));
    let tasks = declaration.tasks.iter().map(|task| ("task", task.name));
    let mut seen = BTreeSet::new();
    for (kind, name) in jobs.chain(tasks) {
        if !name.starts_with(&own) {
            return wrong(format!("the {kind} '{name}' of '{id}' must begin with '{own}'"));
        }
        if !seen.insert((kind, name)) {
            return wrong(format!("'{id}' declares the {kind} '{name}' twice"));
        }
    }
    let subscriptions = declaration.subscriptions.iter().map(|it| ("subscription", it.name));
    let migrations = declaration.migrations.iter().map(|it| ("migration", it.id));
    for (kind, name) in subscriptions.chain(migrations) {
        if !seen.insert((kind, name)) {
            return wrong(format!("'{id}' declares the {kind} '{name}' twice"));
        }
    }
    Ok(())
}
