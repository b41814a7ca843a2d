//! What can be done, one use case per file.

pub(crate) mod count_sales;
pub(crate) mod keep_sales;
pub(crate) mod recommend;
