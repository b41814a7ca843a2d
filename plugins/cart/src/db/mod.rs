//! What is stored.

pub(crate) mod cart;
pub(crate) mod migrations;
