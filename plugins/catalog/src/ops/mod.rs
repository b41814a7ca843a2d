//! What can be done, one use case per file.

pub(crate) mod list_products;
pub(crate) mod save_categories;
pub(crate) mod save_collections;
pub(crate) mod save_products;
pub(crate) mod share_products;
