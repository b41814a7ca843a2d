//! What an order costs.

use hatchery_sdk::interfaces::order::{Adjustment, OrderLine};
use hatchery_sdk::interfaces::tax::TaxLine;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::MoneyError;

/// Sum of the lines, and that plus the adjustments.
pub(crate) fn totals(
    currency: Currency,
    lines: &[OrderLine],
    adjustments: &[Adjustment],
) -> Result<(Money, Money), MoneyError> {
    let subtotal = Money::sum(currency, lines.iter().map(|line| line.total))?;
    let total = Money::sum(currency, adjustments.iter().map(|adjustment| adjustment.amount))?
        .try_add(subtotal)?;
    Ok((subtotal, total))
}

/// A tax as an adjustment: one that the prices contain adds nothing and says how much it is.
pub(crate) fn tax_adjustment(tax: TaxLine) -> Adjustment {
    let (amount, included) = if tax.included {
        (Money::zero(tax.amount.currency), Some(tax.amount))
    } else {
        (tax.amount, None)
    };
    Adjustment { kind: "tax".into(), label: tax.name, amount, source: tax.code, included }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_included_tax_adds_nothing() {
        let tax = |included| TaxLine {
            code: "gb-standard".into(),
            name: "VAT 20%".into(),
            rate_basis_points: 2000,
            amount: Money::new(100, Currency::GBP),
            included,
        };
        let adjustments = [tax_adjustment(tax(true)), tax_adjustment(tax(false))];
        assert_eq!(adjustments[0].included, Some(Money::new(100, Currency::GBP)));
        let (subtotal, total) = totals(Currency::GBP, &[], &adjustments).unwrap();
        assert_eq!((subtotal.minor, total.minor), (0, 100));
    }
}
