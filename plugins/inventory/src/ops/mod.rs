//! What can be done, one use case per file.

pub(crate) mod get_availability;
pub(crate) mod put_back;
pub(crate) mod release_stock;
pub(crate) mod reserve_stock;
pub(crate) mod set_stock;
pub(crate) mod take_stock;
