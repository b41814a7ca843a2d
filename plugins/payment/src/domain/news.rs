//! What a provider's answer or news means for a payment.

use hatchery_sdk::interfaces::order::PaymentStatus;
use hatchery_sdk::interfaces::payment::{ProviderOutcome, ProviderResult};

use crate::domain::payment::StoredPayment;
use crate::domain::status::Step;
use crate::error::PaymentError;

/// Changes a payment by what its provider says became of it, and tells whether that was new. `amount` is
/// how much was taken, when the provider says so. Refunds are told apart.
///
/// # Errors
/// It does not follow on the present status.
pub(crate) fn learn(
    payment: &mut StoredPayment,
    result: &ProviderResult,
    amount: Option<i64>,
) -> Result<bool, PaymentError> {
    use PaymentStatus as S;
    use ProviderOutcome as O;
    let status = payment.status();
    match &result.outcome {
        O::Pending(action) => {
            if status == S::Pending && payment.next_action == *action {
                return Ok(false);
            }
            payment.step(Step::Wait)?;
            payment.next_action.clone_from(action);
        }
        O::Authorized if status == S::Authorized => return Ok(false),
        O::Authorized => payment.step(Step::Promise)?,
        O::Captured if matches!(status, S::Paid | S::PartiallyRefunded | S::Refunded) => {
            return Ok(false);
        }
        O::Captured => {
            let taken = amount.or(payment.capturing).unwrap_or(payment.standing.amount);
            payment.step(Step::Take(taken))?;
            payment.failure = None;
        }
        O::Declined { .. } if status == S::Failed => return Ok(false),
        O::Declined { message, .. } => {
            payment.step(Step::Decline)?;
            payment.failure = Some(message.clone());
        }
        O::Voided if status == S::Voided => return Ok(false),
        O::Voided => payment.step(Step::LetGo)?,
        O::Refunded => return Ok(false),
    }
    if result.reference.is_some() {
        payment.reference.clone_from(&result.reference);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::payment::NextAction;

    use super::*;
    use crate::domain::payment::tests::untried;

    #[test]
    fn the_same_news_twice_is_no_news() {
        let action = NextAction::Redirect { url: "/there".into() };
        let declined = ProviderOutcome::Declined { code: "no".into(), message: "No.".into() };
        for outcome in [
            ProviderOutcome::Pending(Some(action)),
            ProviderOutcome::Authorized,
            ProviderOutcome::Captured,
            ProviderOutcome::Voided,
            declined,
        ] {
            let mut payment = untried();
            let result = ProviderResult { reference: Some("r".into()), outcome };
            assert_eq!(learn(&mut payment, &result, None), Ok(true), "{result:?}");
            let before = payment.clone();
            assert_eq!(learn(&mut payment, &result, None), Ok(false), "{result:?}");
            assert_eq!(payment, before);
            assert_eq!(payment.reference.as_deref(), Some("r"));
        }
    }

    #[test]
    fn a_late_refusal_does_not_undo_a_promise() {
        let mut payment = untried();
        let result = |outcome| ProviderResult { reference: None, outcome };
        learn(&mut payment, &result(ProviderOutcome::Authorized), None).unwrap();
        let late = ProviderOutcome::Declined { code: "no".into(), message: "No.".into() };
        let refused = learn(&mut payment, &result(late), None);
        assert!(matches!(refused, Err(PaymentError::NotPossible { .. })), "{refused:?}");
        assert_eq!(payment.status(), PaymentStatus::Authorized);
    }

    #[test]
    fn so_much_is_taken_as_the_provider_says_else_as_was_asked() {
        let check = |amount: Option<i64>, capturing: Option<i64>, expected: i64| {
            let mut payment = untried();
            payment.capturing = capturing;
            let result = ProviderResult { reference: None, outcome: ProviderOutcome::Captured };
            learn(&mut payment, &result, amount).unwrap();
            assert_eq!(payment.standing.captured, expected);
        };
        check(None, None, 100);
        check(None, Some(60), 60);
        check(Some(50), Some(60), 50);
    }
}
