//! What is true of customer files.

pub(crate) mod file;
