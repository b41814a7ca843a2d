//! The three states of an order and their transitions.

use hatchery_sdk::interfaces::order::{FulfillmentStatus, Order, OrderStatus, PaymentStatus};

use crate::error::OrderError;

/// What somebody wants to do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Review,
    Ship,
    Deliver,
    Cancel,
    RequestReturn,
    ReceiveReturn,
}

impl Step {
    fn done(self) -> &'static str {
        match self {
            Self::Review => "reviewed",
            Self::Ship => "shipped",
            Self::Deliver => "signed for",
            Self::Cancel => "cancelled",
            Self::RequestReturn | Self::ReceiveReturn => "sent back",
        }
    }
}

/// The one table of what may follow on what: step, order statuses, fulfillment statuses.
const TRANSITIONS: [(Step, &[OrderStatus], &[FulfillmentStatus]); 6] = {
    use FulfillmentStatus as F;
    use OrderStatus as O;
    [
        (Step::Review, &[O::Placed], &[F::Unfulfilled]),
        (Step::Ship, &[O::Reviewed], &[F::Unfulfilled, F::PartiallyShipped]),
        (Step::Deliver, &[O::Reviewed], &[F::Shipped]),
        (Step::Cancel, &[O::Placed, O::Reviewed], &[F::Unfulfilled]),
        (
            Step::RequestReturn,
            &[O::Reviewed, O::Completed],
            &[F::Shipped, F::Delivered, F::PartiallyReturned],
        ),
        (
            Step::ReceiveReturn,
            &[O::Reviewed, O::Completed],
            &[F::Shipped, F::Delivered, F::PartiallyReturned],
        ),
    ]
};

/// Whether a step is possible now.
pub(crate) fn is_possible(step: Step, order: OrderStatus, goods: FulfillmentStatus) -> bool {
    TRANSITIONS.iter().any(|(known, orders, fulfillments)| {
        *known == step && orders.contains(&order) && fulfillments.contains(&goods)
    })
}

/// Fails with the state that forbids a step.
pub(crate) fn check(step: Step, order: &Order) -> Result<(), OrderError> {
    if is_possible(step, order.status, order.fulfillment_status) {
        return Ok(());
    }
    let state = match (order.status, order.fulfillment_status) {
        (OrderStatus::Cancelled, _) => "cancelled",
        (OrderStatus::Placed, FulfillmentStatus::Unfulfilled) => "not reviewed yet",
        (_, FulfillmentStatus::Unfulfilled) => "not shipped yet",
        (_, goods) => fulfillment_text(goods),
    };
    Err(OrderError::NotPossible { state, wanted: step.done() })
}

/// The order's status after its goods or its money moved: complete when signed for and paid.
pub(crate) fn settled(
    status: OrderStatus,
    payment: PaymentStatus,
    goods: FulfillmentStatus,
) -> OrderStatus {
    let is_delivered = matches!(
        goods,
        FulfillmentStatus::Delivered
            | FulfillmentStatus::PartiallyReturned
            | FulfillmentStatus::Returned
    );
    let is_paid = matches!(
        payment,
        PaymentStatus::Paid | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded
    );
    if status == OrderStatus::Reviewed && is_delivered && is_paid {
        OrderStatus::Completed
    } else {
        status
    }
}

/// Text of a status in the database and in events.
pub(crate) fn order_text(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Placed => "placed",
        OrderStatus::Reviewed => "reviewed",
        OrderStatus::Completed => "completed",
        OrderStatus::Cancelled => "cancelled",
    }
}

/// Text of a payment status.
pub(crate) fn payment_text(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Unpaid => "unpaid",
        PaymentStatus::Pending => "pending",
        PaymentStatus::Authorized => "authorized",
        PaymentStatus::Paid => "paid",
        PaymentStatus::PartiallyRefunded => "partially_refunded",
        PaymentStatus::Refunded => "refunded",
        PaymentStatus::Failed => "failed",
        PaymentStatus::Voided => "voided",
    }
}

/// Text of a fulfillment status.
pub(crate) fn fulfillment_text(status: FulfillmentStatus) -> &'static str {
    match status {
        FulfillmentStatus::Unfulfilled => "unfulfilled",
        FulfillmentStatus::PartiallyShipped => "partially_shipped",
        FulfillmentStatus::Shipped => "shipped",
        FulfillmentStatus::Delivered => "delivered",
        FulfillmentStatus::PartiallyReturned => "partially_returned",
        FulfillmentStatus::Returned => "returned",
    }
}

#[cfg(test)]
mod tests {
    use FulfillmentStatus as F;
    use OrderStatus as O;

    use super::*;

    #[test]
    fn every_step_follows_the_table_and_nothing_else() {
        let check = |step, order, goods, expected| {
            assert_eq!(is_possible(step, order, goods), expected, "{step:?} {order:?} {goods:?}");
        };
        check(Step::Review, O::Placed, F::Unfulfilled, true);
        check(Step::Review, O::Reviewed, F::Unfulfilled, false);
        check(Step::Ship, O::Placed, F::Unfulfilled, false);
        check(Step::Ship, O::Reviewed, F::Unfulfilled, true);
        check(Step::Ship, O::Reviewed, F::Shipped, false);
        check(Step::Deliver, O::Reviewed, F::Shipped, true);
        check(Step::Deliver, O::Reviewed, F::Unfulfilled, false);
        check(Step::Cancel, O::Placed, F::Unfulfilled, true);
        check(Step::Cancel, O::Reviewed, F::Shipped, false);
        check(Step::Cancel, O::Cancelled, F::Unfulfilled, false);
        check(Step::RequestReturn, O::Completed, F::Delivered, true);
        check(Step::RequestReturn, O::Placed, F::Unfulfilled, false);
    }

    #[test]
    fn an_order_is_complete_when_signed_for_and_paid() {
        assert_eq!(settled(O::Reviewed, PaymentStatus::Paid, F::Delivered), O::Completed);
        assert_eq!(settled(O::Reviewed, PaymentStatus::Pending, F::Delivered), O::Reviewed);
        assert_eq!(settled(O::Reviewed, PaymentStatus::Paid, F::Shipped), O::Reviewed);
        assert_eq!(settled(O::Cancelled, PaymentStatus::Paid, F::Delivered), O::Cancelled);
    }
}
