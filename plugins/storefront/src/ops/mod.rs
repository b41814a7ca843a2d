//! What the pages are made of: one use case per file.

pub(crate) mod add_to_cart;
pub(crate) mod cancel_order;
pub(crate) mod find_cart;
pub(crate) mod find_order;
pub(crate) mod list_products;
pub(crate) mod pay_order;
pub(crate) mod place_order;
pub(crate) mod prepare_checkout;
pub(crate) mod read_navigation;
pub(crate) mod request_return;
pub(crate) mod show_home;
pub(crate) mod show_order;
pub(crate) mod show_product;
