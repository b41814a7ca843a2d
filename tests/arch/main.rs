//! The invariants of `docs/ARCHITECTURE.md`, read from the manifests and sources of the workspace.
//!
//! One file per group. A failing test names file, line and what to do.

mod boundaries;
mod circles;
mod components;
mod docs;
mod findings;
mod habits;
mod interfaces;
mod kernel;
mod layout;
mod manifests;
mod order;
mod purity;
mod source;
mod tables;
mod words;
mod workspace;
