//! What can go wrong with orders.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;
use serde_json::json;

/// Facts that stop an order or its next step.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OrderError {
    #[error("There is no such order.")]
    Unknown,
    #[error("The cart is empty.")]
    EmptyCart,
    #[error("There is no such cart.")]
    UnknownCart,
    #[error("The cart changed while you were checking out. Please look at it again.")]
    CartChanged,
    #[error("{message}")]
    Field { field: &'static str, code: &'static str, message: &'static str },
    #[error("'{code}' is no shipping method for this address.")]
    UnknownShippingMethod { code: String, known: Vec<String> },
    #[error("'{code}' is no delivery window of this shipping method.")]
    UnknownDeliveryWindow { code: String },
    #[error("'{code}' is no payment method here.")]
    UnknownPaymentMethod { code: String, known: Vec<String> },
    #[error("The order is {state} and cannot be {wanted}.")]
    NotPossible { state: &'static str, wanted: &'static str },
    #[error("Only {left} of '{sku}' can be sent back.")]
    TooManyReturned { sku: Sku, left: i64 },
    #[error("Nothing was named to be sent back.")]
    NothingToReturn,
    #[error("This order can no longer be sent back.")]
    ReturnTooLate,
    #[error("This store takes no payments.")]
    NoPayments,
    #[error("There is nothing to pay for this order.")]
    NothingToPay,
    #[error("There is no return '{number}' for this order that waits to be received.")]
    UnknownReturn { number: String },
}

impl From<OrderError> for Error {
    fn from(error: OrderError) -> Self {
        use OrderError as E;
        let message = error.to_string();
        match error {
            E::Unknown => Self::not_found("order.unknown", message),
            E::UnknownCart => Self::not_found("cart.unknown", message),
            E::EmptyCart => Self::conflict("order.cart_empty", message),
            E::CartChanged => Self::conflict("order.cart_changed", message),
            E::Field { field, code, .. } => Self::invalid("order.input_invalid", message.clone())
                .with_field(field, code, message),
            E::UnknownShippingMethod { known, .. } => {
                Self::invalid("order.shipping_method_unknown", message.clone())
                    .with_field("/shipping_method", "order.shipping_method_unknown", message)
                    .with_details(json!({ "known": known }))
            }
            E::UnknownDeliveryWindow { .. } => Self::invalid(
                "order.delivery_window_unknown",
                message.clone(),
            )
            .with_field("/delivery_window", "order.delivery_window_unknown", message),
            E::UnknownPaymentMethod { known, .. } => {
                Self::invalid("order.payment_method_unknown", message.clone())
                    .with_field("/payment/method", "order.payment_method_unknown", message)
                    .with_details(json!({ "known": known }))
            }
            E::NotPossible { .. } => Self::conflict("order.not_possible", message),
            E::TooManyReturned { .. } => Self::conflict("order.too_many_returned", message),
            E::NothingToReturn => Self::invalid("order.nothing_to_return", message),
            E::ReturnTooLate => Self::conflict("order.return_too_late", message),
            E::NoPayments => Self::conflict("order.no_payments", message),
            E::NothingToPay => Self::conflict("order.nothing_to_pay", message),
            E::UnknownReturn { .. } => Self::not_found("order.return_unknown", message),
        }
    }
}
