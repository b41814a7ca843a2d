//! What can be done, one use case per file.

pub(crate) mod get_prices;
pub(crate) mod set_prices;
