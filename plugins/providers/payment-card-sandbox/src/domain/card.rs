//! The make-believe cards. No other number is taken, and none is ever kept.

use hatchery_sdk::prelude::*;

use crate::error::SandboxError;

/// What the bank does with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behavior {
    /// Promises the money.
    Approve,
    /// Takes the money at once.
    Capture,
    /// Refuses, without a reason.
    Decline,
    /// Refuses: not enough money.
    InsufficientFunds,
    /// Refuses: too old.
    Expired,
    /// Asks the customer first.
    Challenge,
    /// Takes its time, then promises the money.
    Slow,
    /// Does not answer; later it promises the money.
    Unreachable,
}

/// The tokens and cards there are: behavior, token that needs no card, number.
const CARDS: [(Behavior, &str, Option<&str>); 8] = [
    (Behavior::Approve, "tok_visa", Some("4242424242424242")),
    (Behavior::Capture, "tok_capture", None),
    (Behavior::Decline, "tok_declined", Some("4000000000000002")),
    (Behavior::InsufficientFunds, "tok_insufficient_funds", Some("4000000000009995")),
    (Behavior::Expired, "tok_expired", Some("4000000000000069")),
    (Behavior::Challenge, "tok_3ds", Some("4000000000003220")),
    (Behavior::Slow, "tok_async", Some("4000000000000077")),
    (Behavior::Unreachable, "tok_error", Some("4000000000000119")),
];

impl Behavior {
    /// The behavior of a token that everybody may use.
    pub(crate) fn of_token(token: &str) -> Option<Self> {
        CARDS.iter().find(|(_, known, _)| *known == token).map(|(behavior, _, _)| *behavior)
    }

    /// The token of the behavior, which is also its text in the database.
    pub(crate) fn token(self) -> &'static str {
        let found = CARDS.iter().find(|(behavior, _, _)| *behavior == self);
        found.map_or("", |(_, token, _)| token)
    }

    /// Why the bank refuses, if it does.
    pub(crate) const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Decline => Some("declined"),
            Self::InsufficientFunds => Some("insufficient_funds"),
            Self::Expired => Some("expired_card"),
            _ => None,
        }
    }
}

/// The numbers there are, for the page that shows them: number, message key of what it does.
pub(crate) fn test_numbers() -> Vec<(String, String)> {
    CARDS
        .iter()
        .filter_map(|(_, token, number)| {
            let number = (*number)?.as_bytes().chunks(4).map(String::from_utf8_lossy);
            let key = token.trim_start_matches("tok_").replace('_', "-");
            let number = number.collect::<Vec<_>>().join(" ");
            Some((number, format!("payment-card-sandbox-card-{key}")))
        })
        .collect()
}

/// What is printed on a card, as typed.
pub(crate) struct Typed<'a> {
    pub(crate) number: &'a str,
    /// Month and year: `12/30`.
    pub(crate) expiry: &'a str,
    pub(crate) cvc: &'a str,
}

/// A card that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) behavior: Behavior,
    pub(crate) last4: String,
}

/// What is wrong with a card as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardProblem {
    Number,
    NoTestCard,
    Expiry,
    Past,
    Cvc,
}

impl CardProblem {
    /// The field it is about.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::Number | Self::NoTestCard => "number",
            Self::Expiry | Self::Past => "expiry",
            Self::Cvc => "cvc",
        }
    }

    /// The message of the page.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Number => "payment-card-sandbox-error-number",
            Self::NoTestCard => "payment-card-sandbox-error-no-test-card",
            Self::Expiry => "payment-card-sandbox-error-expiry",
            Self::Past => "payment-card-sandbox-error-past",
            Self::Cvc => "payment-card-sandbox-error-cvc",
        }
    }
}

