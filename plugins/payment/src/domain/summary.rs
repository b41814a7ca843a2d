//! The payments of one order together.

use hatchery_sdk::interfaces::order::{OrderId, PaymentStatus};
use hatchery_sdk::interfaces::payment::{Payment, PaymentSummary};
use hatchery_sdk::prelude::*;

use crate::domain::payment::StoredPayment;
use crate::domain::status::is_live;

/// The summary of an order's payments, given oldest first; none when there are none.
pub(crate) fn summary(
    order_id: OrderId,
    payments: &[StoredPayment],
) -> Result<Option<PaymentSummary>> {
    let Some(first) = payments.first() else { return Ok(None) };
    let currency = first.standing.currency;
    let sum = |of: fn(&StoredPayment) -> i64| {
        Money::sum(currency, payments.iter().map(|payment| payment.money(of(payment))))
    };
    Ok(Some(PaymentSummary {
        order_id,
        status: status(payments),
        authorized: sum(|payment| payment.standing.authorized)?,
        captured: sum(|payment| payment.standing.captured)?,
        refunded: sum(|payment| payment.standing.refunded)?,
        payments: payments.iter().map(StoredPayment::public).collect::<Vec<Payment>>(),
    }))
}

/// How far all payments are together. A failure counts as long as no later try replaced it.
pub(crate) fn status(payments: &[StoredPayment]) -> PaymentStatus {
    use PaymentStatus as S;
    let last = payments.iter().map(|payment| payment.attempt).max().unwrap_or_default();
    let statuses: Vec<S> = payments
        .iter()
        .filter(|payment| match payment.status() {
            S::Failed => payment.attempt == last,
            S::Voided => false,
            _ => true,
        })
        .map(StoredPayment::status)
        .collect();
    let has = |status: S| statuses.contains(&status);
    let are = |status: S| statuses.iter().all(|it| *it == status);
    match () {
        () if statuses.is_empty() => S::Voided,
        () if has(S::Failed) => S::Failed,
        () if are(S::Unpaid) => S::Unpaid,
        () if has(S::Unpaid) || has(S::Pending) => S::Pending,
        () if has(S::Authorized) => S::Authorized,
        () if are(S::Refunded) => S::Refunded,
        () if has(S::Refunded) || has(S::PartiallyRefunded) => S::PartiallyRefunded,
        () => S::Paid,
    }
}

/// What is still to be paid of a total.
pub(crate) fn rest(total: Money, payments: &[StoredPayment]) -> Result<Money> {
    let live = payments.iter().filter(|payment| is_live(payment.status()));
    let covered = Money::sum(total.currency, live.map(|it| it.money(it.standing.amount)))?;
    Ok(total.try_sub(covered)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::payment::tests::untried;

    fn payments(parts: &[(PaymentStatus, i32)]) -> Vec<StoredPayment> {
        let payment = |(status, attempt): &(PaymentStatus, i32)| {
            let mut payment = StoredPayment { attempt: *attempt, ..untried() };
            payment.standing.status = *status;
            payment
        };
        parts.iter().map(payment).collect()
    }

    #[test]
    fn an_order_is_as_far_as_its_slowest_payment() {
        use PaymentStatus as S;
        let check = |parts: &[(S, i32)], expected: S| {
            assert_eq!(status(&payments(parts)), expected, "{parts:?}");
        };
        check(&[(S::Unpaid, 0)], S::Unpaid);
        check(&[(S::Unpaid, 0), (S::Paid, 0)], S::Pending);
        check(&[(S::Pending, 0), (S::Paid, 0)], S::Pending);
        check(&[(S::Authorized, 0), (S::Paid, 0)], S::Authorized);
        check(&[(S::Paid, 0), (S::Paid, 0)], S::Paid);
        check(&[(S::Failed, 0), (S::Authorized, 0)], S::Failed);
        check(&[(S::Failed, 0), (S::Authorized, 1)], S::Authorized);
        check(&[(S::Failed, 0), (S::Failed, 1)], S::Failed);
        check(&[(S::Failed, 0), (S::Voided, 1)], S::Voided);
        check(&[(S::Voided, 0)], S::Voided);
        check(&[(S::Refunded, 0), (S::Paid, 0)], S::PartiallyRefunded);
        check(&[(S::Refunded, 0), (S::Voided, 0)], S::Refunded);
        check(&[(S::PartiallyRefunded, 0), (S::Authorized, 0)], S::Authorized);
    }

    #[test]
    fn what_failed_is_still_to_be_paid() {
        use PaymentStatus as S;
        let total = Money::new(300, Currency::GBP);
        let left = rest(total, &payments(&[(S::Failed, 0), (S::Authorized, 0)])).unwrap();
        assert_eq!(left.minor, 200);
    }

    #[test]
    fn an_order_without_payments_has_no_summary() {
        let order = uuid::Uuid::nil().into();
        assert_eq!(summary(order, &[]).unwrap(), None);
        let one = summary(order, &payments(&[(PaymentStatus::Unpaid, 0)])).unwrap().unwrap();
        assert_eq!((one.authorized.minor, one.payments.len()), (0, 1));
    }
}
