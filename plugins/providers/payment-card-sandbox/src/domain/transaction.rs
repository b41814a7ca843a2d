//! A payment in the bank's books.

use chrono::{DateTime, Utc};
use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// How far the bank is with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// The customer has to enter a card on the bank's page.
    AwaitingCard,
    /// The customer has to say yes on the bank's page.
    Challenge,
    /// The bank takes its time.
    Processing,
    /// The bank did not answer yet.
    Unreachable,
    /// Promised.
    Authorized,
    /// Taken.
    Captured,
    /// Refused.
    Declined,
    /// Let go.
    Voided,
}

/// What happens in the bank's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The customer is asked.
    Ask,
    /// The bank takes its time.
    Ponder,
    /// It promises.
    Approve,
    /// It takes.
    Take,
    /// It refuses.
    Refuse,
    /// It lets go.
    LetGo,
}

/// The one table: what an entry may follow on, and where it leads.
const fn transition(entry: Entry) -> (&'static [State], State) {
    use State as S;
    match entry {
        Entry::Ask => (&[S::AwaitingCard], S::Challenge),
        Entry::Ponder => (&[S::AwaitingCard], S::Processing),
        Entry::Approve => {
            (&[S::AwaitingCard, S::Challenge, S::Processing, S::Unreachable], S::Authorized)
        }
        Entry::Take => (&[S::Authorized], S::Captured),
        Entry::Refuse => (&[S::AwaitingCard, S::Challenge, S::Processing], S::Declined),
        Entry::LetGo => (
            &[S::AwaitingCard, S::Challenge, S::Processing, S::Unreachable, S::Authorized],
            S::Voided,
        ),
    }
}

impl State {
    /// The state after an entry; none when it does not follow.
    pub(crate) fn follow(self, entry: Entry) -> Option<Self> {
        let (from, to) = transition(entry);
        from.contains(&self).then_some(to)
    }

    /// Its text in the database.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::AwaitingCard => "awaiting_card",
            Self::Challenge => "challenge",
            Self::Processing => "processing",
            Self::Unreachable => "unreachable",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Voided => "voided",
        }
    }
}

/// A payment in the bank's books.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Transaction {
    pub(crate) payment_id: PaymentId,
    pub(crate) state: State,
    pub(crate) amount: Money,
    /// What was taken, in minor units.
    pub(crate) captured: i64,
    /// What was given back, in minor units.
    pub(crate) refunded: i64,
    pub(crate) order_number: String,
    /// Where the customer comes back to.
    pub(crate) return_url: String,
    /// Cards that were refused, or requests that were not answered.
    pub(crate) attempts: i32,
    pub(crate) last4: Option<String>,
    /// Why it was refused: `insufficient_funds`.
    pub(crate) refusal: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// What the bank tells about a payment, in the body of its news.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct News {
    /// Its id; told again, it has the same.
    pub(crate) id: String,
    pub(crate) payment_id: PaymentId,
    pub(crate) state: State,
    /// Why it was refused.
    pub(crate) refusal: Option<String>,
    pub(crate) captured: Option<Money>,
}

/// The bank's own number of a payment.
pub(crate) fn reference(payment: PaymentId) -> String {
    format!("sandbox-{}", payment.uuid().simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_follows_the_table_and_nothing_else() {
        use State as S;
        let all = [
            S::AwaitingCard,
            S::Challenge,
            S::Processing,
            S::Unreachable,
            S::Authorized,
            S::Captured,
            S::Declined,
            S::Voided,
        ];
        let check = |entry: Entry, from: &[S], to: S| {
            for state in all {
                let expected = from.contains(&state).then_some(to);
                assert_eq!(state.follow(entry), expected, "{entry:?} on {state:?}");
            }
        };
        check(Entry::Ask, &[S::AwaitingCard], S::Challenge);
        check(Entry::Ponder, &[S::AwaitingCard], S::Processing);
        let open = [S::AwaitingCard, S::Challenge, S::Processing, S::Unreachable];
        check(Entry::Approve, &open, S::Authorized);
        check(Entry::Take, &[S::Authorized], S::Captured);
        check(Entry::Refuse, &open[..3], S::Declined);
        let promised = [open[0], open[1], open[2], open[3], S::Authorized];
        check(Entry::LetGo, &promised, S::Voided);
    }

    #[test]
    fn the_text_of_a_state_is_its_json() {
        for state in [State::AwaitingCard, State::Unreachable, State::Voided] {
            assert_eq!(serde_json::to_value(state).unwrap(), serde_json::json!(state.text()));
        }
    }
}
