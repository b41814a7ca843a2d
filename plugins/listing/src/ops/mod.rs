//! What can be done, one use case per file.

pub(crate) mod count_orders;
pub(crate) mod get_product;
pub(crate) mod refresh_products;
pub(crate) mod resync_listing;
pub(crate) mod search_products;
