//! The mapping `online-retail`: a wholesaler's ledger (UCI Online Retail).

use chrono_tz::Tz;
use csv::StringRecord;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;

use crate::domain::ledger::{Entry, Line, MAX_PRICE_MICROS, MAX_QUANTITY};
use crate::domain::time;

/// The columns, in the order they are used below.
pub(crate) const COLUMNS: [&str; 8] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
];

/// Codes that are no goods, and what they are.
const CHARGES: [(&str, &str); 12] = [
    ("POST", "shipping"),
    ("DOT", "shipping"),
    ("C2", "shipping"),
    ("M", "other"),
    ("ADJUST", "other"),
    ("ADJUST2", "other"),
    ("D", "discount"),
    ("S", "fee"),
    ("B", "fee"),
    ("BANK CHARGES", "fee"),
    ("AMAZONFEE", "fee"),
    ("CRUK", "fee"),
];

/// Beginning of the codes of gift vouchers.
const VOUCHER: &str = "GIFT_";

/// What a record means. `positions` say where the columns are.
pub(crate) fn entry(
    record: &StringRecord,
    positions: &[usize; 8],
    currency: Currency,
    zone: Tz,
) -> Entry {
    let field = |column: usize| record.get(positions[column]).unwrap_or_default().trim();
    let number = field(0);
    if number.is_empty() {
        return Entry::Rejected("invoice number missing");
    }
    if number.len() > 40 {
        return Entry::Rejected("invoice number too long");
    }
    let Ok(sku) = Sku::new(&field(1).to_uppercase()) else {
        return Entry::Rejected("stock code missing or too long");
    };
    let Some(quantity) = quantity(field(3)) else {
        return Entry::Rejected("quantity is no whole number");
    };
    let Ok(unit) = UnitPrice::parse(field(5), currency) else {
        return Entry::Rejected("price is no amount");
    };
    let Some(at) = time::parse(field(4), None, zone) else {
        return Entry::Rejected("date not understood");
    };
    let customer = Some(field(6)).filter(|text| !text.is_empty());
    let is_credit = number.starts_with(['C', 'c']);
    if number.starts_with(['A', 'a']) || unit.micros < 0 {
        return Entry::Rejected("accounting correction, no sale");
    }
    if quantity == 0 {
        return Entry::Rejected("quantity is zero");
    }
    if quantity.abs() > MAX_QUANTITY || unit.micros > MAX_PRICE_MICROS {
        return Entry::Rejected("quantity or price beyond all measure");
    }
    if is_credit && quantity > 0 {
        return Entry::Rejected("credit note with a positive quantity");
    }
    if !is_credit && quantity < 0 {
        return Entry::Rejected("stock correction, no sale");
    }
    if unit.micros == 0 && customer.is_none() {
        return Entry::Rejected("stock correction, no sale");
    }
    let charge = charge(sku.as_str());
    let line = Line {
        number: number.to_owned(),
        sku,
        name: field(2).split_whitespace().collect::<Vec<_>>().join(" "),
        quantity: quantity.abs(),
        unit,
        at,
        customer: customer.map(|text| text.trim_end_matches(".0").to_owned()),
        email: None,
        customer_name: None,
        country: country(field(7)),
        category: None,
    };
    match (is_credit, charge) {
        (false, None) => Entry::Sale(line),
        (false, Some(kind)) => Entry::Charge(line, kind),
        (true, None) => Entry::Return(line),
        (true, Some(kind)) => Entry::ReturnedCharge(line, kind),
    }
}

fn quantity(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn charge(code: &str) -> Option<&'static str> {
    if code.starts_with(VOUCHER) {
        return Some("voucher");
    }
    CHARGES.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind)
}

