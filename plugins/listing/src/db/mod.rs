//! What is stored.

pub(crate) mod entry;
pub(crate) mod migrations;
pub(crate) mod sku;
