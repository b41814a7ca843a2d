//! The interface `recommendation`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::recommendation::{
    Recommendation, RecommendationRequest, Recommendations,
};
use hatchery_sdk::prelude::*;

use crate::ops::recommend;
use crate::settings::RecommendationSettings;

/// The recommendations of a store.
pub(crate) struct RecommendationService {
    /// What counts.
    pub(crate) settings: RecommendationSettings,
}

#[async_trait]
impl Recommendations for RecommendationService {
    async fn recommend(
        &self,
        ctx: &Ctx,
        request: RecommendationRequest,
    ) -> Result<Vec<Recommendation>> {
        recommend::recommend(ctx, request).await
    }
}
