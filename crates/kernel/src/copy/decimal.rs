//! Decimal numbers as text, whatever way they are written.

/// A number: `0.digits * 10^exponent`, without zeros at either end of the digits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number {
    negative: bool,
    pub(super) digits: String,
    exponent: i64,
}

impl std::fmt::Display for Number {
    /// One text for each number.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        write!(f, "{sign}{}e{}", self.digits, self.exponent)
    }
}

/// Reads `-12.50`, `1e3` and the like.
pub(super) fn parse(text: &str) -> Option<Number> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = all.trim_start_matches('0');
    let leading = i64::try_from(all.len() - digits.len()).ok()?;
    let digits = digits.trim_end_matches('0').to_owned();
    if digits.is_empty() {
        return Some(Number { negative: false, digits, exponent: 0 });
    }
    let point = i64::try_from(whole.len()).ok()?;
    let exponent = exponent.checked_add(point)?.checked_sub(leading)?;
    Some(Number { negative, digits, exponent })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_text() {
        let check = |texts: &[&str], expect: &str| {
            for text in texts {
                assert_eq!(parse(text).unwrap().to_string(), expect, "{text}");
            }
        };
        check(&["0", "-0", "0.000", "0e5"], "e0");
        check(&["1", "1.0", "01.00", "10e-1", "+1"], "1e1");
        check(&["-12.5", "-12.50", "-1250e-2", "-0.125E2"], "-125e2");
        check(&["10000000000000000", "1e16", "1.0e+16"], "1e17");
        check(&["0.00000015", "1.5e-7"], "15e-6");
        for text in ["", "-", "NaN", "Infinity", "1.2.3", "1e", "0x1", "1 "] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
