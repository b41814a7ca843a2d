//! What is true of prices.

pub(crate) mod price;
