//! What is true of taxes.

pub(crate) mod rate;
