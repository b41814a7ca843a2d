//! Catalog: what there is to sell, and how it is described.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_component::event::Event;
use hatchery_component::{Ctx, Result};
use hatchery_types::{Id, Localized, Page, Query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::Sku;

/// Marker of [`ProductId`].
pub enum ProductTag {}
/// Identifies a product.
pub type ProductId = Id<ProductTag>;
/// Marker of [`CategoryId`].
pub enum CategoryTag {}
/// Identifies a category.
pub type CategoryId = Id<CategoryTag>;
/// Marker of [`CollectionId`].
pub enum CollectionTag {}
/// Identifies a collection.
pub type CollectionId = Id<CollectionTag>;

/// Whether a product is for sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Being written; nobody outside sees it.
    Draft,
    /// For sale.
    #[default]
    Active,
    /// No longer for sale; orders still show it.
    Archived,
}

/// A described thing, sold as one or more variants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Product {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: ProductId,
    /// Its name in addresses, unique in the store.
    pub slug: String,
    /// Whether it is for sale.
    pub status: ProductStatus,
    /// Its name.
    pub name: Localized,
    /// What it is, in some sentences.
    pub description: Localized,
    /// Who makes it.
    #[serde(default)]
    pub brand: Option<String>,
    /// The category it stands in, as slugs from the root: `["tea", "green-tea"]`.
    #[serde(default)]
    pub category_path: Vec<String>,
    /// Slugs of the collections that hold it.
    #[serde(default)]
    pub collections: Vec<String>,
    /// What describes or filters it.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// What its variants differ in.
    #[serde(default)]
    pub options: Vec<OptionType>,
    /// What can be bought; never empty.
    pub variants: Vec<Variant>,
    /// Pictures, the main one first.
    #[serde(default)]
    pub images: Vec<Image>,
    /// How it is taxed: `standard`, `reduced`, ..
    pub tax_category: String,
    /// Words it is found by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// When it was written first.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Grows with every change.
    pub version: i64,
    /// Name of the policy by which another store of the mother gives it; that store keeps its description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_by: Option<String>,
}

/// A sellable thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Variant {
    /// The merchant's code.
    pub sku: Sku,
    /// What tells it from the product's other variants; empty when it is the only one.
    #[serde(default)]
    pub name: Localized,
    /// Option key to value key: `{"color": "red"}`.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Weight with packing, in grams.
    #[serde(default)]
    pub weight_grams: Option<i64>,
    /// GTIN.
    #[serde(default)]
    pub barcode: Option<String>,
    /// Position of its picture in the product's images.
    #[serde(default)]
    pub image: Option<u32>,
}

/// What makes variants differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OptionType {
    /// `color`
    pub key: String,
    /// Color
    pub name: Localized,
    /// In the order they are shown.
    pub values: Vec<OptionValue>,
}

/// One way a variant can be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OptionValue {
    /// `red`
    pub key: String,
    /// Red
    pub name: Localized,
}

/// A described property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attribute {
    /// `material`
    pub key: String,
    /// Material
    pub name: Localized,
    /// Stoneware
    pub value: Localized,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Image {
    /// Address: `/files/{hash}` of the store's own, or elsewhere.
    pub url: String,
    /// What it shows, for those who do not see it.
    #[serde(default)]
    pub alt: Localized,
}

/// A branch of the tree products stand in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Category {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: CategoryId,
    /// Unique in the store.
    pub slug: String,
    /// Its name.
    pub name: Localized,
    /// Slug of the branch above; absent at the root.
    #[serde(default)]
    pub parent: Option<String>,
    /// Order among its siblings.
    #[serde(default)]
    pub position: i32,
    /// Name of the policy by which another store of the mother gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_by: Option<String>,
}

/// A curated set of products: featured, specials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Collection {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: CollectionId,
    /// Unique in the store: `featured`.
    pub slug: String,
    /// Its name.
    pub name: Localized,
    /// What holds it together.
    #[serde(default)]
    pub description: Localized,
    /// Order among collections.
    #[serde(default)]
    pub position: i32,
}

