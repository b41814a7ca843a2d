//! The interface `pricing`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::pricing::{Price, PriceDraft, Pricing};
use hatchery_sdk::prelude::*;

use crate::ops::{get_prices, set_prices};

/// The prices of a store.
pub(crate) struct PricingService;

#[async_trait]
impl Pricing for PricingService {
    async fn prices(&self, ctx: &Ctx, skus: Vec<Sku>) -> Result<Vec<Price>> {
        get_prices::get_prices(ctx, &skus).await
    }

    async fn set_prices(&self, ctx: &Ctx, drafts: Vec<PriceDraft>) -> Result<()> {
        set_prices::set_prices(ctx, drafts).await
    }
}
