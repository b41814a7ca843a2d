//! What is stored.

pub(crate) mod checkpoint;
pub(crate) mod migrations;
