//! What can be done, one use case per file.

pub(crate) mod add_item;
pub(crate) mod drop_products;
pub(crate) mod read_list;
