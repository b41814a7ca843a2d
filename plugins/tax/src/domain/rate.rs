//! Tax rates, and what they make of amounts.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::tax::{TaxLine, TaxQuery};
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::TaxError;

/// 100 % in basis points.
const WHOLE: i64 = 10_000;
/// No state takes more than ten times the price.
const HIGHEST: i64 = 10 * WHOLE;
const LONGEST: usize = 64;

/// A tax of a country or of one region of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TaxRate {
    /// Its code, such as `gb-standard`: lowercase letters, digits and dashes. It never changes.
    pub(crate) code: String,
    /// For people: `VAT 20%`.
    pub(crate) name: Localized,
    /// ISO 3166-1 code of the country it holds for.
    #[schema(min_length = 2, max_length = 2)]
    pub(crate) country: String,
    /// State or province it holds for; all of the country when empty.
    pub(crate) region: String,
    /// Tax categories of products it holds for; `shipping` is one of them.
    pub(crate) categories: Vec<String>,
    /// In basis points: 2000 is 20 %.
    #[schema(minimum = 0, maximum = 100_000)]
    pub(crate) basis_points: i64,
    /// Whether the prices contain it.
    pub(crate) included: bool,
    /// Whether it is in use.
    pub(crate) active: bool,
}

impl Default for TaxRate {
    fn default() -> Self {
        Self {
            code: String::new(),
            name: Localized::default(),
            country: String::new(),
            region: String::new(),
            categories: vec!["standard".into(), "shipping".into()],
            basis_points: 0,
            included: true,
            active: true,
        }
    }
}

impl TaxRate {
    /// The rules no type tells.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub(crate) fn check(&self) -> Result<(), TaxError> {
        let fail = |field, message| Err(TaxError::Field { field, message });
        if !is_word(&self.code) {
            return fail("/code", "Write 1 to 64 lowercase letters, digits and dashes.");
        }
        if self.name.is_empty() {
            return fail("/name", "Write what customers read, such as VAT 20%.");
        }
        if !is_country(&self.country) {
            return fail("/country", "Write two capital letters, such as GB or CN.");
        }
        if self.region.chars().count() > LONGEST {
            return fail("/region", "Write at most 64 characters.");
        }
        if self.categories.is_empty() || !self.categories.iter().all(|it| is_word(it)) {
            return fail("/categories", "Name at least one tax category, such as standard.");
        }
        if !(0..=HIGHEST).contains(&self.basis_points) {
            return fail("/basis_points", "Write 0 to 100000; 2000 is 20 percent.");
        }
        Ok(())
    }

    fn holds_in(&self, country: &str, region: &str) -> bool {
        self.active
            && self.country.eq_ignore_ascii_case(country)
            && (self.region.is_empty() || self.region.to_lowercase() == region.to_lowercase())
    }

    fn holds_for(&self, category: &str) -> bool {
        self.categories.iter().any(|it| it == category)
    }
}

/// Whether a text is two capital letters.
pub(crate) fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_word(text: &str) -> bool {
    let fits = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits)
}

/// The taxes on amounts by those rates, one line per rate, by code; `home` is the country when the query
/// names none. Each is computed on the sum of its amounts and rounded once.
///
/// # Errors
/// Amounts of several currencies, or too large.
pub(crate) fn taxes(
    rates: &[TaxRate],
    query: &TaxQuery,
    home: &str,
    locale: &Locale,
) -> Result<Vec<TaxLine>> {
    let country = query.country.as_deref().unwrap_or(home);
    let region = query.region.as_deref().unwrap_or_default().trim();
    let rates: Vec<&TaxRate> = rates.iter().filter(|rate| rate.holds_in(country, region)).collect();
    let mut lines = Vec::new();
    for rate in &rates {
        // What the tax is a part of, by the whole that the price is with all included taxes.
        let mut sums: BTreeMap<i64, Money> = BTreeMap::new();
        for amount in query.amounts.iter().filter(|amount| rate.holds_for(&amount.category)) {
            let whole = if rate.included { gross(&rates, &amount.category) } else { WHOLE };
            let sum = sums.entry(whole).or_insert(Money::zero(amount.amount.currency));
            *sum = sum.try_add(amount.amount)?;
        }
        let mut tax: Option<Money> = None;
        for (whole, sum) in sums {
            let part = sum.share(rate.basis_points, whole)?;
            tax = Some(tax.map_or(Ok(part), |tax| tax.try_add(part))?);
        }
        if let Some(amount) = tax.filter(|tax| !tax.is_zero()) {
            lines.push(TaxLine {
                code: rate.code.clone(),
                name: rate.name.get(locale).to_owned(),
                rate_basis_points: rate.basis_points,
                amount,
                included: rate.included,
            });
        }
    }
    lines.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(lines)
}

