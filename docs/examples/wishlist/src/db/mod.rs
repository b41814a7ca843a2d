//! What is stored.

pub(crate) mod item;
pub(crate) mod migrations;
