//! How identity is reached.

pub(crate) mod admin;
pub(crate) mod session;
