//! What can be done, one use case per file.

pub(crate) mod fill_store;
