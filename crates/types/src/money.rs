//! Money in integer minor units, and unit prices that may be finer than that.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Pound sterling.
    pub const GBP: Self = Self(iso_currency::Currency::GBP);
    /// Renminbi.
    pub const CNY: Self = Self(iso_currency::Currency::CNY);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// US dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the minor unit has: 2 for GBP, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// The sign readers know, such as `£`.
    pub fn symbol(self) -> String {
        self.0.symbol().to_string()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        iso_currency::Currency::from_code(code)
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency(code.to_owned()))
    }
}
impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}
impl utoipa::PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Z]{3}$")).into()
    }
}
impl ToSchema for Currency {}

/// What can go wrong with amounts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// No such ISO 4217 code.
    #[error("'{0}' is no ISO 4217 currency code; write one like 'GBP' or 'CNY'")]
    UnknownCurrency(String),
    /// Two amounts of different currencies were put together.
    #[error("{left} and {right} cannot be put together")]
    CurrencyMismatch {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second amount.
        right: Currency,
    },
    /// The result does not fit 64 bits.
    #[error("the amount is too large")]
    Overflow,
    /// The text is no decimal number, or has more decimals than can be kept (6).
    #[error("'{0}' is no decimal amount with at most 6 decimals")]
    BadAmount(String),
}

/// An amount of money: an integer number of minor units (pence, fen) of one currency. May be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"minor": 255, "currency": "GBP"}))]
pub struct Money {
    /// Minor units: 255 is 2.55 pounds.
    pub minor: i64,
    /// ISO 4217 currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing of a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Whether the amount is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// Different currencies; overflow.
    pub fn try_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The difference.
    ///
    /// # Errors
    /// Different currencies; overflow.
    pub fn try_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.try_add(other.negated())
    }

    /// The amount times a count.
    ///
    /// # Errors
    /// Overflow.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The amount with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self::new(-self.minor, self.currency)
    }

    /// The sum of amounts, nothing of `currency` when there are none.
    ///
    /// # Errors
    /// Different currencies; overflow.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::try_add)
    }

    /// The share `numerator / denominator` of the amount, rounded half away from zero.
    ///
    /// # Errors
    /// Overflow, a denominator of zero.
    pub fn share(self, numerator: i64, denominator: i64) -> Result<Self, MoneyError> {
        let product = i128::from(self.minor) * i128::from(numerator);
        let minor = round_div(product, i128::from(denominator)).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The amount as plain decimal text without the currency: `2.55`.
    pub fn decimal(self) -> String {
        decimal_text(i128::from(self.minor), self.currency.exponent())
    }

    /// Reads decimal text such as `12.5` as an amount.
    ///
    /// # Errors
    /// No number, or more decimals than the currency has.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let minor = parse_decimal(text, currency.exponent())?;
        Ok(Self::new(minor, currency))
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

/// The price of one unit, kept in millionths of the major unit ("micros"), since wholesale prices are
/// often finer than the minor unit. It becomes [`Money`] only as a line total, rounded once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"micros": 2_550_000, "currency": "GBP"}))]
pub struct UnitPrice {
    /// Millionths of the major unit: 2 550 000 is 2.55 pounds.
    pub micros: i64,
    /// ISO 4217 currency.
    pub currency: Currency,
}

impl UnitPrice {
    const DECIMALS: u32 = 6;

    /// A price in millionths of the major unit.
    pub const fn from_micros(micros: i64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// Reads decimal text such as `0.125`.
    ///
    /// # Errors
    /// No number, or more than six decimals.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        Ok(Self::from_micros(parse_decimal(text, Self::DECIMALS)?, currency))
    }

    /// What `quantity` units cost: the exact product rounded once, half away from zero, to the minor unit.
    ///
    /// # Errors
    /// Overflow.
    pub fn line_total(self, quantity: i64) -> Result<Money, MoneyError> {
        let exact = i128::from(self.micros) * i128::from(quantity);
        let minor =
            round_div(exact, i128::from(self.micros_per_minor())).ok_or(MoneyError::Overflow)?;
        Ok(Money::new(minor, self.currency))
    }

    /// The price of one unit, rounded to the minor unit, for showing.
    pub fn rounded(self) -> Money {
        // A single unit always fits: the divisor is at least one.
        self.line_total(1).unwrap_or(Money::zero(self.currency))
    }

    /// Whether the price has decimals below the minor unit.
    pub fn is_finer_than_minor(self) -> bool {
        self.micros % self.micros_per_minor() != 0
    }

    /// The price as plain decimal text without the currency and without needless zeros: `0.125`, `2.55`.
    pub fn decimal(self) -> String {
        let text = decimal_text(i128::from(self.micros), Self::DECIMALS);
        let shortest = text.find('.').map_or(text.len(), |dot| match self.currency.exponent() {
            0 => dot,
            exponent => dot + 1 + exponent as usize,
        });
        let mut end = text.len();
        while end > shortest && matches!(text.as_bytes()[end - 1], b'0' | b'.') {
            end -= 1;
        }
        text[..end].to_owned()
    }

    fn micros_per_minor(self) -> i64 {
        10_i64.pow(Self::DECIMALS.saturating_sub(self.currency.exponent()))
    }
}

impl From<Money> for UnitPrice {
    fn from(money: Money) -> Self {
        let price = Self::from_micros(0, money.currency);
        Self::from_micros(money.minor.saturating_mul(price.micros_per_minor()), money.currency)
    }
}

/// Division rounded half away from zero; `None` when the divisor is zero or the result too large.
fn round_div(dividend: i128, divisor: i128) -> Option<i64> {
    if divisor == 0 {
        return None;
    }
    let (dividend, divisor) = if divisor < 0 { (-dividend, -divisor) } else { (dividend, divisor) };
    let half = divisor / 2;
    let rounded =
        if dividend >= 0 { (dividend + half) / divisor } else { (dividend - half) / divisor };
    i64::try_from(rounded).ok()
}

fn decimal_text(value: i128, decimals: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let scale = 10_u128.pow(decimals);
    let (whole, fraction) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    match decimals {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction:0width$}", width = decimals as usize),
    }
}

