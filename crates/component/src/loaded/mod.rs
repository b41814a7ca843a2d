//! The loaded home: what stands between a component's code and the host when the component is a shared
//! library. Present with the feature `loaded`; component code never names it.
//!
//! [`Server`] answers the host's calls; `host` is the [`Host`](crate::host::Host) behind every context,
//! whose services are calls back to the real one; `db` is its database, `rows` gives each value of a row the
//! type that the entity wants, `log` sends what the component logs to the host.

mod db;
mod declaration;
mod host;
mod log;
mod rows;
mod server;

use std::sync::Arc;

use crate::component::Component;

pub use server::Server;

#[doc(hidden)]
pub use hatchery_abi as abi;

/// The service of a component in this library. Called once, by the code that `#[component]` makes.
#[doc(hidden)]
pub fn open(host: abi::Host, component: Arc<dyn Component>) -> Arc<Server> {
    log::forward_to(host);
    Arc::new(Server::new(component))
}
