//! What is stored.

pub(crate) mod count;
pub(crate) mod migrations;
pub(crate) mod sale;
