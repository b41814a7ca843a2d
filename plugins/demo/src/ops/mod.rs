//! What can be done, one use case per file.

pub(crate) mod fill_shelves;
pub(crate) mod replay_year;
pub(crate) mod seed_store;
