//! The states of a payment and their transitions.

use hatchery_sdk::interfaces::order::PaymentStatus;

use hatchery_sdk::prelude::*;

use crate::error::PaymentError;

/// What happens to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The provider has not decided yet.
    Wait,
    /// The provider promises the money.
    Promise,
    /// The provider took so much, in minor units; what was promised beyond it is let go.
    Take(i64),
    /// So much came in by itself: a transfer, a cheque, cash.
    Receive(i64),
    /// The provider refuses.
    Decline,
    /// The provider no longer holds to its promise.
    Lapse,
    /// What was not taken is let go.
    LetGo,
    /// So much was given back.
    GiveBack(i64),
}

/// How far a payment is, in minor units of its currency. Always `captured <= authorized <= amount` and
/// `refunded <= captured`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: PaymentStatus,
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
    pub(crate) authorized: i64,
    pub(crate) captured: i64,
    pub(crate) refunded: i64,
}

/// The one table: what a step may follow on, and where it leads. Partial amounts lead to the status in
/// `follow`. That money was taken is a fact, even when we had given the payment up.
const fn transition(step: Step) -> (&'static [PaymentStatus], PaymentStatus) {
    use PaymentStatus as S;
    match step {
        Step::Wait => (&[S::Unpaid, S::Pending], S::Pending),
        Step::Promise => (&[S::Unpaid, S::Pending], S::Authorized),
        Step::Take(_) => (&[S::Unpaid, S::Pending, S::Authorized, S::Failed, S::Voided], S::Paid),
        Step::Receive(_) => (&[S::Pending], S::Paid),
        Step::Decline => (&[S::Unpaid, S::Pending], S::Failed),
        Step::Lapse => (&[S::Authorized], S::Failed),
        Step::LetGo => (&[S::Unpaid, S::Pending, S::Authorized], S::Voided),
        Step::GiveBack(_) => (&[S::Paid, S::PartiallyRefunded], S::Refunded),
    }
}

impl Standing {
    /// Of a payment that nobody has tried yet.
    pub(crate) fn new(amount: Money) -> Self {
        Self {
            status: PaymentStatus::Unpaid,
            currency: amount.currency,
            amount: amount.minor,
            authorized: 0,
            captured: 0,
            refunded: 0,
        }
    }

    /// How far it is after a step.
    ///
    /// # Errors
    /// The step does not follow on the present status, or its amount is more than there is.
    pub(crate) fn follow(self, step: Step) -> Result<Self, PaymentError> {
        let (from, status) = transition(step);
        if !from.contains(&self.status) {
            let status = status_text(self.status);
            return Err(PaymentError::NotPossible { status, wanted: wanted(step) });
        }
        let next = Self { status, ..self };
        Ok(match step {
            Step::Wait | Step::Decline => next,
            Step::Promise => Self { authorized: self.amount, ..next },
            Step::Take(taken) => {
                self.at_most(taken, self.amount, step)?;
                Self { authorized: taken, captured: taken, ..next }
            }
            Step::Receive(received) => {
                self.at_most(received, self.amount - self.captured, step)?;
                let captured = self.captured + received;
                let status = if captured < self.amount { self.status } else { status };
                Self { status, authorized: captured, captured, ..next }
            }
            Step::Lapse => Self { authorized: 0, ..next },
            Step::LetGo => {
                let status = if self.captured > 0 { PaymentStatus::Paid } else { status };
                Self { status, authorized: self.captured, ..next }
            }
            Step::GiveBack(given) => {
                self.at_most(given, self.captured - self.refunded, step)?;
                let refunded = self.refunded + given;
                let is_part = refunded < self.captured;
                let status = if is_part { PaymentStatus::PartiallyRefunded } else { status };
                Self { status, refunded, ..next }
            }
        })
    }

    fn at_most(&self, amount: i64, left: i64, step: Step) -> Result<(), PaymentError> {
        if amount < 1 {
            return Err(PaymentError::NoAmount);
        }
        if amount > left {
            let left = Money::new(left, self.currency);
            return Err(PaymentError::TooMuch { left, wanted: wanted(step) });
        }
        Ok(())
    }
}

/// Whether a payment still counts towards its order: it was neither refused nor let go.
pub(crate) fn is_live(status: PaymentStatus) -> bool {
    !matches!(status, PaymentStatus::Failed | PaymentStatus::Voided)
}

/// Whether there is something of a payment that can be let go.
pub(crate) fn is_open(status: PaymentStatus) -> bool {
    transition(Step::LetGo).0.contains(&status)
}

/// Statuses whose money can be given back.
pub(crate) const REFUNDABLE: [PaymentStatus; 2] =
    [PaymentStatus::Paid, PaymentStatus::PartiallyRefunded];

