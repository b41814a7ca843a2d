//! Opens components that come as shared libraries, and makes them look like linked ones.
//!
//! [`open`] checks a file without running any of its code, opens it and gives an
//! `Arc<dyn Component>` that a kernel uses like any other. What it refuses, it refuses with one sentence.
//!
//! A library is never closed: wakers, function tables and texts of it may be anywhere. So each opening
//! keeps the library's memory for the rest of the process.
//!
//! Reading order: [`folder`] (where components are looked for), [`pins`] (which of them are meant), [`file`]
//! (what is checked before any code runs), [`library`] (the opening), `component` (the component as the
//! kernel sees it), `context` (what its code may ask the host), `openapi`, `rows`.

mod checksum;
mod component;
mod context;
mod error;
pub mod file;
pub mod folder;
pub mod library;
mod log;
mod openapi;
pub mod pins;
mod rows;

pub use checksum::Checksum;
pub use error::LoadError;
pub use file::{Inspected, inspect, inspect_pinned};
pub use folder::{Found, find};
pub use library::{Library, open};
pub use pins::Pins;
