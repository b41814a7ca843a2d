//! How a total is split, and what a tender may say.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::payment::TenderRequest;
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::error::PaymentError;

const MAX_VALUES: usize = 20;
const MAX_LENGTH: usize = 500;

/// The amount of each tender. The one without an amount takes the rest; together they are the total.
///
/// # Errors
/// They are not, or one of them is nothing.
pub(crate) fn amounts(total: Money, tenders: &[TenderRequest]) -> Result<Vec<Money>, Error> {
    if tenders.is_empty() {
        return Err(PaymentError::NoTender.into());
    }
    if tenders.iter().filter(|tender| tender.amount.is_none()).count() > 1 {
        return Err(PaymentError::SeveralOpenAmounts.into());
    }
    let said = Money::sum(total.currency, tenders.iter().filter_map(|tender| tender.amount))?;
    let rest = total.try_sub(said)?;
    let amounts: Vec<Money> = tenders.iter().map(|tender| tender.amount.unwrap_or(rest)).collect();
    let sum = Money::sum(total.currency, amounts.iter().copied())?;
    if sum != total {
        return Err(PaymentError::DoesNotAddUp { total, sum: said }.into());
    }
    if amounts.iter().any(|amount| amount.minor < 1) {
        return Err(PaymentError::EmptyTender.into());
    }
    Ok(amounts)
}

/// Lets only short values pass that are no card number.
///
/// # Errors
/// Something else is among them.
pub(crate) fn check_data(data: &BTreeMap<String, Value>) -> Result<(), PaymentError> {
    if data.len() > MAX_VALUES {
        return Err(PaymentError::DataTooLarge);
    }
    for (key, value) in data {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) => continue,
            Value::Array(_) | Value::Object(_) => return Err(PaymentError::DataTooLarge),
        };
        if key.chars().count() > MAX_LENGTH || text.chars().count() > MAX_LENGTH {
            return Err(PaymentError::DataTooLarge);
        }
        if is_card_number(&text) {
            return Err(PaymentError::CardNumber { key: key.clone() });
        }
    }
    Ok(())
}

/// Whether a text is 12 to 19 digits, spaces and dashes apart, with the check digit of ISO/IEC 7812.
fn is_card_number(text: &str) -> bool {
    if !text.chars().all(|letter| letter.is_ascii_digit() || letter == ' ' || letter == '-') {
        return false;
    }
    let digits: Vec<u32> = text.chars().filter_map(|letter| letter.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    (12..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tender(amount: Option<i64>) -> TenderRequest {
        let amount = amount.map(|minor| Money::new(minor, Currency::GBP));
        TenderRequest { method: "card".into(), amount, data: BTreeMap::new() }
    }

    #[test]
    fn parts_add_up_to_the_total() {
        let check = |parts: &[Option<i64>], expected: Result<&[i64], &str>| {
            let tenders: Vec<TenderRequest> = parts.iter().map(|part| tender(*part)).collect();
            let result = amounts(Money::new(100, Currency::GBP), &tenders);
            let minors = result.as_ref().map(|parts| parts.iter().map(|it| it.minor).collect());
            let minors: Result<Vec<i64>, &str> = minors.map_err(Error::code);
            assert_eq!(minors, expected.map(<[i64]>::to_vec), "{parts:?}");
        };
        check(&[None], Ok(&[100]));
        check(&[Some(100)], Ok(&[100]));
        check(&[Some(30), None], Ok(&[30, 70]));
        check(&[None, Some(30)], Ok(&[70, 30]));
        check(&[Some(30), Some(70)], Ok(&[30, 70]));
        check(&[], Err("payment.tender_missing"));
        check(&[None, None], Err("payment.amounts_open"));
        check(&[Some(30)], Err("payment.amounts_wrong"));
        check(&[Some(101)], Err("payment.amounts_wrong"));
        check(&[Some(100), None], Err("payment.tender_empty"));
        check(&[Some(130), None], Err("payment.tender_empty"));
        check(&[Some(130), Some(-30)], Err("payment.tender_empty"));
        let euro = TenderRequest { amount: Some(Money::new(100, Currency::EUR)), ..tender(None) };
        assert!(amounts(Money::new(100, Currency::GBP), &[euro]).is_err());
    }

    #[test]
    fn card_numbers_are_refused_and_tokens_are_not() {
        let check = |value: Value, expected: bool| {
            let data = BTreeMap::from([("token".to_owned(), value.clone())]);
            assert_eq!(check_data(&data).is_ok(), expected, "{value}");
        };
        check("tok_visa".into(), true);
        check("4242 4242 4242 4242".into(), false);
        check("4242-4242-4242-4242".into(), false);
        check(4_242_424_242_424_242_i64.into(), false);
        check("4242424242424241".into(), true);
        check("00".into(), true);
        check(true.into(), true);
        check("x".repeat(501).into(), false);
        check(serde_json::json!({ "number": "4242424242424242" }), false);
    }
}
