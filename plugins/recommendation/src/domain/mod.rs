//! What is true of products that are bought together.

pub(crate) mod pairs;
