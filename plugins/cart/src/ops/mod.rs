//! What can be done, one use case per file.

pub(crate) mod add_line;
pub(crate) mod close_cart;
pub(crate) mod create_cart;
pub(crate) mod forget_carts;
pub(crate) mod get_cart;
pub(crate) mod set_quantity;
