//! How lists are reached.

pub(crate) mod store;