/// Text of a status in the database, in filters and in errors.
pub(crate) const fn status_text(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Unpaid => "unpaid",
        PaymentStatus::Pending => "pending",
        PaymentStatus::Authorized => "authorized",
        PaymentStatus::Paid => "paid",
        PaymentStatus::PartiallyRefunded => "partially_refunded",
        PaymentStatus::Refunded => "refunded",
        PaymentStatus::Failed => "failed",
        PaymentStatus::Voided => "voided",
    }
}

const fn wanted(step: Step) -> &'static str {
    match step {
        Step::Wait => "pending",
        Step::Promise => "authorized",
        Step::Take(_) => "captured",
        Step::Receive(_) => "received",
        Step::Decline | Step::Lapse => "declined",
        Step::LetGo => "let go",
        Step::GiveBack(_) => "given back",
    }
}

#[cfg(test)]
mod tests {
    use PaymentStatus as S;

    use super::*;

    fn standing(status: S, captured: i64, refunded: i64) -> Standing {
        let authorized = if status == S::Authorized { 100 } else { captured };
        let currency = Currency::GBP;
        Standing { status, currency, amount: 100, authorized, captured, refunded }
    }

    #[test]
    fn every_step_follows_the_table_and_nothing_else() {
        const ALL: [S; 8] = [
            S::Unpaid,
            S::Pending,
            S::Authorized,
            S::Paid,
            S::PartiallyRefunded,
            S::Refunded,
            S::Failed,
            S::Voided,
        ];
        let check = |step: Step, expected: &[(S, S)]| {
            for status in ALL {
                let captured = match status {
                    S::Paid | S::PartiallyRefunded => 100,
                    _ => 0,
                };
                let result = standing(status, captured, 0).follow(step).map(|next| next.status);
                let expected = expected.iter().find(|(from, _)| *from == status);
                match expected {
                    Some((_, to)) => assert_eq!(result, Ok(*to), "{step:?} on {status:?}"),
                    None => assert!(
                        matches!(result, Err(PaymentError::NotPossible { .. })),
                        "{step:?} on {status:?}: {result:?}"
                    ),
                }
            }
        };
        check(Step::Wait, &[(S::Unpaid, S::Pending), (S::Pending, S::Pending)]);
        check(Step::Promise, &[(S::Unpaid, S::Authorized), (S::Pending, S::Authorized)]);
        check(
            Step::Take(100),
            &[
                (S::Unpaid, S::Paid),
                (S::Pending, S::Paid),
                (S::Authorized, S::Paid),
                (S::Failed, S::Paid),
                (S::Voided, S::Paid),
            ],
        );
        check(Step::Receive(100), &[(S::Pending, S::Paid)]);
        check(Step::Decline, &[(S::Unpaid, S::Failed), (S::Pending, S::Failed)]);
        check(Step::Lapse, &[(S::Authorized, S::Failed)]);
        check(
            Step::LetGo,
            &[(S::Unpaid, S::Voided), (S::Pending, S::Voided), (S::Authorized, S::Voided)],
        );
        check(Step::GiveBack(100), &[(S::Paid, S::Refunded), (S::PartiallyRefunded, S::Refunded)]);
    }

    #[test]
    fn amounts_stay_within_what_there_is() {
        let check = |from: Standing, step: Step, expected: Option<(S, i64, i64, i64)>| {
            let result = from.follow(step).ok();
            let facts = |it: Standing| (it.status, it.authorized, it.captured, it.refunded);
            assert_eq!(result.map(facts), expected, "{step:?}");
        };
        let authorized = standing(S::Authorized, 0, 0);
        check(authorized, Step::Take(60), Some((S::Paid, 60, 60, 0)));
        check(authorized, Step::Take(101), None);
        check(authorized, Step::Take(0), None);
        check(authorized, Step::Lapse, Some((S::Failed, 0, 0, 0)));
        check(authorized, Step::LetGo, Some((S::Voided, 0, 0, 0)));
        let pending = standing(S::Pending, 30, 0);
        check(pending, Step::Receive(30), Some((S::Pending, 60, 60, 0)));
        check(pending, Step::Receive(70), Some((S::Paid, 100, 100, 0)));
        check(pending, Step::Receive(71), None);
        check(pending, Step::Receive(-1), None);
        check(pending, Step::LetGo, Some((S::Paid, 30, 30, 0)));
        let paid = standing(S::Paid, 100, 0);
        check(paid, Step::GiveBack(40), Some((S::PartiallyRefunded, 100, 100, 40)));
        check(paid, Step::GiveBack(i64::MAX), None);
        let rest = standing(S::PartiallyRefunded, 100, 40);
        check(rest, Step::GiveBack(60), Some((S::Refunded, 100, 100, 100)));
        check(rest, Step::GiveBack(61), None);
    }

    #[test]
    fn the_text_of_a_status_is_its_json() {
        for status in [S::Unpaid, S::PartiallyRefunded, S::Voided] {
            let json = serde_json::to_value(status).unwrap();
            assert_eq!(json, serde_json::json!(status_text(status)));
        }
    }
}
