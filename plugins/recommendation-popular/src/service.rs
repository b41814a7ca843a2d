//! The interface `recommendation`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::recommendation::{
    Recommendation, RecommendationRequest, Recommendations,
};
use hatchery_sdk::prelude::*;

use crate::ops::recommend;
use crate::settings::PopularSettings;

/// What sells best in a store.
pub(crate) struct PopularService {
    /// What counts.
    pub(crate) settings: PopularSettings,
}

#[async_trait]
impl Recommendations for PopularService {
    async fn recommend(
        &self,
        ctx: &Ctx,
        request: RecommendationRequest,
    ) -> Result<Vec<Recommendation>> {
        recommend::recommend(ctx, &self.settings, request).await
    }
}
