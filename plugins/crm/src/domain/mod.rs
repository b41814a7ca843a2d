//! What is true of customer files.

pub(crate) mod file;
pub(crate) mod share;
