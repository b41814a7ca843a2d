//! Prices as a blueprint writes them.

use std::collections::BTreeMap;

use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::error::StarterError;

/// The key that stands for every currency without one of its own.
const OTHER: &str = "other";

/// An amount as text: the same number in every currency, or a number by currency.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Price {
    /// `"4.50"`: that much in whatever currency the store has.
    Same(String),
    /// `{ CNY = "39.00", other = "4.50" }`
    ByCurrency(BTreeMap<String, String>),
}

impl Price {
    /// The amount in a currency. No rate is applied: a number is taken as it stands.
    pub(crate) fn in_currency(
        &self,
        currency: Currency,
        product: &str,
    ) -> Result<UnitPrice, StarterError> {
        let amount = match self {
            Self::Same(amount) => Some(amount),
            Self::ByCurrency(amounts) => amounts.get(currency.code()).or(amounts.get(OTHER)),
        };
        let (product, currency_code) = (product.to_owned(), currency.code());
        let Some(amount) = amount else {
            return Err(StarterError::NoPrice { product, currency: currency_code });
        };
        let wrong = |reason: String| StarterError::InvalidPrice {
            product: product.clone(),
            currency: currency_code,
            reason,
        };
        let price = UnitPrice::parse(amount, currency).map_err(|error| wrong(error.to_string()))?;
        if price.decimal().starts_with('-') {
            return Err(wrong("it is below zero".into()));
        }
        Ok(price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, currency: Currency, expect: &str) {
        let price: Price = serde_json::from_str(json).unwrap();
        let found = price.in_currency(currency, "tea").map(|price| price.decimal());
        let found = found.unwrap_or_else(|error| error.to_string());
        assert!(found.starts_with(expect), "{found}");
    }

    #[test]
    fn a_number_is_taken_as_it_stands() {
        check("\"4.50\"", Currency::GBP, "4.5");
        check("\"4.50\"", Currency::CNY, "4.5");
        let table = r#"{ "CNY": "39", "other": "4.20" }"#;
        check(table, Currency::CNY, "39");
        check(table, Currency::EUR, "4.2");
        check(r#"{ "CNY": "39" }"#, Currency::EUR, "'tea' has no price in EUR");
        check("\"cheap\"", Currency::EUR, "A price of 'tea' in EUR");
        check("\"-1\"", Currency::EUR, "A price of 'tea' in EUR: it is below zero");
    }
}
