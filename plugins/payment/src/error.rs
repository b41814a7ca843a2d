//! What can go wrong with payments.

use hatchery_sdk::prelude::*;
use serde_json::json;

/// Facts that stop a payment or its next step.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PaymentError {
    #[error("There is no such payment.")]
    Unknown,
    #[error("There is no such cart.")]
    UnknownCart,
    #[error("This store has no payment provider '{provider}'.")]
    UnknownProvider { provider: String },
    #[error("The payment provider '{provider}' is switched off. Switch it on and try again.")]
    ProviderOff { provider: String },
    #[error("'{code}' is no payment method here any more. Please choose another one.")]
    MethodGone { code: String },
    #[error("Please choose how to pay.")]
    NoTender,
    #[error("At most one part may leave its amount open.")]
    SeveralOpenAmounts,
    #[error("Every part must be more than nothing.")]
    EmptyTender,
    #[error("The parts must add up to {total}; they are {sum}.")]
    DoesNotAddUp { total: Money, sum: Money },
    #[error("The total must not be less than nothing.")]
    NegativeTotal,
    #[error("Never send a card number here. The card's provider asks for it on its own page.")]
    CardNumber { key: String },
    #[error("A payment takes at most 20 texts, numbers and yes-or-no values of 500 characters.")]
    DataTooLarge,
    #[error("The payment is {status} and cannot be {wanted}.")]
    NotPossible { status: &'static str, wanted: &'static str },
    #[error("At most {left} of this payment can be {wanted}.")]
    TooMuch { left: Money, wanted: &'static str },
    #[error("At most {left} of this order can be given back.")]
    RefundTooLarge { left: Money },
    #[error("An amount must be more than nothing.")]
    NoAmount,
    #[error("Another amount of this payment is being taken. Please wait until that is done.")]
    CaptureRunning,
    #[error("The provider did not let the payment go. Please ask the provider.")]
    VoidRefused,
    #[error("The provider did not give the money back: {reason}")]
    RefundRefused { reason: String },
    #[error("There is nothing to pay for this order.")]
    NothingToPay,
}

impl From<PaymentError> for Error {
    fn from(error: PaymentError) -> Self {
        use PaymentError as E;
        let message = error.to_string();
        match error {
            E::Unknown => Self::not_found("payment.unknown", message),
            E::UnknownCart => Self::not_found("cart.unknown", message),
            E::UnknownProvider { .. } => Self::not_found("payment.provider_unknown", message),
            E::ProviderOff { .. } => Self::new(Kind::Unavailable, "payment.provider_off", message),
            E::MethodGone { .. } => Self::invalid("payment.method_unknown", message.clone())
                .with_field("/payment/method", "payment.method_unknown", message),
            E::NoTender => Self::invalid("payment.tender_missing", message.clone()).with_field(
                "/payment/method",
                "payment.tender_missing",
                message,
            ),
            E::SeveralOpenAmounts => Self::invalid("payment.amounts_open", message.clone())
                .with_field("/tenders", "payment.amounts_open", message),
            E::EmptyTender => Self::invalid("payment.tender_empty", message.clone()).with_field(
                "/tenders",
                "payment.tender_empty",
                message,
            ),
            E::DoesNotAddUp { total, sum } => {
                Self::invalid("payment.amounts_wrong", message.clone())
                    .with_field("/tenders", "payment.amounts_wrong", message)
                    .with_details(json!({ "total": total, "sum": sum }))
            }
            E::NegativeTotal => Self::invalid("payment.total_negative", message),
            E::CardNumber { key } => Self::invalid("payment.card_number", message.clone())
                .with_field(format!("/payment/{key}"), "payment.card_number", message),
            E::DataTooLarge => Self::invalid("payment.data_too_large", message.clone()).with_field(
                "/payment",
                "payment.data_too_large",
                message,
            ),
            E::NotPossible { .. } => Self::conflict("payment.not_possible", message),
            E::TooMuch { left, .. } => {
                Self::conflict("payment.too_much", message).with_details(json!({ "left": left }))
            }
            E::RefundTooLarge { left } => Self::conflict("payment.refund_too_large", message)
                .with_details(json!({ "left": left })),
            E::NoAmount => Self::invalid("payment.amount_missing", message.clone()).with_field(
                "/amount",
                "payment.amount_missing",
                message,
            ),
            E::CaptureRunning => Self::conflict("payment.capture_running", message),
            E::VoidRefused => Self::conflict("payment.void_refused", message),
            E::RefundRefused { .. } => Self::conflict("payment.refund_refused", message),
            E::NothingToPay => Self::conflict("payment.nothing_to_pay", message),
        }
    }
}
