//! How amounts, numbers and times are written in a language.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use hatchery_types::{Currency, Locale};

/// An amount in minor units: `£1,234.50`. The sign of a foreign currency is made unmistakable where
/// several share it (`CN¥`, `US$`).
pub(crate) fn money(minor: i64, currency: Currency, home: Currency, locale: &Locale) -> String {
    let style = Style::of(locale);
    let exponent = currency.exponent();
    let scale = 10_u64.pow(exponent);
    let size = minor.unsigned_abs();
    let mut amount = grouped(&(size / scale).to_string(), style.group);
    if exponent > 0 {
        amount.push(style.decimal);
        amount.push_str(&format!("{:0width$}", size % scale, width = exponent as usize));
    }
    let sign = if minor < 0 { "-" } else { "" };
    let symbol = symbol(currency, home);
    if style.symbol_last {
        format!("{sign}{amount}\u{a0}{symbol}")
    } else if symbol.len() == 3 && symbol.bytes().all(|byte| byte.is_ascii_uppercase()) {
        format!("{sign}{symbol}\u{a0}{amount}")
    } else {
        format!("{sign}{symbol}{amount}")
    }
}

/// A number with at most `decimals` decimals: `1,234.5`.
pub(crate) fn number(value: f64, decimals: usize, locale: &Locale) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let style = Style::of(locale);
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let is_zero = fraction.is_empty() && whole.bytes().all(|byte| byte == b'0');
    let mut written = String::new();
    if value < 0.0 && !is_zero {
        written.push('-');
    }
    written.push_str(&grouped(whole, style.group));
    if !fraction.is_empty() {
        written.push(style.decimal);
        written.push_str(fraction);
    }
    written
}

/// A day: `21 Nov 2026`, `2026年11月21日`.
pub(crate) fn date(day: NaiveDate, locale: &Locale) -> String {
    let pattern = match locale.language() {
        "en" => "%-d %b %Y",
        "zh" | "ja" => "%Y年%-m月%-d日",
        _ => "%Y-%m-%d",
    };
    day.format(pattern).to_string()
}

/// A day and a time of day in a time zone: `21 Nov 2026, 14:05`, `2026年11月21日 14:05`.
pub(crate) fn datetime(time: DateTime<Utc>, zone: Tz, locale: &Locale) -> String {
    let local = time.with_timezone(&zone);
    let comma = if locale.language() == "en" { "," } else { "" };
    format!("{}{comma} {}", date(local.date_naive(), locale), local.format("%H:%M"))
}

/// What a language puts between thousands and before decimals.
pub(crate) fn separators(locale: &Locale) -> (char, char) {
    let style = Style::of(locale);
    (style.group, style.decimal)
}

/// How a language writes numbers and amounts.
struct Style {
    group: char,
    decimal: char,
    symbol_last: bool,
}

impl Style {
    fn of(locale: &Locale) -> Self {
        let (group, decimal, symbol_last) = match locale.language() {
            "de" | "es" | "it" | "id" | "da" => ('.', ',', true),
            "nl" | "pt" | "tr" => ('.', ',', false),
            "fr" | "pl" | "ru" | "uk" | "cs" | "sv" | "fi" | "nb" => ('\u{a0}', ',', true),
            _ => (',', '.', false),
        };
        Self { group, decimal, symbol_last }
    }
}

fn grouped(digits: &str, separator: char) -> String {
    let mut written = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            written.push(separator);
        }
        written.push(digit);
    }
    written
}

fn symbol(currency: Currency, home: Currency) -> String {
    if currency != home {
        let unmistakable = match currency.code() {
            "CNY" => Some("CN¥"),
            "JPY" => Some("JP¥"),
            "USD" => Some("US$"),
            "CAD" => Some("CA$"),
            "AUD" => Some("A$"),
            "HKD" => Some("HK$"),
            "NZD" => Some("NZ$"),
            "SGD" => Some("S$"),
            "TWD" => Some("NT$"),
            _ => None,
        };
        if let Some(symbol) = unmistakable {
            return symbol.to_owned();
        }
    }
    let symbol = currency.symbol();
    // A sign in letters that readers of another script cannot read is no help.
    let is_foreign = symbol.chars().any(|letter| letter.is_alphabetic() && letter > '\u{24f}');
    let is_usable = !symbol.is_empty() && symbol != "¤" && !is_foreign;
    if is_usable { symbol } else { currency.code().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(tag: &str) -> Locale {
        tag.parse().unwrap()
    }

    #[test]
    fn amounts() {
        #[track_caller]
        fn check(minor: i64, currency: &str, home: &str, tag: &str, expect: &str) {
            let (currency, home) = (currency.parse().unwrap(), home.parse().unwrap());
            assert_eq!(money(minor, currency, home, &locale(tag)), expect);
        }
        check(255, "GBP", "GBP", "en", "£2.55");
        check(-123_456_789, "GBP", "GBP", "en", "-£1,234,567.89");
        check(1800, "CNY", "CNY", "zh-CN", "¥18.00");
        check(1800, "CNY", "GBP", "en", "CN¥18.00");
        check(1800, "JPY", "JPY", "en", "¥1,800");
        check(5, "KWD", "GBP", "en", "KWD\u{a0}0.005");
        check(123_450, "EUR", "EUR", "de", "1.234,50\u{a0}€");
        check(i64::MIN, "GBP", "GBP", "en", "-£92,233,720,368,547,758.08");
    }

    #[test]
    fn numbers() {
        #[track_caller]
        fn check(value: f64, decimals: usize, tag: &str, expect: &str) {
            assert_eq!(number(value, decimals, &locale(tag)), expect);
        }
        check(1_234_567.0, 3, "en", "1,234,567");
        check(-0.5, 3, "zh-CN", "-0.5");
        check(-0.0001, 3, "en", "0");
        check(999.9996, 3, "en", "1,000");
        check(1234.5, 2, "de", "1.234,5");
        check(f64::NAN, 2, "en", "–");
    }

    #[test]
    fn times_are_told_in_the_zone_and_language() {
        let time: DateTime<Utc> = "2026-11-21T06:05:09Z".parse().unwrap();
        let zone = chrono_tz::Asia::Shanghai;
        assert_eq!(datetime(time, zone, &locale("en")), "21 Nov 2026, 14:05");
        assert_eq!(datetime(time, zone, &locale("zh-CN")), "2026年11月21日 14:05");
        assert_eq!(datetime(time, zone, &locale("de")), "2026-11-21 14:05");
        let late: DateTime<Utc> = "2026-11-21T20:00:00Z".parse().unwrap();
        assert_eq!(datetime(late, zone, &locale("en")), "22 Nov 2026, 04:00");
    }
}
