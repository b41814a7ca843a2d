//! Settings of recommendations.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What counts, and how much is kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RecommendationSettings {
    /// In how many orders two products must stand together to count. Default 2.
    pub(crate) min_together: u32,
    /// How many neighbors of a product are kept. Default 24.
    pub(crate) neighbors: u32,
    /// Orders with more different products than this are not learned from: they tell little about what
    /// belongs together, and cost most. Default 150.
    pub(crate) max_basket: u32,
    /// Seconds after an order until it is learned from, together with those that came meanwhile.
    /// Default 30.
    pub(crate) learn_delay_seconds: u32,
}

impl RecommendationSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.min_together == 0 || self.neighbors == 0 || self.max_basket < 2 {
            return Err("min_together and neighbors: at least 1; max_basket: at least 2".into());
        }
        Ok(())
    }
}

impl Default for RecommendationSettings {
    fn default() -> Self {
        Self { min_together: 2, neighbors: 24, max_basket: 150, learn_delay_seconds: 30 }
    }
}
