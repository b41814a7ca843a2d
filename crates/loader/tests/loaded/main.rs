//! The same component in both homes: linked into this test, and loaded from its library. Everything that
//! crosses is tried, and both must do the same.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod catalog;
mod foreign;
mod host;
mod library;
mod log;
mod refusals;
mod sample;
