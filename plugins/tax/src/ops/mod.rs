//! What can be done, one use case per file.

pub(crate) mod quote_taxes;
pub(crate) mod save_rate;
