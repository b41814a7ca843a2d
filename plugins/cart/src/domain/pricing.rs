//! What a cart costs.

use hatchery_sdk::interfaces::cart::{CartLine, CartTotals};
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::MoneyError;

/// Sums of priced lines.
pub(crate) fn totals(currency: Currency, lines: &[CartLine]) -> Result<CartTotals, MoneyError> {
    let subtotal = Money::sum(currency, lines.iter().map(|line| line.total))?;
    let quantity = lines.iter().map(|line| line.quantity).sum();
    Ok(CartTotals { quantity, subtotal, total: subtotal })
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::Sku;

    use super::*;

    #[test]
    fn totals_are_the_sum_of_rounded_lines() {
        let line = |price: &str, quantity: i64| {
            let unit = UnitPrice::parse(price, Currency::GBP).unwrap();
            CartLine {
                id: uuid::Uuid::nil().into(),
                sku: Sku::new("A").unwrap(),
                product_id: uuid::Uuid::nil().into(),
                slug: "a".into(),
                name: "A".into(),
                image: None,
                quantity,
                unit_price: unit.rounded(),
                unit,
                total: unit.line_total(quantity).unwrap(),
                available: None,
                tax_category: "standard".into(),
                weight_grams: None,
            }
        };
        let totals = totals(Currency::GBP, &[line("0.125", 1), line("2.55", 2)]).unwrap();
        assert_eq!((totals.quantity, totals.subtotal.minor), (3, 13 + 510));
    }
}
