//! What is true of a catalog: pure rules.

pub(crate) mod category;
pub(crate) mod product;
pub(crate) mod share;
pub(crate) mod slug;
