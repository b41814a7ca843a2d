//! What is true of rates.

pub(crate) mod rate;
pub(crate) mod window;
