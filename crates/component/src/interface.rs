//! Interfaces: how components find each other without knowing each other.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use hatchery_abi::codec;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ctx::Ctx;
use crate::error::{Error, Kind, Result};
use crate::watch::Watched;

/// A role trait that components implement; `#[interface]` implements this for `dyn Trait`.
///
/// *Exclusive* interfaces have one active implementation per store, *collective* ones are all used.
/// *External* ones speak to the outside world and refuse to be fetched inside a unit of work.
pub trait Interface: Send + Sync + 'static {
    /// Its name: `catalog`.
    const ID: &'static str;
    /// Its semantic version: `1.0.0`.
    const VERSION: &'static str;
    /// Whether all implementations are used.
    const COLLECTIVE: bool;
    /// Whether a call may leave the process.
    const EXTERNAL: bool;

    /// The same implementation with its calls under watch. Made by `#[interface]`.
    #[doc(hidden)]
    fn watched(implementation: Arc<Self>, watched: Watched) -> Arc<Self>;

    /// An implementation whose calls go as bytes to one elsewhere. Made by `#[interface]`.
    #[doc(hidden)]
    fn remote(elsewhere: Arc<dyn Dispatch>) -> Arc<Self>;

    /// Takes calls as bytes for an implementation here. Made by `#[interface]`.
    #[doc(hidden)]
    fn dispatcher(here: Arc<Self>) -> Arc<dyn Dispatch>;
}

/// Takes calls of an interface as bytes: the number of a method, which is the hash of its name, and its
/// arguments as a tuple in the codec of the boundary. The result is encoded in the same way.
#[async_trait]
pub trait Dispatch: Send + Sync + 'static {
    /// Calls a method.
    async fn dispatch(&self, ctx: &Ctx, method: u32, args: Vec<u8>) -> Result<Vec<u8>>;
}

/// One implementation of an interface, with its type erased: linked code, or something elsewhere.
#[derive(Clone)]
pub struct Handle(Implementation);

#[derive(Clone)]
enum Implementation {
    Here {
        object: Arc<dyn Any + Send + Sync>,
        dispatcher: fn(&dyn Any) -> Option<Arc<dyn Dispatch>>,
    },
    Elsewhere(Arc<dyn Dispatch>),
}

impl Handle {
    /// Erases the type.
    pub fn new<I: Interface + ?Sized>(implementation: Arc<I>) -> Self {
        let dispatcher = |object: &dyn Any| {
            object.downcast_ref::<Arc<I>>().map(|object| I::dispatcher(object.clone()))
        };
        Self(Implementation::Here { object: Arc::new(implementation), dispatcher })
    }

    /// An implementation elsewhere. For homes.
    pub fn remote(elsewhere: Arc<dyn Dispatch>) -> Self {
        Self(Implementation::Elsewhere(elsewhere))
    }

    /// The implementation, when it is one of `I`. Of one that is elsewhere, whoever made the handle knows
    /// the interface; a method it does not have is an error when it is called.
    pub fn get<I: Interface + ?Sized>(&self) -> Option<Arc<I>> {
        match &self.0 {
            Implementation::Here { object, .. } => object.downcast_ref::<Arc<I>>().cloned(),
            Implementation::Elsewhere(elsewhere) => Some(I::remote(elsewhere.clone())),
        }
    }

    /// The implementation as one that takes bytes. For homes.
    pub fn dispatch(&self) -> Option<Arc<dyn Dispatch>> {
        match &self.0 {
            Implementation::Here { object, dispatcher } => dispatcher(&**object),
            Implementation::Elsewhere(elsewhere) => Some(elsewhere.clone()),
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Implementation::Here { .. } => "Handle(here)",
            Implementation::Elsewhere(_) => "Handle(elsewhere)",
        })
    }
}

/// An implementation and the component that brings it.
#[derive(Clone)]
pub struct Provider {
    /// Id of the component.
    pub component: Arc<str>,
    /// The implementation.
    pub handle: Handle,
}

/// Calls a method elsewhere. For the code that `#[interface]` makes.
#[doc(hidden)]
pub async fn call<T: DeserializeOwned>(
    elsewhere: &dyn Dispatch,
    ctx: &Ctx,
    method: u32,
    args: Result<Vec<u8>>,
) -> Result<T> {
    let result = elsewhere.dispatch(ctx, method, args?).await?;
    codec::decode(&result).map_err(|error| {
        Error::internal(format!("the result of a call is not understood: {error}"))
    })
}

/// Arguments or a result as bytes. For the code that `#[interface]` makes.
#[doc(hidden)]
pub fn pack<T: Serialize + Sync + ?Sized>(value: &T) -> Result<Vec<u8>> {
    codec::encode(value).map_err(Error::internal)
}

/// Arguments of bytes. For the code that `#[interface]` makes.
#[doc(hidden)]
pub fn unpack<T: DeserializeOwned>(args: &[u8]) -> Result<T> {
    codec::decode(args).map_err(|error| {
        let message = format!("the arguments of a call are not understood: {error}");
        Error::new(Kind::Internal, "interface.arguments", message)
    })
}

/// The answer to a method that an implementation does not have. For the code that `#[interface]` makes.
#[doc(hidden)]
pub fn no_method(interface: &str, method: u32) -> Error {
    let message = format!("This version of '{interface}' cannot do that (method {method:#010x}).");
    Error::new(Kind::Unavailable, "interface.no_method", message)
}
