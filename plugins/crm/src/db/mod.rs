//! What is stored.

pub(crate) mod customer;
pub(crate) mod migrations;
