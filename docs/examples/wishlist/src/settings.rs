//! Settings: `[wishlist]` in the files of a store.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// How many products stand on a list at most. Default 100.
    pub(crate) max_items: u32,
}

impl Settings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=1000).contains(&self.max_items) {
            return Err("max_items: 1 to 1000".into());
        }
        Ok(())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_items: 100 }
    }
}
