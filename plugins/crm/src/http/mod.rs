//! How customer files are reached.

pub(crate) mod admin;
