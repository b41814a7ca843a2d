//! Settings of popular recommendations.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What counts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PopularSettings {
    /// How many days before the newest order count. Default 30.
    pub(crate) window_days: u32,
    /// In how many orders a product must stand to be popular. Default 1.
    pub(crate) min_orders: u32,
    /// Seconds after an order until it is counted, together with those that came meanwhile. Default 30.
    pub(crate) count_delay_seconds: u32,
}

impl PopularSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=3660).contains(&self.window_days) || self.min_orders == 0 {
            return Err("window_days: 1 to 3660; min_orders: at least 1".into());
        }
        Ok(())
    }
}

impl Default for PopularSettings {
    fn default() -> Self {
        Self { window_days: 30, min_orders: 1, count_delay_seconds: 30 }
    }
}
