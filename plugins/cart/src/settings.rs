//! Settings of carts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Limits of carts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CartSettings {
    /// Most lines in a cart. Default 100.
    pub(crate) max_lines: u32,
    /// Most of one SKU in a cart. Default 10 000.
    pub(crate) max_quantity: i64,
    /// Days after which an untouched cart is forgotten. Default 90.
    pub(crate) keep_days: u32,
}

impl CartSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.max_lines == 0 || self.max_quantity < 1 || self.keep_days == 0 {
            return Err("max_lines, max_quantity and keep_days must be at least 1".into());
        }
        Ok(())
    }
}

impl Default for CartSettings {
    fn default() -> Self {
        Self { max_lines: 100, max_quantity: 10_000, keep_days: 90 }
    }
}
