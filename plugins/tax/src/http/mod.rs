//! How taxes are reached.

pub(crate) mod admin;
