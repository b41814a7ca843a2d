//! What is true of a store's beginnings.

pub(crate) mod blueprint;
pub(crate) mod price;
pub(crate) mod shelves;