/// The ISO code of a country the ledger names; a name without a code stays as it is.
fn country(name: &str) -> Option<String> {
    const CODES: [(&str, &str); 38] = [
        ("Australia", "AU"),
        ("Austria", "AT"),
        ("Bahrain", "BH"),
        ("Belgium", "BE"),
        ("Brazil", "BR"),
        ("Canada", "CA"),
        ("Channel Islands", "GG"),
        ("Cyprus", "CY"),
        ("Czech Republic", "CZ"),
        ("Denmark", "DK"),
        ("EIRE", "IE"),
        ("Finland", "FI"),
        ("France", "FR"),
        ("Germany", "DE"),
        ("Greece", "GR"),
        ("Hong Kong", "HK"),
        ("Iceland", "IS"),
        ("Israel", "IL"),
        ("Italy", "IT"),
        ("Japan", "JP"),
        ("Lebanon", "LB"),
        ("Lithuania", "LT"),
        ("Malta", "MT"),
        ("Netherlands", "NL"),
        ("Nigeria", "NG"),
        ("Norway", "NO"),
        ("Poland", "PL"),
        ("Portugal", "PT"),
        ("RSA", "ZA"),
        ("Saudi Arabia", "SA"),
        ("Singapore", "SG"),
        ("Spain", "ES"),
        ("Sweden", "SE"),
        ("Switzerland", "CH"),
        ("USA", "US"),
        ("United Arab Emirates", "AE"),
        ("United Kingdom", "GB"),
        ("Korea", "KR"),
    ];
    if name.is_empty() || name == "Unspecified" {
        return None;
    }
    let code = CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    Some(code.map_or(name, |(_, code)| code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: [&str; 8]) -> Entry {
        let record = StringRecord::from(fields.to_vec());
        entry(&record, &[0, 1, 2, 3, 4, 5, 6, 7], Currency::GBP, Tz::Europe__London)
    }

    #[test]
    fn every_line_has_one_meaning() {
        #[track_caller]
        fn check(fields: [&str; 8], expected: &str) {
            let entry = read(fields);
            let found = match &entry {
                Entry::Rejected(reason) => reason,
                entry => entry.kind(),
            };
            assert_eq!(found, expected);
        }
        let day = "2010-12-01 08:26:00";
        check(
            ["536365", "85123A", "HOLDER", "6", day, "2.55", "17850", "United Kingdom"],
            "order_line",
        );
        check(["536365", "85123A", "", "6", day, "0", "17850", ""], "order_line");
        check(["536365", "POST", "POSTAGE", "1", day, "18", "1", "France"], "order_charge");
        check(["536365", "gift_0001_20", "", "1", day, "16.67", "", ""], "order_charge");
        check(["C536379", "D", "Discount", "-1", day, "27.5", "14527", ""], "return_charge");
        check(["C536391", "22556", "", "-12", day, "1.65", "17548", ""], "return_line");
        check(["536589", "21777", "", "-10", day, "0", "", ""], "stock correction, no sale");
        check(["536414", "22139", "", "56", day, "0", "", ""], "stock correction, no sale");
        check(
            ["A563185", "B", "bad debt", "1", day, "11062.06", "", ""],
            "accounting correction, no sale",
        );
        check(
            ["563186", "B", "bad debt", "1", day, "-11062.06", "", ""],
            "accounting correction, no sale",
        );
        check(["", "85123A", "", "6", day, "2.55", "", ""], "invoice number missing");
        check(["536365", "", "", "6", day, "2.55", "", ""], "stock code missing or too long");
        check(["536365", "85123A", "", "six", day, "2.55", "", ""], "quantity is no whole number");
        check(["536365", "85123A", "", "6", "soon", "2.55", "", ""], "date not understood");
        check(["536365", "85123A", "", "6", day, "2,55", "", ""], "price is no amount");
        check(["536365", "85123A", "", "0", day, "2.55", "", ""], "quantity is zero");
        check(
            ["C536365", "85123A", "", "6", day, "2.55", "", ""],
            "credit note with a positive quantity",
        );
        let huge = "99999999999";
        check(
            ["536365", "85123A", "", huge, day, "2.55", "", ""],
            "quantity or price beyond all measure",
        );
    }

    #[test]
    fn codes_that_differ_in_case_are_one_and_prices_keep_their_decimals() {
        let entry = read([
            "1",
            "85123a",
            " HEART  HOLDER ",
            "6",
            "2010-12-01 08:26:00",
            "0.125",
            "17850.0",
            "EIRE",
        ]);
        let line = entry.line().unwrap();
        assert_eq!(line.sku.as_str(), "85123A");
        assert_eq!(line.name, "HEART HOLDER");
        assert_eq!(line.unit.micros, 125_000);
        assert_eq!(line.customer.as_deref(), Some("17850"));
        assert_eq!(line.country.as_deref(), Some("IE"));
    }
}
