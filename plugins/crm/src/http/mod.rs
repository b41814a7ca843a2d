//! How customer files are reached.

pub(crate) mod admin;
pub(crate) mod consent;
