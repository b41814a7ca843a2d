//! How recommendations are reached.

pub(crate) mod slots;
pub(crate) mod store;
