//! How prices are reached.

pub(crate) mod admin;
