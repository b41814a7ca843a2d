//! What is true of carts.

pub(crate) mod pricing;
