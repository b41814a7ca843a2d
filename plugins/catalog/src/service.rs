//! The interfaces `catalog` and `sharing`.

use async_trait::async_trait;
use hatchery_sdk::component::sharing::{Batch, Given, SharedKind, Sharing, Untaken, Wanted};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{
    Catalog, Category, CategoryDraft, Collection, CollectionDraft, Product, ProductDraft,
    ProductId, SavedProduct,
};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::share;
use crate::ops::{list_products, save_categories, save_collections, save_products, share_products};

/// The catalog of a store.
pub(crate) struct CatalogService;

#[async_trait]
impl Catalog for CatalogService {
    async fn products(&self, ctx: &Ctx, ids: Vec<ProductId>) -> Result<Vec<Product>> {
        list_products::by_ids(ctx, &ids).await
    }

    async fn products_by_slug(&self, ctx: &Ctx, slugs: Vec<String>) -> Result<Vec<Product>> {
        list_products::by_slugs(ctx, &slugs).await
    }

    async fn products_by_sku(&self, ctx: &Ctx, skus: Vec<Sku>) -> Result<Vec<Product>> {
        list_products::by_skus(ctx, &skus).await
    }

    async fn list_products(&self, ctx: &Ctx, query: Query<Product>) -> Result<Page<Product>> {
        list_products::page(ctx, &query).await
    }

    async fn categories(&self, ctx: &Ctx) -> Result<Vec<Category>> {
        list_products::categories(ctx).await
    }

    async fn collections(&self, ctx: &Ctx) -> Result<Vec<Collection>> {
        db::collection::all(&ctx.db()).await
    }

    async fn save_products(
        &self,
        ctx: &Ctx,
        drafts: Vec<ProductDraft>,
    ) -> Result<Vec<SavedProduct>> {
        save_products::save_products(ctx, drafts).await
    }

    async fn save_categories(&self, ctx: &Ctx, drafts: Vec<CategoryDraft>) -> Result<()> {
        save_categories::save_categories(ctx, drafts).await
    }

    async fn save_collections(&self, ctx: &Ctx, drafts: Vec<CollectionDraft>) -> Result<()> {
        save_collections::save_collections(ctx, drafts).await
    }
}

#[async_trait]
impl Sharing for CatalogService {
    async fn kinds(&self, _: &Ctx) -> Result<Vec<SharedKind>> {
        Ok(vec![share::kind()])
    }

    async fn give(&self, ctx: &Ctx, _: String, wanted: Wanted) -> Result<Given> {
        share_products::give(ctx, wanted).await
    }

    async fn take(&self, ctx: &Ctx, batch: Batch) -> Result<Vec<Untaken>> {
        share_products::take(ctx, batch).await
    }

    async fn release(&self, ctx: &Ctx, share: String, _: String) -> Result<()> {
        share_products::release(ctx, share).await
    }
}
