//! A component: its manifest, its lifecycle, its registration.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ctx::StoreInfo;
use crate::declaration::Declaration;
use crate::error::{Error, Result};
use crate::interface::{Handle, Interface};

/// The unit of on and off.
///
/// One value serves every store of the process, so it holds no state: what a store needs is made by
/// [`start`](Component::start) and lives in the [`Instance`].
#[async_trait]
pub trait Component: Send + Sync + 'static {
    /// Everything the component brings. Pure: the same answer every time, no I/O, no store.
    fn declare(&self) -> Declaration;

    /// Makes the component ready for one store. Runs before the assembly that needs it is put in place,
    /// after the component's migrations, once per change of settings. It may fail; it must not register
    /// anything anywhere, start threads or touch the database.
    async fn start(&self, store: &StoreContext) -> Result<Instance>;

    /// Lets go of what `start` made. Runs when no request uses the instance any more.
    async fn stop(&self, instance: Instance) {
        drop(instance);
    }
}

/// What [`Component::start`] is given.
#[derive(Clone, Debug)]
pub struct StoreContext {
    /// The store.
    pub store: Arc<StoreInfo>,
    /// The component's effective settings, valid by its schema.
    pub settings: Value,
}

impl StoreContext {
    /// The effective settings as the component's own type.
    ///
    /// # Errors
    /// They do not fit, which a settings schema of the same type rules out.
    pub fn settings<S: serde::de::DeserializeOwned>(&self) -> Result<S> {
        serde_json::from_value(self.settings.clone()).map_err(|error| {
            Error::invalid("settings.invalid", format!("the settings do not fit: {error}"))
        })
    }
}

/// A component at work in one store: its state and the interfaces it provides there.
#[derive(Clone)]
pub struct Instance {
    pub(crate) state: Arc<dyn Any + Send + Sync>,
    pub(crate) provided: Vec<(&'static str, Handle)>,
}

impl Instance {
    /// An instance with its state, which handlers reach with `ctx.state::<T>()`.
    pub fn new<T: Send + Sync + 'static>(state: Arc<T>) -> Self {
        Self { state, provided: Vec::new() }
    }

    /// Provides an interface. The manifest must claim it.
    #[must_use]
    pub fn provide<I: Interface + ?Sized>(mut self, implementation: Arc<I>) -> Self {
        self.provided.push((I::ID, Handle::new(implementation)));
        self
    }

    /// Provides an interface by a handle. For homes.
    #[must_use]
    pub fn provide_handle(mut self, interface: &'static str, handle: Handle) -> Self {
        self.provided.push((interface, handle));
        self
    }

    /// The state, untyped.
    pub fn state(&self) -> Arc<dyn Any + Send + Sync> {
        self.state.clone()
    }

    /// The provided interfaces by id.
    pub fn provided(&self) -> &[(&'static str, Handle)] {
        &self.provided
    }
}

/// `component.toml`: what a component is, readable without running any of its code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Lowercase letters, digits and dashes. Prefix of its tables, routes' owner, permissions and messages.
    pub id: String,
    /// Its own version.
    pub version: Version,
    /// One sentence for the person who decides whether to switch it on.
    pub summary: String,
    /// Whether a store runs it without being told to. `false` for a component that waits until somebody
    /// switches it on, such as a second implementation of an exclusive interface.
    #[serde(default = "on_by_default")]
    pub on_by_default: bool,
    /// Whether people reach the store through it. When it keeps failing it is not taken out, but left alone for
    /// a while.
    #[serde(default)]
    pub entrance: bool,
    /// Interfaces it provides.
    #[serde(default)]
    pub provides: BTreeMap<String, Provision>,
    /// Interfaces nothing works without.
    #[serde(default)]
    pub requires: BTreeMap<String, VersionReq>,
    /// Interfaces it uses when they are there.
    #[serde(default)]
    pub optional: BTreeMap<String, VersionReq>,
    /// Permissions it checks: `catalog.product.write`.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Setting keys that are secrets.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// What its tables hold.
    #[serde(default)]
    pub data: DataManifest,
}

