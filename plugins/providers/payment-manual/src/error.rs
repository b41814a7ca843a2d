//! What can go wrong with manual payments.

use hatchery_sdk::prelude::*;

/// Facts that stop a manual payment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ManualError {
    #[error("'{code}' is not offered any more. Please choose another way to pay.")]
    NotOffered { code: String },
    #[error("Nobody sends news about manual payments; staff record the money.")]
    NoWebhook,
}

impl From<ManualError> for Error {
    fn from(error: ManualError) -> Self {
        let message = error.to_string();
        match error {
            ManualError::NotOffered { .. } => Self::conflict("payment-manual.not_offered", message),
            ManualError::NoWebhook => Self::not_found("payment-manual.no_webhook", message),
        }
    }
}
