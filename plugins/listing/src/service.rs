//! The interface `listing`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::interfaces::listing::{Listing, ListingQuery, ProductCard};
use hatchery_sdk::prelude::*;

use crate::ops::search_products;

/// The lists of a store.
pub(crate) struct ListingService;

#[async_trait]
impl Listing for ListingService {
    async fn search(&self, ctx: &Ctx, query: ListingQuery) -> Result<Page<ProductCard>> {
        search_products::search_products(ctx, query).await
    }

    async fn cards(&self, ctx: &Ctx, ids: Vec<ProductId>) -> Result<Vec<ProductCard>> {
        search_products::cards(ctx, &ids).await
    }

    async fn category_counts(&self, ctx: &Ctx) -> Result<BTreeMap<String, u64>> {
        search_products::category_counts(ctx).await
    }
}
