//! What is stored.

pub(crate) mod migrations;
pub(crate) mod rate;
