//! What is stored.

pub(crate) mod event;
pub(crate) mod migrations;
pub(crate) mod payment;
pub(crate) mod refund;
