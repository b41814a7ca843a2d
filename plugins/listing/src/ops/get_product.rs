//! One product with everything a shopper asks, at the price and stock of now.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::{Catalog, ProductStatus};
use hatchery_sdk::interfaces::listing::ProductCard;
use hatchery_sdk::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::card::card;
use crate::ops::refresh_products::facts;

/// A product in the language asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductDetail {
    #[serde(flatten)]
    card: ProductCard,
    /// What it is.
    description: String,
    /// Who makes it.
    brand: Option<String>,
    /// Slugs from the root of the tree to its category.
    category_path: Vec<String>,
    /// Slugs of its collections.
    collections: Vec<String>,
    /// What describes it.
    attributes: Vec<DetailAttribute>,
    /// What its variants differ in.
    options: Vec<DetailOption>,
    /// Option values of each variant, by SKU.
    variant_options: BTreeMap<String, BTreeMap<String, String>>,
    /// Pictures.
    images: Vec<DetailImage>,
    /// Words it is found by.
    tags: Vec<String>,
}

/// A described property.
#[derive(Debug, Serialize, ToSchema)]
struct DetailAttribute {
    /// `material`
    key: String,
    /// Material
    name: String,
    /// Stoneware
    value: String,
}

/// What variants differ in.
#[derive(Debug, Serialize, ToSchema)]
struct DetailOption {
    /// `color`
    key: String,
    /// Color
    name: String,
    /// Key and name of each value, in order.
    values: Vec<DetailOptionValue>,
}

/// One way a variant can be.
#[derive(Debug, Serialize, ToSchema)]
struct DetailOptionValue {
    /// `red`
    key: String,
    /// Red
    name: String,
}

/// A picture.
#[derive(Debug, Serialize, ToSchema)]
struct DetailImage {
    /// Address.
    url: String,
    /// What it shows.
    alt: String,
}

/// The active product of a slug.
///
/// # Errors
/// There is none.
pub(crate) async fn get_product(ctx: &Ctx, slug: String) -> Result<ProductDetail> {
    let products = ctx.get::<dyn Catalog>()?.products_by_slug(ctx, vec![slug.clone()]).await?;
    let product = products
        .into_iter()
        .find(|product| product.status == ProductStatus::Active)
        .ok_or_else(|| {
            Error::not_found("listing.product_unknown", format!("There is no product '{slug}'."))
        })?;
    let skus = product.variants.iter().map(|variant| variant.sku.clone()).collect();
    let facts = facts(ctx, skus).await?;
    let locale = ctx.locale();
    let text = |text: &Localized| text.get(locale).to_owned();
    Ok(ProductDetail {
        card: card(&product, &facts, locale),
        description: text(&product.description),
        attributes: product
            .attributes
            .iter()
            .map(|attribute| DetailAttribute {
                key: attribute.key.clone(),
                name: text(&attribute.name),
                value: text(&attribute.value),
            })
            .collect(),
        options: product
            .options
            .iter()
            .map(|option| DetailOption {
                key: option.key.clone(),
                name: text(&option.name),
                values: option
                    .values
                    .iter()
                    .map(|value| DetailOptionValue {
                        key: value.key.clone(),
                        name: text(&value.name),
                    })
                    .collect(),
            })
            .collect(),
        variant_options: product
            .variants
            .iter()
            .map(|variant| (variant.sku.to_string(), variant.options.clone()))
            .collect(),
        images: product
            .images
            .iter()
            .map(|image| DetailImage { url: image.url.clone(), alt: text(&image.alt) })
            .collect(),
        brand: product.brand,
        category_path: product.category_path,
        collections: product.collections,
        tags: product.tags,
    })
}
