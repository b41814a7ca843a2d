//! How payments are reached.

pub(crate) mod admin;
pub(crate) mod store;
