//! How money that goes back is spread over the payments it came from.

use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;

use crate::domain::payment::StoredPayment;
use crate::domain::status::REFUNDABLE;
use crate::error::PaymentError;

/// So much of each payment, oldest first.
///
/// # Errors
/// Together they have less than that.
pub(crate) fn spread(
    amount: Money,
    payments: &[StoredPayment],
) -> Result<Vec<(PaymentId, i64)>, PaymentError> {
    if amount.minor < 1 {
        return Err(PaymentError::NoAmount);
    }
    let left = |payment: &StoredPayment| {
        let there =
            REFUNDABLE.contains(&payment.status()) && payment.standing.currency == amount.currency;
        let left = payment.standing.captured - payment.standing.refunded - payment.refunding;
        if there { left } else { 0 }
    };
    let mut open = amount.minor;
    let mut parts = Vec::new();
    for payment in payments {
        let part = open.min(left(payment));
        if part > 0 {
            parts.push((payment.id, part));
            open -= part;
        }
    }
    if open > 0 {
        let left = Money::new(amount.minor - open, amount.currency);
        return Err(PaymentError::RefundTooLarge { left });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use hatchery_sdk::interfaces::order::PaymentStatus;
    use uuid::Uuid;

    use super::*;
    use crate::domain::payment::tests::untried;
    use crate::domain::status::Step;

    fn paid(number: u128, amount: i64, refunding: i64) -> StoredPayment {
        let mut payment = StoredPayment { id: Uuid::from_u128(number).into(), ..untried() };
        payment.step(Step::Take(amount)).unwrap();
        payment.refunding = refunding;
        payment
    }

    #[test]
    fn the_oldest_payment_gives_first_and_none_more_than_it_has() {
        let payments = [paid(1, 30, 10), untried(), paid(2, 50, 0)];
        let check = |amount: i64, expected: Result<&[(u128, i64)], PaymentError>| {
            let parts = spread(Money::new(amount, Currency::GBP), &payments).map(|parts| {
                parts.iter().map(|(id, part)| (id.uuid().as_u128(), *part)).collect::<Vec<_>>()
            });
            assert_eq!(parts, expected.map(<[_]>::to_vec), "{amount}");
        };
        check(15, Ok(&[(1, 15)]));
        check(70, Ok(&[(1, 20), (2, 50)]));
        let left = Money::new(70, Currency::GBP);
        check(71, Err(PaymentError::RefundTooLarge { left }));
        check(0, Err(PaymentError::NoAmount));
        assert_eq!(payments[1].status(), PaymentStatus::Unpaid);
    }
}
