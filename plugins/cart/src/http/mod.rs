//! How carts are reached.

pub(crate) mod store;
