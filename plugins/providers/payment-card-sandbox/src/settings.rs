//! Settings of the sandbox.

use hatchery_sdk::component::settings::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the sandbox's bank behaves.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SandboxSettings {
    /// Key by which the bank signs its news. Default: one made of the store's own key.
    pub(crate) webhook_secret: Secret,
    /// Seconds after which the bank decides about a card that takes its time. Default 5.
    pub(crate) decision_seconds: u32,
    /// Declined cards on the bank's page after which a payment has failed. Default 3.
    pub(crate) max_cards: u32,
}

impl SandboxSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.max_cards == 0 {
            return Err("max_cards: at least 1".into());
        }
        Ok(())
    }
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self { webhook_secret: Secret::default(), decision_seconds: 5, max_cards: 3 }
    }
}
