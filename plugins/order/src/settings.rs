//! Settings of orders.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Numbers and deadlines of orders.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OrderSettings {
    /// Put before every order number. Default empty.
    pub(crate) number_prefix: String,
    /// The first order number of a new store. Default 100001.
    pub(crate) first_number: i64,
    /// Minutes that goods are kept while a payment waits for the customer; then the order is cancelled.
    /// Default 60.
    pub(crate) payment_window_minutes: u32,
    /// Days after delivery within which a customer may ask for a return. Default 30.
    pub(crate) return_days: u32,
}

impl OrderSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.number_prefix.len() > 10
            || !self.number_prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            return Err("number_prefix: at most 10 letters, digits and dashes".into());
        }
        if self.first_number < 1 {
            return Err("first_number: at least 1".into());
        }
        if self.payment_window_minutes == 0 {
            return Err("payment_window_minutes: at least 1".into());
        }
        Ok(())
    }
}

impl Default for OrderSettings {
    fn default() -> Self {
        Self {
            number_prefix: String::new(),
            first_number: 100_001,
            payment_window_minutes: 60,
            return_days: 30,
        }
    }
}
