//! The interface `inventory`.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_sdk::interfaces::inventory::{Availability, Inventory, StockCount};
use hatchery_sdk::interfaces::{Sku, SkuQuantity};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::ops::{get_availability, put_back, release_stock, reserve_stock, set_stock, take_stock};
use crate::settings::InventorySettings;

/// The stock of a store.
pub(crate) struct InventoryService {
    /// Where stock lies.
    pub(crate) settings: InventorySettings,
}

#[async_trait]
impl Inventory for InventoryService {
    async fn availability(&self, ctx: &Ctx, skus: Vec<Sku>) -> Result<Vec<Availability>> {
        get_availability::get_availability(ctx, &skus).await
    }

    async fn reserve(
        &self,
        ctx: &Ctx,
        reference: String,
        lines: Vec<SkuQuantity>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<()> {
        reserve_stock::reserve_stock(ctx, reference, lines, expires_at).await
    }

    async fn confirm(&self, ctx: &Ctx, reference: String) -> Result<()> {
        let confirm =
            |ctx: Ctx| async move { db::reservation::confirm(&ctx.db(), &reference).await };
        ctx.transaction(confirm).await
    }

    async fn release(&self, ctx: &Ctx, reference: String) -> Result<()> {
        release_stock::release_stock(ctx, reference).await
    }

    async fn take(&self, ctx: &Ctx, reference: String, lines: Vec<SkuQuantity>) -> Result<()> {
        take_stock::take_stock(ctx, reference, lines).await
    }

    async fn put_back(&self, ctx: &Ctx, reference: String, lines: Vec<SkuQuantity>) -> Result<()> {
        put_back::put_back(ctx, reference, lines).await
    }

    async fn set_stock(&self, ctx: &Ctx, counts: Vec<StockCount>) -> Result<()> {
        set_stock::set_stock(ctx, &self.settings, counts).await
    }
}
