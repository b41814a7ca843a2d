//! What several domains say.

use std::collections::BTreeMap;
use std::fmt;

use hatchery_types::Money;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The merchant's code of a variant, 1 to 64 characters as the merchant writes it; codes that differ
/// only in case are different.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "85123A")]
pub struct Sku(String);

/// The text is no SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSku(String);

impl Sku {
    /// Longest SKU in characters.
    pub const MAX_LENGTH: usize = 64;

    /// Reads a SKU; surrounding white space is dropped.
    ///
    /// # Errors
    /// Empty, too long, or with control characters.
    pub fn new(text: &str) -> Result<Self, InvalidSku> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 || length > Self::MAX_LENGTH || text.chars().any(char::is_control) {
            return Err(InvalidSku(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InvalidSku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is no SKU; write 1 to {} characters", self.0, Sku::MAX_LENGTH)
    }
}
impl std::error::Error for InvalidSku {}
impl From<InvalidSku> for hatchery_component::Error {
    fn from(error: InvalidSku) -> Self {
        Self::invalid("catalog.sku_invalid", error.to_string())
    }
}
impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for Sku {
    type Error = InvalidSku;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}
impl From<Sku> for String {
    fn from(sku: Sku) -> Self {
        sku.0
    }
}

/// So many of a SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkuQuantity {
    /// What.
    pub sku: Sku,
    /// How many.
    pub quantity: i64,
}

/// Where something is sent or billed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PostalAddress {
    /// Who receives it.
    pub name: String,
    /// Street and number.
    pub line1: String,
    /// More of the street address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town.
    pub city: String,
    /// State, province or county.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code as the country writes it; may be empty where there is none.
    #[serde(default)]
    pub postal_code: String,
    /// ISO 3166-1 alpha-2 code: `GB`.
    #[schema(min_length = 2, max_length = 2)]
    pub country: String,
    /// Phone number for the carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A part of the total paid by one method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TenderRequest {
    /// Code of the method.
    pub method: String,
    /// How much; the rest of the total when absent.
    #[serde(default)]
    pub amount: Option<Money>,
    /// What the method asked for, such as a provider's token.
    #[serde(default, flatten)]
    pub data: BTreeMap<String, Value>,
}

/// Whether a secret, such as the token of an order's link, is the one that is kept. Takes a time that does not
/// tell how much of it is right. An empty secret opens nothing.
pub fn same_secret(kept: &str, given: &str) -> bool {
    let differences = kept.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    !kept.is_empty() && kept.len() == given.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::same_secret;

    #[test]
    fn only_the_whole_secret_is_the_secret() {
        assert!(same_secret("abc", "abc"));
        for wrong in ["", "ab", "abd", "abcd", "ABC"] {
            assert!(!same_secret("abc", wrong), "{wrong}");
        }
        assert!(!same_secret("", ""));
    }
}