/// What the tables of a component hold: tells what goes along when only the setup of a store is copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataManifest {
    /// Tables with what the owner made: products, prices, rules. They go along.
    pub setup: Vec<String>,
    /// Tables with what visitors, orders and time brought, and what is derived. They stay behind.
    pub records: Vec<String>,
    /// Those tables among the records that mean something in this store only, such as tokens: they stay behind
    /// in every copy but a backup.
    pub local: Vec<String>,
    /// Numbers in tables of the setup that come from records, as `table.column`: 0 in the copy.
    pub reset: Vec<String>,
    /// Resources whose staff-defined fields go along.
    pub resources: Vec<String>,
    /// Whether the files that the component keeps go along.
    pub files: bool,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// No TOML, a missing or unknown key, an id with other characters.
    pub fn parse(text: &str) -> Result<Self> {
        let manifest: Self = toml::from_str(text)
            .map_err(|error| Error::invalid("component.manifest", error.to_string()))?;
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if manifest.id.is_empty() || !manifest.id.bytes().all(fits) {
            let message = format!("'{}' is no component id; use a-z, 0-9 and '-'", manifest.id);
            return Err(Error::invalid("component.manifest", message));
        }
        Ok(manifest)
    }

    /// The prefix of all its tables: `payment_card_sandbox_` of `payment-card-sandbox`.
    pub fn table_prefix(&self) -> String {
        format!("{}_", self.id.replace('-', "_"))
    }
}

fn on_by_default() -> bool {
    true
}

/// An interface a component provides.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "ProvisionToml")]
pub struct Provision {
    /// The interface's version.
    pub version: Version,
    /// Whether all implementations are used (`true`), or one is chosen per store.
    pub collective: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ProvisionToml {
    Exclusive(Version),
    Full {
        version: Version,
        #[serde(default)]
        collective: bool,
    },
}

impl From<ProvisionToml> for Provision {
    fn from(toml: ProvisionToml) -> Self {
        match toml {
            ProvisionToml::Exclusive(version) => Self { version, collective: false },
            ProvisionToml::Full { version, collective } => Self { version, collective },
        }
    }
}

/// A linked component, collected with `inventory`. Made by `#[component]`.
pub struct Registration {
    /// Text of `component.toml`.
    pub manifest: &'static str,
    /// Makes the component.
    pub component: fn() -> Arc<dyn Component>,
}

inventory::collect!(Registration);

/// Registers a component that is linked. For the code that `#[component]` makes.
#[doc(hidden)]
#[cfg(not(feature = "loaded"))]
#[macro_export]
macro_rules! export_component {
    ($component:expr, $manifest:expr) => {
        $crate::inventory::submit! {
            $crate::Registration {
                manifest: $manifest,
                component: || ::std::sync::Arc::new($component),
            }
        }
    };
}

/// Exports a component from its shared library. For the code that `#[component]` makes.
#[doc(hidden)]
#[cfg(feature = "loaded")]
#[macro_export]
macro_rules! export_component {
    ($component:expr, $manifest:expr) => {
        $crate::loaded::abi::export! {
            manifest: $manifest,
            open: |host| $crate::loaded::open(host, ::std::sync::Arc::new($component)),
        }
    };
}

/// All linked components, sorted by id, so that the linker's order never shows.
///
/// # Errors
/// A manifest that does not parse; two components of one id.
pub fn registrations() -> Result<Vec<(Manifest, Arc<dyn Component>)>> {
    let mut found = BTreeMap::new();
    for registration in inventory::iter::<Registration> {
        let manifest = Manifest::parse(registration.manifest)?;
        let id = manifest.id.clone();
        if found.insert(id.clone(), (manifest, (registration.component)())).is_some() {
            let message =
                format!("two linked components call themselves '{id}'; rename one of them");
            return Err(Error::conflict("component.duplicate", message));
        }
    }
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_on_unless_its_manifest_says_otherwise() {
        let check = |facts: &str, is_on: bool| {
            let text = format!("id = \"tea\"\nversion = \"1.0.0\"\nsummary = \"Tea.\"\n{facts}");
            let manifest = Manifest::parse(&text).unwrap();
            assert_eq!(manifest.on_by_default, is_on, "{facts}");
        };
        check("", true);
        check("on_by_default = true", true);
        check("on_by_default = false", false);
    }
}
