//! What can go wrong with tax rates.

use hatchery_sdk::prelude::*;

/// Facts that stop a change of a tax rate.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TaxError {
    #[error("There is no tax rate '{code}'.")]
    UnknownRate { code: String },
    #[error("There is a tax rate '{code}' already.")]
    CodeTaken { code: String },
    #[error("The code of a tax rate cannot be changed. Make another rate and switch this one off.")]
    CodeFixed,
    #[error("{message}")]
    Field { field: &'static str, message: &'static str },
}

impl From<TaxError> for Error {
    fn from(error: TaxError) -> Self {
        let message = error.to_string();
        match error {
            TaxError::UnknownRate { .. } => Self::not_found("tax.rate_unknown", message),
            TaxError::CodeTaken { .. } => Self::conflict("tax.code_taken", message.clone())
                .with_field("/code", "tax.code_taken", message),
            TaxError::CodeFixed => Self::invalid("tax.code_fixed", message.clone()).with_field(
                "/code",
                "tax.code_fixed",
                message,
            ),
            TaxError::Field { field, .. } => Self::invalid("tax.rate_invalid", message.clone())
                .with_field(field, "tax.rate_invalid", message),
        }
    }
}
