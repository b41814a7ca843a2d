//! What is true of orders: pure rules.

pub(crate) mod address;
pub(crate) mod credit;
pub(crate) mod status;
pub(crate) mod totals;
