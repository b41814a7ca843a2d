//! What a method costs for a parcel.

use hatchery_sdk::interfaces::shipping::ShippingQuery;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::MoneyError;

use crate::settings::Method;

/// The price of a method; nothing when it does not go there or the parcel is too heavy.
pub(crate) fn price(method: &Method, query: &ShippingQuery) -> Result<Option<Money>, MoneyError> {
    let currency = query.subtotal.currency;
    if let Some(country) = &query.country
        && !method.countries.is_empty()
        && !method.countries.iter().any(|known| known.eq_ignore_ascii_case(country))
    {
        return Ok(None);
    }
    let weight: i64 = query
        .lines
        .iter()
        .map(|line| line.weight_grams.unwrap_or_default().saturating_mul(line.quantity))
        .sum();
    if method.max_weight_grams.is_some_and(|limit| weight > limit) {
        return Ok(None);
    }
    let amount = |text: &String| Ok(UnitPrice::parse(text, currency)?.rounded());
    let free_from = method.free_from.as_ref().map(amount).transpose()?;
    if free_from.is_some_and(|from: Money| query.subtotal.minor >= from.minor) {
        return Ok(Some(Money::zero(currency)));
    }
    amount(&method.price).map(Some)
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::Sku;
    use hatchery_sdk::interfaces::shipping::ShippingLine;

    use super::*;
    use crate::settings::FlatRateSettings;

    #[test]
    fn a_method_is_free_from_its_limit_and_stays_within_its_countries_and_weight() {
        let mut method = FlatRateSettings::default().methods.remove(0);
        method.countries = vec!["GB".into()];
        method.max_weight_grams = Some(1000);
        let check = |country: &str, subtotal: i64, weight: i64, expected: Option<i64>| {
            let sku = Sku::new("A").unwrap();
            let query = ShippingQuery {
                country: Some(country.into()),
                postal_code: None,
                lines: vec![ShippingLine { sku, quantity: 2, weight_grams: Some(weight) }],
                subtotal: Money::new(subtotal, Currency::GBP),
            };
            let price = price(&method, &query).unwrap();
            assert_eq!(price.map(|price| price.minor), expected, "{country} {subtotal} {weight}");
        };
        check("GB", 3999, 100, Some(395));
        check("gb", 4000, 100, Some(0));
        check("FR", 4000, 100, None);
        check("GB", 100, 501, None);
    }
}
