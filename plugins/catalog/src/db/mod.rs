//! What is stored.

pub(crate) mod category;
pub(crate) mod collection;
pub(crate) mod migrations;
pub(crate) mod product;
