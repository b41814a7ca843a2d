//! Whose list it is.

use hatchery_sdk::component::Actor;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Somebody with a list: a customer, or a guest's browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
pub(crate) struct Visitor(String);

impl Visitor {
    /// A signed-in customer, or the guest with the number in the cookie; nobody when there is none.
    pub(crate) fn of(actor: &Actor, cookie: Option<Uuid>) -> Option<Self> {
        match actor {
            Actor::Customer { .. } => Some(Self(actor.label())),
            _ => cookie.map(Self::guest),
        }
    }

    /// The guest with a number.
    pub(crate) fn guest(number: Uuid) -> Self {
        Self(format!("guest:{number}"))
    }

    /// As it is stored.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it is stored.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_has_one_list_and_a_guest_one_per_browser() {
        let number = Uuid::from_u128(7);
        let customer = Actor::Customer { id: Uuid::from_u128(1), name: "Ada".into() };
        let check = |actor: &Actor, cookie: Option<Uuid>, expected: Option<&str>| {
            let visitor = Visitor::of(actor, cookie);
            assert_eq!(visitor.as_ref().map(Visitor::as_str), expected);
        };
        let known = "customer:00000000-0000-0000-0000-000000000001";
        check(&customer, None, Some(known));
        check(&customer, Some(number), Some(known));
        check(&Actor::Guest, Some(number), Some("guest:00000000-0000-0000-0000-000000000007"));
        check(&Actor::Guest, None, None);
    }
}