/// A product to be written; one with the same slug is changed, else it is created.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ProductDraft {
    /// Its name in addresses.
    pub slug: String,
    /// Whether it is for sale.
    pub status: ProductStatus,
    /// Its name.
    pub name: Localized,
    /// What it is.
    pub description: Localized,
    /// Who makes it.
    pub brand: Option<String>,
    /// Slug of its category.
    pub category: Option<String>,
    /// Slugs of collections.
    pub collections: Vec<String>,
    /// What describes it.
    pub attributes: Vec<Attribute>,
    /// What its variants differ in.
    pub options: Vec<OptionType>,
    /// What can be bought.
    pub variants: Vec<Variant>,
    /// Pictures.
    pub images: Vec<Image>,
    /// How it is taxed; `standard` when empty.
    pub tax_category: String,
    /// Words it is found by.
    pub tags: Vec<String>,
}

/// A category to be written, by slug.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CategoryDraft {
    /// Unique in the store.
    pub slug: String,
    /// Its name.
    pub name: Localized,
    /// Slug of the branch above, which must exist or stand earlier in the list.
    pub parent: Option<String>,
    /// Order among its siblings.
    pub position: i32,
}

/// A collection to be written, by slug.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CollectionDraft {
    /// Unique in the store.
    pub slug: String,
    /// Its name.
    pub name: Localized,
    /// What holds it together.
    pub description: Localized,
    /// Order among collections.
    pub position: i32,
}

hatchery_types::fields! {
    pub Product {
        ID: Id = "id",
        SLUG: Text = "slug",
        STATUS: Choice["draft", "active", "archived"] = "status",
        NAME: Text = "name",
        BRAND: Text = "brand",
        CATEGORY: Text = "category",
        TAX_CATEGORY: Text = "tax_category",
        CREATED_AT: Time = "created_at",
        UPDATED_AT: Time = "updated_at",
    }
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedProduct {
    /// The product.
    #[schema(value_type = uuid::Uuid)]
    pub id: ProductId,
    /// Its slug.
    pub slug: String,
    /// Whether it is new.
    pub created: bool,
    /// Whether anything was written; false when the draft says what the store already has.
    pub changed: bool,
}

/// Keeps products, categories and collections.
#[hatchery_component::interface(id = "catalog", version = "1.0.0")]
#[async_trait]
pub trait Catalog: Send + Sync {
    /// The products of those ids that exist, in the order asked.
    async fn products(&self, ctx: &Ctx, ids: Vec<ProductId>) -> Result<Vec<Product>>;

    /// The products of those slugs that exist, in the order asked.
    async fn products_by_slug(&self, ctx: &Ctx, slugs: Vec<String>) -> Result<Vec<Product>>;

    /// The products that have those SKUs among their variants, each once.
    async fn products_by_sku(&self, ctx: &Ctx, skus: Vec<Sku>) -> Result<Vec<Product>>;

    /// A page of products, of any status unless filtered.
    async fn list_products(&self, ctx: &Ctx, query: Query<Product>) -> Result<Page<Product>>;

    /// All categories: parents before children, siblings by position and slug.
    async fn categories(&self, ctx: &Ctx) -> Result<Vec<Category>>;

    /// All collections by position and slug.
    async fn collections(&self, ctx: &Ctx) -> Result<Vec<Collection>>;

    /// Writes products by slug, all or none, in one unit of work.
    async fn save_products(
        &self,
        ctx: &Ctx,
        drafts: Vec<ProductDraft>,
    ) -> Result<Vec<SavedProduct>>;

    /// Writes categories by slug.
    async fn save_categories(&self, ctx: &Ctx, drafts: Vec<CategoryDraft>) -> Result<()>;

    /// Writes collections by slug.
    async fn save_collections(&self, ctx: &Ctx, drafts: Vec<CollectionDraft>) -> Result<()>;
}

/// Products were written, archived or changed in any way. Batches come as one event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProductsSaved {
    /// Which.
    pub ids: Vec<ProductId>,
}

impl Event for ProductsSaved {
    const TYPE: &'static str = "product.saved.v1";

    fn subject(&self) -> String {
        self.ids.first().map(ToString::to_string).unwrap_or_default()
    }
}

/// Categories or collections were written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CategoriesSaved {
    /// Slugs of categories and collections.
    pub slugs: Vec<String>,
}

impl Event for CategoriesSaved {
    const TYPE: &'static str = "category.saved.v1";

    fn subject(&self) -> String {
        "categories".into()
    }
}
