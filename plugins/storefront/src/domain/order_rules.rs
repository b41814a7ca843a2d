//! What a customer may still do with an order.

use hatchery_sdk::interfaces::order::{
    FulfillmentStatus, Order, OrderLine, OrderStatus, PaymentStatus,
};

/// Whether the customer may give it up: nothing has left the house.
pub(crate) fn can_cancel(order: &Order) -> bool {
    matches!(order.status, OrderStatus::Placed | OrderStatus::Reviewed)
        && order.fulfillment_status == FulfillmentStatus::Unfulfilled
}

/// Whether the customer may pay by another method.
pub(crate) fn can_pay_again(order: &Order) -> bool {
    order.status != OrderStatus::Cancelled && order.payment_status == PaymentStatus::Failed
}

/// The lines that can be sent back, with how many of each.
pub(crate) fn returnable(order: &Order) -> Vec<(&OrderLine, i64)> {
    let gone = matches!(
        order.fulfillment_status,
        FulfillmentStatus::Shipped
            | FulfillmentStatus::Delivered
            | FulfillmentStatus::PartiallyReturned
    );
    if !gone || order.status == OrderStatus::Cancelled {
        return Vec::new();
    }
    let left = |line: &OrderLine| line.quantity - line.returned;
    order.lines.iter().map(|line| (line, left(line))).filter(|(_, count)| *count > 0).collect()
}
