//! Settings of stock.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where stock lies.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct InventorySettings {
    /// Code of the location that is meant when none is named. Default `main`.
    pub(crate) default_location: String,
    /// Available quantity at or below which a level counts as low. Default 5.
    pub(crate) low_stock: i64,
}

impl InventorySettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.default_location.trim().is_empty() {
            return Err("default_location: give a code such as main".into());
        }
        if self.low_stock < 0 {
            return Err("low_stock: at least 0".into());
        }
        Ok(())
    }
}

impl Default for InventorySettings {
    fn default() -> Self {
        Self { default_location: "main".into(), low_stock: 5 }
    }
}
