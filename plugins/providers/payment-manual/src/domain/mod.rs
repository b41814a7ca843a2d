//! What is true of manual payments.

pub(crate) mod method;
