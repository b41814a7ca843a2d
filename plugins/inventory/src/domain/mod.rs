//! What is true of stock.

pub(crate) mod demand;
