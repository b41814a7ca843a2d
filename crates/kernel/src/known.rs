//! The components a store knows: of each one build, with what it declares.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use hatchery_component::{Component, Manifest, Result};

use crate::platform;
use crate::settings::{Accepted, Schemas};
pub use crate::shelf::KnownComponent;
use crate::shelf::{Home, Shelf, meet};
use crate::solver::KERNEL;

/// The components a store knows, by id, the kernel's own part among them.
#[derive(Clone, Default)]
pub struct Known {
    components: BTreeMap<String, Arc<KnownComponent>>,
    schemas: Schemas,
    problems: BTreeMap<String, String>,
    barred: BTreeMap<String, String>,
}

impl Known {
    /// The kernel's own part, which has more in the mother, and these.
    ///
    /// # Errors
    /// The kernel's own manifest.
    pub(crate) fn new(
        is_mother: bool,
        components: impl IntoIterator<Item = Arc<KnownComponent>>,
        problems: BTreeMap<String, String>,
    ) -> Result<Self> {
        let own = kernel(is_mother)?;
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
        let shelf = Shelf::of_host(components)?;
        let builds = shelf.ids().filter_map(|id| shelf.builds(id).first());
        let known = builds.filter_map(|build| match &build.home {
            Home::Linked(component) => Some(meet(build.clone(), component.clone()).map(Arc::new)),
            Home::Loaded { .. } => None,
        });
        Self::new(false, known.collect::<Result<Vec<_>>>()?, BTreeMap::new())
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

/// The kernel's own part. One of each kind for the process, so that assemblies see that it did not change.
fn kernel(is_mother: bool) -> Result<Arc<KnownComponent>> {
    static OWN: [OnceLock<Arc<KnownComponent>>; 2] = [OnceLock::new(), OnceLock::new()];
    let place = &OWN[usize::from(is_mother)];
    if let Some(own) = place.get() {
        return Ok(own.clone());
    }
    let own = Arc::new(KnownComponent {
        manifest: Arc::new(platform::manifest(is_mother)?),
        declaration: Arc::new(platform::declare(is_mother)),
        component: None,
        build: None,
    });
    debug_assert_eq!(own.manifest.id, KERNEL);
    Ok(place.get_or_init(|| own).clone())
}
