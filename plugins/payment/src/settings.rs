//! Settings of payments.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The order of the methods, and how often a payment may fail.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PaymentSettings {
    /// Codes of methods in the order customers see them; those not named come after, by their code.
    /// Default card, remittance, cash_on_delivery, cheque.
    pub(crate) method_order: Vec<String>,
    /// Failed payments of one cart (which is one order) within the window, after which it has to wait.
    /// Payments that succeed never count. Default 5.
    pub(crate) max_failures: u32,
    /// Seconds of that window. Default 3600.
    pub(crate) failure_window_seconds: u32,
}

impl PaymentSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.max_failures == 0 || self.failure_window_seconds == 0 {
            return Err("max_failures and failure_window_seconds must be at least 1".into());
        }
        Ok(())
    }
}

impl Default for PaymentSettings {
    fn default() -> Self {
        let order = ["card", "remittance", "cash_on_delivery", "cheque"];
        Self {
            method_order: order.map(str::to_owned).to_vec(),
            max_failures: 5,
            failure_window_seconds: 3600,
        }
    }
}
