//! What a price must be.

use hatchery_sdk::interfaces::pricing::PriceDraft;
use hatchery_sdk::prelude::*;

use crate::error::PricingError;

/// Checks a price for a store that sells in `currency`. A list price that is not higher says nothing and
/// is refused.
pub(crate) fn check(draft: &PriceDraft, currency: Currency) -> Result<(), PricingError> {
    let sku = draft.sku.clone();
    for price in [Some(draft.price), draft.list_price].into_iter().flatten() {
        if price.currency != currency {
            return Err(PricingError::Currency { sku, given: price.currency, expected: currency });
        }
    }
    if draft.price.micros < 0 {
        return Err(PricingError::Negative { sku });
    }
    match draft.list_price {
        Some(list_price) if list_price.micros <= draft.price.micros => {
            Err(PricingError::ListPriceTooLow { sku })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::Sku;

    use super::*;

    #[test]
    fn a_price_is_not_negative_and_below_its_list_price() {
        let price = |text: &str, currency| UnitPrice::parse(text, currency).unwrap();
        let draft = |amount: &str, list: Option<&str>, currency| PriceDraft {
            sku: Sku::new("A").unwrap(),
            price: price(amount, currency),
            list_price: list.map(|list| price(list, currency)),
        };
        let verdict = |draft: PriceDraft| check(&draft, Currency::GBP);
        assert!(verdict(draft("0", None, Currency::GBP)).is_ok());
        assert!(verdict(draft("2.55", Some("3"), Currency::GBP)).is_ok());
        let low = verdict(draft("2.55", Some("2.55"), Currency::GBP));
        assert!(matches!(low, Err(PricingError::ListPriceTooLow { .. })));
        let negative = verdict(draft("-1", None, Currency::GBP));
        assert!(matches!(negative, Err(PricingError::Negative { .. })));
        let foreign = verdict(draft("1", None, Currency::EUR));
        assert!(matches!(foreign, Err(PricingError::Currency { .. })));
    }
}
