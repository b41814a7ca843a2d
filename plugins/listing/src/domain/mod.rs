//! What is true of lists.

pub(crate) mod card;