/// A price with all included taxes of its category, when the net price is 10 000.
fn gross(rates: &[&TaxRate], category: &str) -> i64 {
    let included = rates.iter().filter(|rate| rate.included && rate.holds_for(category));
    WHOLE + included.map(|rate| rate.basis_points).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::tax::TaxableAmount;

    use super::*;

    fn rate(code: &str, country: &str, basis_points: i64, included: bool) -> TaxRate {
        let (name, country) = (Localized::en(code.to_uppercase()), country.to_owned());
        TaxRate { code: code.into(), name, country, basis_points, included, ..TaxRate::default() }
    }

    fn query(country: Option<&str>, region: Option<&str>, amounts: &[(&str, i64)]) -> TaxQuery {
        let amount = |(category, minor): &(&str, i64)| TaxableAmount {
            category: (*category).to_owned(),
            amount: Money::new(*minor, Currency::GBP),
        };
        TaxQuery {
            country: country.map(str::to_owned),
            region: region.map(str::to_owned),
            amounts: amounts.iter().map(amount).collect(),
        }
    }

    fn check(rates: &[TaxRate], query: &TaxQuery, expected: &[(&str, i64)]) {
        let lines = taxes(rates, query, "GB", &Locale::en()).unwrap();
        let found: Vec<(&str, i64)> =
            lines.iter().map(|line| (line.code.as_str(), line.amount.minor)).collect();
        assert_eq!(found, expected, "{query:?}");
    }

    #[test]
    fn an_included_tax_is_a_part_of_the_price_and_another_comes_on_top() {
        let goods = [("standard", 1000), ("shipping", 200)];
        check(&[rate("vat", "GB", 2000, true)], &query(None, None, &goods), &[("vat", 200)]);
        check(&[rate("vat", "GB", 2000, false)], &query(None, None, &goods), &[("vat", 240)]);
    }

    #[test]
    fn a_tax_holds_for_its_place_and_its_categories() {
        let california = TaxRate { region: "CA".into(), ..rate("ca", "US", 725, false) };
        let reduced = TaxRate { categories: vec!["reduced".into()], ..rate("b", "GB", 500, true) };
        let off = TaxRate { active: false, ..rate("off", "GB", 9999, false) };
        let rates = [rate("c", "GB", 2000, true), california, reduced, off];
        let goods = [("standard", 1200), ("reduced", 1050), ("zero", 700)];
        check(&rates, &query(None, None, &goods), &[("b", 50), ("c", 200)]);
        check(&rates, &query(Some("gb"), None, &goods), &[("b", 50), ("c", 200)]);
        check(&rates, &query(Some("US"), Some("ca"), &goods), &[("ca", 87)]);
        check(&rates, &query(Some("US"), Some("NV"), &goods), &[]);
        check(&rates, &query(Some("FR"), None, &goods), &[]);
    }

    #[test]
    fn a_tax_is_rounded_once_for_all_amounts() {
        // 20 % of 0.01 three times would be nothing.
        let goods = [("standard", 1), ("standard", 1), ("shipping", 1)];
        check(&[rate("vat", "GB", 2000, false)], &query(None, None, &goods), &[("vat", 1)]);
    }

    #[test]
    fn several_included_taxes_share_one_net_price() {
        let rates = [rate("city", "GB", 500, true), rate("vat", "GB", 2000, true)];
        let goods = [("standard", 1250)];
        check(&rates, &query(None, None, &goods), &[("city", 50), ("vat", 200)]);
    }

    #[test]
    fn a_rate_says_which_field_is_wrong() {
        let good = rate("gb-standard", "GB", 2000, true);
        assert_eq!(good.check(), Ok(()));
        let check = |rate: TaxRate, expected: &str| match rate.check() {
            Err(TaxError::Field { field, .. }) => assert_eq!(field, expected),
            other => panic!("{other:?}"),
        };
        check(TaxRate { code: "GB".into(), ..good.clone() }, "/code");
        check(TaxRate { name: Localized::default(), ..good.clone() }, "/name");
        check(TaxRate { country: "gb".into(), ..good.clone() }, "/country");
        check(TaxRate { categories: vec![], ..good.clone() }, "/categories");
        check(TaxRate { basis_points: -1, ..good.clone() }, "/basis_points");
        check(TaxRate { region: "x".repeat(65), ..good }, "/region");
    }
}
