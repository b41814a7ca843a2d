//! What can go wrong with prices.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;

/// Facts that stop a price.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PricingError {
    #[error("The price of '{sku}' is negative.")]
    Negative { sku: Sku },
    #[error("The price of '{sku}' before the reduction must be higher than its price.")]
    ListPriceTooLow { sku: Sku },
    #[error("'{sku}' is priced in {given}; this store sells in {expected}.")]
    Currency { sku: Sku, given: Currency, expected: Currency },
    #[error("The SKU of a price cannot be changed.")]
    SkuFixed,
}

impl From<PricingError> for Error {
    fn from(error: PricingError) -> Self {
        let (code, field) = match &error {
            PricingError::Negative { .. } => ("pricing.negative", "/price"),
            PricingError::ListPriceTooLow { .. } => ("pricing.list_price_low", "/list_price"),
            PricingError::Currency { .. } => ("pricing.currency", "/price/currency"),
            PricingError::SkuFixed => ("pricing.sku_fixed", "/sku"),
        };
        let message = error.to_string();
        Self::invalid(code, message.clone()).with_field(field, code, message)
    }
}
