//! What can be done, one use case per file.

pub(crate) mod begin_payment;
pub(crate) mod list_methods;
