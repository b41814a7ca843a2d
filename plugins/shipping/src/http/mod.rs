//! How shipping is reached.

pub(crate) mod admin;
pub(crate) mod store;
