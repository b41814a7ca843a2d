//! The kernel: stores, assemblies, plans, units of work, events, jobs, HTTP, views, settings, resources.
//!
//! It knows components only by what they declare, and no commerce noun at all.
//!
//! Reading order: [`kernel`] (the process: all stores), [`store`] (one store: database, folder, keys and
//! the running assembly), [`shelf`] and [`known`] (which builds of components there are), [`assembly`] (the
//! immutable running set of components), [`host`] (what their code is given), then by need: [`db`], [`migrate`], [`events`], [`jobs`], [`settings`], [`solver`],
//! [`request`] and [`routing`] (what a request is and who serves its path), [`http`], [`views`],
//! [`resources`], [`platform`].

pub mod active;
pub mod assembly;
mod blank;
mod change;
mod copy;
pub mod db;
pub mod events;
pub mod fleet;
mod folder;
mod health;
pub mod host;
pub mod http;
pub mod jobs;
pub mod kernel;
mod keyed;
pub mod known;
pub mod migrate;
pub mod platform;
mod registry;
pub mod request;
pub mod resources;
pub mod routing;
pub mod settings;
pub mod shelf;
pub mod solver;
pub mod store;
pub mod views;

pub use active::Active;
pub use assembly::Assembly;
pub use kernel::Kernel;
pub use store::Store;

#[cfg(test)]
mod tests;
