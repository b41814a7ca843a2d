//! What is true: no database, no clock, no network.

pub(crate) mod visitor;
