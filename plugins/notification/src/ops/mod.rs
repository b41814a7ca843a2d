//! What can be done, one use case per file.

pub(crate) mod deliver_notice;
pub(crate) mod notify_order;
pub(crate) mod queue_notices;
