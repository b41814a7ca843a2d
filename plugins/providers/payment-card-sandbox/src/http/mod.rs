//! How the bank is reached.

pub(crate) mod pages;
pub(crate) mod store;
