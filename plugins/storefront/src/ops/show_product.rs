//! Gathers what the product page shows: the product with prices and stock of now.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductStatus};
use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::pricing::Pricing;
use hatchery_sdk::prelude::*;
use serde::Serialize;

use crate::domain::card::Picture;
use crate::domain::offer::{self, Offer};
use crate::ops::read_navigation;

/// A product as `product.html` shows it.
#[derive(Debug, Serialize)]
pub(crate) struct ShownProduct {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) summary: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) images: Vec<Picture>,
    pub(crate) variants: Vec<Offer>,
    pub(crate) attributes: Vec<Fact>,
}

/// Something that describes a product.
#[derive(Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A step of the way back up.
#[derive(Debug, Serialize)]
pub(crate) struct Crumb {
    pub(crate) name: String,
    pub(crate) url: String,
}

/// A product, its selected variant, and the way to it.
#[derive(Debug)]
pub(crate) struct ProductPage {
    pub(crate) product: ShownProduct,
    pub(crate) variant: Option<Offer>,
    pub(crate) breadcrumbs: Vec<Crumb>,
}

/// A description up to this many characters stands beside the price, a longer one below.
const SHORT: usize = 280;

/// The active product of a slug, with the variant of `sku` selected.
pub(crate) async fn show_product(
    ctx: &Ctx,
    slug: &str,
    sku: Option<&str>,
    low_stock: i64,
) -> Result<ProductPage> {
    let found = ctx.get::<dyn Catalog>()?.products_by_slug(ctx, vec![slug.to_owned()]).await?;
    let active = |product: &Product| product.status == ProductStatus::Active;
    let product = found.into_iter().find(active).ok_or_else(|| {
        Error::not_found("product.not_found", format!("There is no product '{slug}' for sale."))
    })?;
    let mut variants = offers(ctx, &product, low_stock).await?;
    let selected = offer::select(&mut variants, sku);
    Ok(ProductPage {
        variant: variants.get(selected).cloned(),
        breadcrumbs: breadcrumbs(ctx, &product.category_path).await?,
        product: shown(product, variants, ctx.locale()),
    })
}

async fn offers(ctx: &Ctx, product: &Product, low_stock: i64) -> Result<Vec<Offer>> {
    let skus: Vec<Sku> = product.variants.iter().map(|variant| variant.sku.clone()).collect();
    let prices = match ctx.find::<dyn Pricing>() {
        Some(pricing) => pricing.prices(ctx, skus.clone()).await?,
        None => Vec::new(),
    };
    let stock = match ctx.find::<dyn Inventory>() {
        Some(inventory) => inventory.availability(ctx, skus).await?,
        None => Vec::new(),
    };
    let offer = |variant| {
        let sku = |sku: &Sku, other: &Sku| sku == other;
        let variant: &hatchery_sdk::interfaces::catalog::Variant = variant;
        let price = prices.iter().find(|price| sku(&price.sku, &variant.sku));
        let level = stock.iter().find(|level| sku(&level.sku, &variant.sku));
        Offer::new(variant, ctx.locale(), price, level, low_stock)
    };
    Ok(product.variants.iter().map(offer).collect())
}

async fn breadcrumbs(ctx: &Ctx, path: &[String]) -> Result<Vec<Crumb>> {
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let categories = read_navigation::categories(ctx).await?;
    let crumb = |slug: &String| {
        let category = read_navigation::find(&categories, slug)?;
        let name = category.name.get(ctx.locale()).to_owned();
        Some(Crumb { name, url: format!("/categories/{slug}") })
    };
    Ok(path.iter().filter_map(crumb).collect())
}

fn shown(product: Product, variants: Vec<Offer>, locale: &Locale) -> ShownProduct {
    let text = |text: &Localized| text.get(locale).to_owned();
    let name = text(&product.name);
    let about = Some(text(&product.description)).filter(|about| !about.is_empty());
    let (summary, description) = match about {
        Some(about) if about.chars().count() <= SHORT => (Some(about), None),
        about => (None, about),
    };
    let picture = |image: &hatchery_sdk::interfaces::catalog::Image| Picture {
        url: image.url.clone(),
        alt: text(&image.alt),
    };
    let attribute = |attribute: &hatchery_sdk::interfaces::catalog::Attribute| Fact {
        name: text(&attribute.name),
        value: text(&attribute.value),
    };
    ShownProduct {
        id: product.id.to_string(),
        images: product.images.iter().map(picture).collect(),
        attributes: product.attributes.iter().map(attribute).collect(),
        slug: product.slug,
        name,
        summary,
        description,
        variants,
    }
}
