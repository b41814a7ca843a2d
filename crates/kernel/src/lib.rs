//! The kernel: stores, assemblies, plans, units of work, events, jobs, HTTP, views, settings, resources.
//!
//! It knows components only by what they declare, and no commerce noun at all.
//!
//! Reading order: [`kernel`] (the process: all stores), [`store`] (one store: database, folder, keys and
//! the running assembly), [`assembly`] (the immutable running set of components), [`host`] (what their
//! code is given), then by need: [`db`], [`migrate`], [`events`], [`jobs`], [`settings`], [`solver`],
//! [`http`], [`views`], [`resources`], [`platform`].

pub mod assembly;
pub mod db;
pub mod events;
pub mod host;
pub mod http;
pub mod jobs;
pub mod kernel;
pub mod migrate;
pub mod platform;
pub mod resources;
pub mod settings;
pub mod solver;
pub mod store;
pub mod views;

pub use assembly::{Active, Assembly};
pub use kernel::Kernel;
pub use store::Store;
