//! What the pages show and ask, without knowing where it comes from.

pub(crate) mod card;
pub(crate) mod checkout_form;
pub(crate) mod country;
pub(crate) mod list_request;
pub(crate) mod look;
pub(crate) mod offer;
pub(crate) mod order_rules;
