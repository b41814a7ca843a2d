//! What can be done, one use case per file.

pub(crate) mod learn_pairs;
pub(crate) mod recommend;
