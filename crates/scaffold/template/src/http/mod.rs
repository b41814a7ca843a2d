//! How it is reached.

pub(crate) mod slots;
pub(crate) mod store;
pub(crate) mod visit;
