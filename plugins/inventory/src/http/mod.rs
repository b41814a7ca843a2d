//! How stock is reached.

pub(crate) mod admin;
pub(crate) mod store;