impl From<CardProblem> for SandboxError {
    fn from(problem: CardProblem) -> Self {
        let message = match problem {
            CardProblem::Number => "This is no card number.",
            CardProblem::NoTestCard => "The sandbox takes only its own test cards.",
            CardProblem::Expiry => "Write month and year, such as 12/30.",
            CardProblem::Past => "This card is no longer valid.",
            CardProblem::Cvc => "Write the three or four digits of the security code.",
        };
        Self::Card { field: problem.field(), message }
    }
}

/// Reads a card. `today` is year and month.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn read(typed: &Typed<'_>, today: (i32, u32)) -> Result<Card, CardProblem> {
    let kept = |letter: &char| !letter.is_whitespace() && *letter != '-';
    let number: String = typed.number.chars().filter(kept).collect();
    if !(12..=19).contains(&number.len()) || !number.bytes().all(|it| it.is_ascii_digit()) {
        return Err(CardProblem::Number);
    }
    let known = CARDS.iter().find(|(_, _, known)| *known == Some(number.as_str()));
    let (behavior, _, _) = known.ok_or(CardProblem::NoTestCard)?;
    let (year, month) = expiry(typed.expiry).ok_or(CardProblem::Expiry)?;
    if (year, month) < today {
        return Err(CardProblem::Past);
    }
    let cvc = typed.cvc.trim();
    if !(3..=4).contains(&cvc.len()) || !cvc.bytes().all(|it| it.is_ascii_digit()) {
        return Err(CardProblem::Cvc);
    }
    Ok(Card { behavior: *behavior, last4: number[number.len() - 4..].to_owned() })
}

/// Year and month of `12/30` or `12/2030`.
fn expiry(text: &str) -> Option<(i32, u32)> {
    let (month, year) = text.split_once('/')?;
    let (month, year): (u32, i32) = (month.trim().parse().ok()?, year.trim().parse().ok()?);
    let year = match year {
        0..=99 => 2000 + year,
        2000..=2099 => year,
        _ => return None,
    };
    (1..=12).contains(&month).then_some((year, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_test_cards_that_are_valid_are_read() {
        let check = |number: &str, expiry: &str, cvc: &str, expected: Result<Behavior, _>| {
            let typed = Typed { number, expiry, cvc };
            let card = read(&typed, (2026, 11)).map(|card| card.behavior);
            assert_eq!(card, expected, "{number} {expiry} {cvc}");
        };
        check("4242 4242 4242 4242", "12/30", "123", Ok(Behavior::Approve));
        check("4000-0000-0000-0002", "11 / 2026", "1234", Ok(Behavior::Decline));
        check("4000000000009995", "1/27", "123", Ok(Behavior::InsufficientFunds));
        check("4000000000003220", "1/27", "123", Ok(Behavior::Challenge));
        check("4242424242424241", "12/30", "123", Err(CardProblem::NoTestCard));
        check("4242", "12/30", "123", Err(CardProblem::Number));
        check("four", "12/30", "123", Err(CardProblem::Number));
        check("4242424242424242", "10/26", "123", Err(CardProblem::Past));
        check("4242424242424242", "13/30", "123", Err(CardProblem::Expiry));
        check("4242424242424242", "1230", "123", Err(CardProblem::Expiry));
        check("4242424242424242", "12/30", "12", Err(CardProblem::Cvc));
        check("4242424242424242", "12/30", "12a", Err(CardProblem::Cvc));
    }

    #[test]
    fn every_token_has_its_behavior_and_the_last_digits_are_kept() {
        for (behavior, token, _) in CARDS {
            assert_eq!(Behavior::of_token(token), Some(behavior));
            assert_eq!(behavior.token(), token);
        }
        assert_eq!(Behavior::of_token("tok_gold"), None);
        let typed = Typed { number: "4000 0000 0000 0077", expiry: "12/30", cvc: "123" };
        assert_eq!(read(&typed, (2026, 1)).unwrap().last4, "0077");
        assert!(test_numbers().iter().any(|(number, key)| {
            number == "4000 0000 0000 3220" && key == "payment-card-sandbox-card-3ds"
        }));
    }
}
