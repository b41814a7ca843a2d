//! What can be done, one use case per file.

pub(crate) mod dispatch_shipment;
pub(crate) mod list_options;
pub(crate) mod list_shipments;
