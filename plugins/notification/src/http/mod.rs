//! How notices are reached.

pub(crate) mod admin;
