//! Listing: everything a list of products sorts, filters and shows, kept ready.

use async_trait::async_trait;
use hatchery_component::{Ctx, Result};
use hatchery_types::{Money, Page};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::catalog::ProductId;
use crate::common::Sku;

/// A product as a list shows it, in one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProductCard {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: ProductId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name in the language asked for.
    pub name: String,
    /// The begin of its description.
    #[serde(default)]
    pub summary: String,
    /// Lowest price among its variants; absent when none has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// Price before a reduction, of the same variant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Money>,
    /// Whether variants have different prices.
    #[serde(default)]
    pub price_varies: bool,
    /// Whether any variant can be bought now.
    pub available: bool,
    /// Main picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Slug of its category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its variants.
    pub variants: Vec<VariantCard>,
}

/// A variant as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VariantCard {
    /// The merchant's code.
    pub sku: Sku,
    /// What tells it from the others.
    #[serde(default)]
    pub name: String,
    /// Price of one; absent when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// Price before a reduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Money>,
    /// How many can be bought now; absent when there is no limit.
    pub available: Option<i64>,
}

/// What a list is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListingQuery {
    /// Words to be found in name, description, tags or SKU.
    pub q: Option<String>,
    /// Slug of a category; its branches count.
    pub category: Option<String>,
    /// Slug of a collection.
    pub collection: Option<String>,
    /// A filter in the REST syntax: `price < 1000 AND available = true`.
    pub filter: Option<String>,
    /// `-popularity`, `price`, `-price`, `name`, `-created_at`; by relevance when words are given, else
    /// by popularity.
    pub sort: Option<String>,
    /// 1 to 100; 24 when absent.
    pub limit: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
}

/// Lists products for the storefront.
#[hatchery_component::interface(id = "listing", version = "1.0.0")]
#[async_trait]
pub trait Listing: Send + Sync {
    /// A page of active products, in the context's language.
    async fn search(&self, ctx: &Ctx, query: ListingQuery) -> Result<Page<ProductCard>>;

    /// The cards of those products that are active, in the order asked.
    async fn cards(&self, ctx: &Ctx, ids: Vec<ProductId>) -> Result<Vec<ProductCard>>;

    /// How many active products each category (by slug, with its branches) has.
    async fn category_counts(&self, ctx: &Ctx) -> Result<std::collections::BTreeMap<String, u64>>;
}
