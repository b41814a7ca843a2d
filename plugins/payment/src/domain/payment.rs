//! A payment as the store keeps it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hatchery_sdk::interfaces::order::{OrderId, PaymentStatus};
use hatchery_sdk::interfaces::payment::{NextAction, Payment, PaymentId};
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::domain::status::{Standing, Step};
use crate::error::PaymentError;

/// A payment with everything that is known of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredPayment {
    pub(crate) id: PaymentId,
    pub(crate) order_id: OrderId,
    pub(crate) order_number: String,
    /// Its place among the order's payments, from 0; no two have the same.
    pub(crate) position: i32,
    /// Which try of the order to pay it belongs to, from 0.
    pub(crate) attempt: i32,
    pub(crate) method: String,
    pub(crate) method_name: Localized,
    /// Component that takes it, once it was tried.
    pub(crate) provider: Option<String>,
    pub(crate) standing: Standing,
    /// Amount that is being captured; asked of the provider, not answered yet.
    pub(crate) capturing: Option<i64>,
    /// Amount that is being given back; asked of the provider, not answered yet.
    pub(crate) refunding: i64,
    pub(crate) next_action: Option<NextAction>,
    pub(crate) failure: Option<String>,
    pub(crate) reference: Option<String>,
    /// What the method asked for; kept until it was tried.
    pub(crate) data: BTreeMap<String, Value>,
    pub(crate) return_url: String,
    pub(crate) tried_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl StoredPayment {
    /// Takes a step.
    ///
    /// # Errors
    /// It does not follow on the present status.
    pub(crate) fn step(&mut self, step: Step) -> Result<(), PaymentError> {
        self.standing = self.standing.follow(step)?;
        self.capturing = None;
        if self.standing.status != PaymentStatus::Pending {
            self.next_action = None;
        }
        Ok(())
    }

    /// How far it is.
    pub(crate) fn status(&self) -> PaymentStatus {
        self.standing.status
    }

    /// An amount of its currency.
    pub(crate) fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.standing.currency)
    }

    /// What everybody else sees of it.
    pub(crate) fn public(&self) -> Payment {
        Payment {
            id: self.id,
            order_id: self.order_id,
            method: self.method.clone(),
            method_name: self.method_name.clone(),
            amount: self.money(self.standing.amount),
            status: self.standing.status,
            captured: self.money(self.standing.captured),
            refunded: self.money(self.standing.refunded),
            next_action: self.next_action.clone(),
            failure: self.failure.clone(),
            reference: self.reference.clone(),
            created_at: self.created_at,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;

    /// A payment of 100 minor units that nobody has tried.
    pub(crate) fn untried() -> StoredPayment {
        StoredPayment {
            id: Uuid::from_u128(1).into(),
            order_id: Uuid::from_u128(2).into(),
            order_number: "1".into(),
            position: 0,
            attempt: 0,
            method: "card".into(),
            method_name: Localized::en("Card"),
            provider: None,
            standing: Standing::new(Money::new(100, Currency::GBP)),
            capturing: None,
            refunding: 0,
            next_action: None,
            failure: None,
            reference: None,
            data: BTreeMap::new(),
            return_url: String::new(),
            tried_at: None,
            created_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    #[test]
    fn what_the_customer_has_to_do_ends_with_the_waiting() {
        let mut payment = untried();
        payment.next_action = Some(NextAction::Redirect { url: "/there".into() });
        payment.step(Step::Wait).unwrap();
        assert!(payment.public().next_action.is_some());
        payment.step(Step::Promise).unwrap();
        assert_eq!(payment.public().next_action, None);
    }
}
