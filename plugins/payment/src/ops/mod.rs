//! What can be done, one use case per file.

pub(crate) mod capture_payment;
pub(crate) mod get_summary;
pub(crate) mod list_methods;
pub(crate) mod open_payments;
pub(crate) mod process_payments;
pub(crate) mod provider;
pub(crate) mod receive_payment;
pub(crate) mod refund_order;
pub(crate) mod retry_payments;
pub(crate) mod step;
pub(crate) mod take_webhook;
pub(crate) mod void_order;
