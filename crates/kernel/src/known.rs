//! The components a store knows: of each one build, with what it declares.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use hatchery_component::{Component, Declaration, Error, Manifest, Result};

use crate::platform;
use crate::settings::{Accepted, Schemas};
use crate::shelf::{Build, Home};
use crate::solver::KERNEL;

/// A component that is open: what it is and what it brings.
pub struct KnownComponent {
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// What it brings; declared once per process and shared by all stores.
    pub declaration: Arc<Declaration>,
    /// Its code; the kernel's own part has none.
    pub component: Option<Arc<dyn Component>>,
    /// Where the code is from; the kernel's own part is no build.
    pub build: Option<Build>,
}

impl KnownComponent {
    /// Name of the build: `linked`, or the beginning of a checksum.
    pub fn build_name(&self) -> &str {
        self.build.as_ref().map_or(crate::shelf::LINKED, Build::name)
    }

    /// Whether its code came from a file.
    pub fn is_loaded(&self) -> bool {
        self.build.as_ref().is_some_and(|build| matches!(build.home, Home::Loaded { .. }))
    }

    /// Whether it is on in a store that never switched it.
    pub fn is_on_by_default(&self) -> bool {
        self.manifest.on_by_default && self.build.as_ref().is_none_or(Build::is_offered)
    }
}

/// The components a store knows, by id, the kernel's own part among them.
#[derive(Clone, Default)]
pub struct Known {
    components: BTreeMap<String, Arc<KnownComponent>>,
    schemas: Schemas,
    problems: BTreeMap<String, String>,
    barred: BTreeMap<String, String>,
}

impl Known {
    /// The kernel's own part and these.
    ///
    /// # Errors
    /// The kernel's own manifest.
    pub(crate) fn new(
        components: impl IntoIterator<Item = Arc<KnownComponent>>,
        problems: BTreeMap<String, String>,
    ) -> Result<Self> {
        let own = kernel()?;
        let components: BTreeMap<String, Arc<KnownComponent>> = std::iter::once(own)
            .chain(components)
            .map(|known| (known.manifest.id.clone(), known))
            .collect();
        let accepted = |known: &KnownComponent| Accepted {
            schema: known.declaration.settings.clone(),
            secrets: known.manifest.secrets.iter().cloned().collect(),
            others: Vec::new(),
        };
        let schemas =
            Schemas(components.iter().map(|(id, known)| (id.clone(), accepted(known))).collect());
        Ok(Self { components, schemas, problems, barred: BTreeMap::new() })
    }

    /// What is linked, without anything else. For the reference.
    ///
    /// # Errors
    /// Two components of one id, a reserved id, a declaration that panics or contradicts its manifest.
    pub fn linked(components: Vec<(Manifest, Arc<dyn Component>)>) -> Result<Self> {
        let shelf = crate::shelf::Shelf::of_host(components)?;
        let builds = shelf.ids().filter_map(|id| shelf.builds(id).first());
        let known = builds.filter_map(|build| match &build.home {
            Home::Linked(component) => Some(meet(build.clone(), component.clone()).map(Arc::new)),
            Home::Loaded { .. } => None,
        });
        Self::new(known.collect::<Result<Vec<_>>>()?, BTreeMap::new())
    }

    /// A component.
    pub fn get(&self, id: &str) -> Option<&Arc<KnownComponent>> {
        self.components.get(id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<KnownComponent>)> {
        self.components.iter().map(|(id, known)| (id.as_str(), known))
    }

    /// What they accept as settings.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// Builds that were wanted and cannot be opened, or are not there, by component.
    pub(crate) fn problems(&self) -> &BTreeMap<String, String> {
        &self.problems
    }

    /// Lets a component be known but not run, because no build of it fits.
    pub(crate) fn bar(&mut self, id: &str, why: String) {
        self.barred.insert(id.to_owned(), why);
    }

    /// Components that cannot run, and why.
    pub(crate) fn barred(&self) -> &BTreeMap<String, String> {
        &self.barred
    }

    /// Their manifests.
    pub fn manifests(&self) -> BTreeMap<String, Arc<Manifest>> {
        self.components.iter().map(|(id, known)| (id.clone(), known.manifest.clone())).collect()
    }
}

/// The kernel's own part. One for the process, so that assemblies see that it did not change.
fn kernel() -> Result<Arc<KnownComponent>> {
    static OWN: OnceLock<Arc<KnownComponent>> = OnceLock::new();
    if let Some(own) = OWN.get() {
        return Ok(own.clone());
    }
    let own = Arc::new(KnownComponent {
        manifest: Arc::new(platform::manifest()?),
        declaration: Arc::new(platform::declare()),
        component: None,
        build: None,
    });
    debug_assert_eq!(own.manifest.id, KERNEL);
    Ok(OWN.get_or_init(|| own).clone())
}

/// Asks a component what it brings.
///
/// # Errors
/// It panics, or contradicts its manifest.
pub(crate) fn meet(build: Build, component: Arc<dyn Component>) -> Result<KnownComponent> {
    let manifest = build.manifest.clone();
    let declaration = declare(&manifest.id, component.as_ref())?;
    check(&manifest, &declaration)?;
    let (declaration, component) = (Arc::new(declaration), Some(component));
    Ok(KnownComponent { manifest, declaration, component, build: Some(build) })
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
