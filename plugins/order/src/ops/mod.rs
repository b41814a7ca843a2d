//! What can be done, one use case per file.

pub(crate) mod answer_order;
pub(crate) mod apply_payment;
pub(crate) mod cancel_order;
pub(crate) mod deliver_order;
pub(crate) mod get_order;
pub(crate) mod import_orders;
pub(crate) mod import_returns;
pub(crate) mod offered;
pub(crate) mod pay_order;
pub(crate) mod place_order;
pub(crate) mod price_cart;
pub(crate) mod quote_order;
pub(crate) mod receive_return;
pub(crate) mod request_return;
pub(crate) mod review_order;
pub(crate) mod ship_order;
pub(crate) mod step;
