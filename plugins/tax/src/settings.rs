//! Settings of taxes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::rate::is_country;

/// Where the store is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TaxSettings {
    /// ISO 3166-1 code of the country whose taxes are shown until a destination is known. Default GB.
    pub(crate) country: String,
}

impl TaxSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if is_country(&self.country) {
            return Ok(());
        }
        Err("country: two capital letters, such as GB or CN".into())
    }
}

impl Default for TaxSettings {
    fn default() -> Self {
        Self { country: "GB".into() }
    }
}
