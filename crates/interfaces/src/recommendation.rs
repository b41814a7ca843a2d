//! Recommendation: what else may please, and why.

use async_trait::async_trait;
use hatchery_component::{Ctx, Result};
use hatchery_types::Localized;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::catalog::ProductId;

/// What recommendations are wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecommendationRequest {
    /// Where they are shown: `product`, `cart`, `home`.
    pub placement: String,
    /// Products they follow from: the one looked at, those in the cart.
    pub products: Vec<ProductId>,
    /// How many at most; 1 to 50.
    pub limit: u32,
}

/// A product that may please, with the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recommendation {
    /// What.
    #[schema(value_type = uuid::Uuid)]
    pub product_id: ProductId,
    /// How much; comparable within one answer only.
    pub score: f64,
    /// Why.
    pub reason: Reason,
}

/// Why something is recommended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// `bought_together`, `popular`.
    pub kind: String,
    /// For people, in the store's languages.
    pub text: Localized,
    /// The product it follows from.
    #[serde(default)]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub because_of: Option<ProductId>,
    /// In how many orders both were bought.
    #[serde(default)]
    pub together: i64,
    /// In how many orders the product it follows from was bought.
    #[serde(default)]
    pub of: i64,
}

/// Recommends products.
#[hatchery_component::interface(id = "recommendation", version = "1.0.0")]
#[async_trait]
pub trait Recommendations: Send + Sync {
    /// Products that may please, best first, none of those asked from, only active ones.
    async fn recommend(
        &self,
        ctx: &Ctx,
        request: RecommendationRequest,
    ) -> Result<Vec<Recommendation>>;
}