fn parse_decimal(text: &str, decimals: u32) -> Result<i64, MoneyError> {
    let fail = || MoneyError::BadAmount(text.to_owned());
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = if fraction.len() > decimals as usize {
        let (kept, dropped) = fraction.split_at_checked(decimals as usize).ok_or_else(fail)?;
        if dropped.bytes().any(|byte| byte != b'0') {
            return Err(fail());
        }
        kept
    } else {
        fraction
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return Err(fail());
    }
    let scale = 10_i64.pow(decimals);
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| fail())? };
    let padded = format!("{fraction:0<width$}", width = decimals as usize);
    let fraction: i64 = if padded.is_empty() { 0 } else { padded.parse().map_err(|_| fail())? };
    let value = whole.checked_mul(scale).and_then(|value| value.checked_add(fraction));
    value.map(|value| if negative { -value } else { value }).ok_or(MoneyError::Overflow)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_total_is_rounded_once_half_away_from_zero() {
        let check = |price: &str, quantity: i64, expected: i64| {
            let price = UnitPrice::parse(price, Currency::GBP).unwrap();
            assert_eq!(price.line_total(quantity).unwrap().minor, expected);
        };
        check("2.55", 6, 1530);
        check("0.001", 1000, 100);
        check("0.125", 1, 13);
        check("0.125", -1, -13);
        check("0.125", 2, 25);
        check("0.004", 1, 0);
    }

    #[test]
    fn a_price_keeps_its_decimals_in_text() {
        for (given, expected) in [("0.125", "0.125"), ("2.5", "2.50"), ("10", "10.00")] {
            assert_eq!(UnitPrice::parse(given, Currency::GBP).unwrap().decimal(), expected);
        }
        let yen = "JPY".parse().unwrap();
        assert_eq!(UnitPrice::parse("100", yen).unwrap().decimal(), "100");
    }

    #[test]
    fn bad_amounts_are_named() {
        for bad in ["", "abc", "1,5", "1.2.3", "--1", "0.0000001", "é.1"] {
            assert!(UnitPrice::parse(bad, Currency::GBP).is_err(), "{bad}");
        }
        assert!(Money::parse("1.005", Currency::GBP).is_err());
        assert_eq!(Money::parse("1.500", Currency::GBP).unwrap().minor, 150);
    }

    #[test]
    fn currencies_do_not_mix() {
        let sum = Money::new(1, Currency::GBP).try_add(Money::new(1, Currency::EUR));
        assert!(matches!(sum, Err(MoneyError::CurrencyMismatch { .. })));
    }

    proptest! {
        #[test]
        fn text_and_amount_are_the_same(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            let money = Money::new(minor, Currency::GBP);
            prop_assert_eq!(Money::parse(&money.decimal(), Currency::GBP).unwrap(), money);
        }

        #[test]
        fn rounding_is_off_by_at_most_half_a_minor_unit(
            micros in -1_000_000_000_i64..1_000_000_000, quantity in -100_000_i64..100_000,
        ) {
            let total = UnitPrice::from_micros(micros, Currency::GBP).line_total(quantity).unwrap();
            let exact = i128::from(micros) * i128::from(quantity);
            prop_assert!((exact - i128::from(total.minor) * 10_000).abs() <= 5_000);
        }
    }
}
