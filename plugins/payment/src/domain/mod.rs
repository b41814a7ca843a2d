//! What is true of payments.

pub(crate) mod news;
pub(crate) mod payment;
pub(crate) mod refund;
pub(crate) mod status;
pub(crate) mod summary;
pub(crate) mod tender;
