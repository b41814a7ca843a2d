//! What is stored.

pub(crate) mod import;
pub(crate) mod migrations;
pub(crate) mod number;
pub(crate) mod order;
pub(crate) mod returns;
