//! What can go wrong in the sandbox.

use hatchery_sdk::prelude::*;

/// Facts that stop a request to the bank, or its news.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SandboxError {
    #[error("The bank does not know this payment.")]
    UnknownPayment,
    #[error("The card's token is unknown or too old. Please enter the card again.")]
    UnknownToken,
    #[error("{message}")]
    Card { field: &'static str, message: &'static str },
    #[error("The bank does not answer at the moment.")]
    Unreachable,
    #[error("The bank has promised less than that.")]
    TooMuch,
    #[error("The signature of this news is missing, wrong or too old.")]
    Signature,
    #[error("This news cannot be read.")]
    News,
    #[error("The payment changed at the same moment. Please try again.")]
    ChangedMeanwhile,
}

impl From<SandboxError> for Error {
    fn from(error: SandboxError) -> Self {
        use SandboxError as E;
        let message = error.to_string();
        match error {
            E::UnknownPayment => Self::not_found("payment-card-sandbox.unknown", message),
            E::UnknownToken => Self::invalid("payment-card-sandbox.token_unknown", message.clone())
                .with_field("/payment/token", "payment-card-sandbox.token_unknown", message),
            E::Card { field, .. } => {
                Self::invalid("payment-card-sandbox.card_invalid", message.clone()).with_field(
                    format!("/{field}"),
                    "payment-card-sandbox.card_invalid",
                    message,
                )
            }
            E::Unreachable => {
                Self::new(Kind::Unavailable, "payment-card-sandbox.unreachable", message)
            }
            E::TooMuch => Self::conflict("payment-card-sandbox.too_much", message),
            E::Signature => Self::new(Kind::Denied, "payment-card-sandbox.signature", message),
            E::News => Self::invalid("payment-card-sandbox.news_invalid", message),
            E::ChangedMeanwhile => {
                Self::new(Kind::Retry, "payment-card-sandbox.changed_meanwhile", message)
            }
        }
    }
}
