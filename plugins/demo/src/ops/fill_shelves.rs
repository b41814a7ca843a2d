//! Writes the catalog with its pictures, prices and stock.

use hatchery_sdk::component::platform::Files;
use hatchery_sdk::goods;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{
    Attribute, CategoryDraft, CollectionDraft, Image, OptionType, OptionValue, ProductDraft,
    Variant as VariantDraft,
};
use hatchery_sdk::interfaces::inventory::StockCount;
use hatchery_sdk::interfaces::pricing::PriceDraft;
use hatchery_sdk::prelude::*;

use crate::domain::catalog::{Catalog, Category, Product, Text, Variant, price_in};

/// Writes categories, collections, products, prices and stock levels that are not there. What is there
/// stays as it is, whoever wrote it. Gives the number of products written.
pub(crate) async fn fill_shelves(
    ctx: &Ctx,
    catalog: &Catalog,
    progress: &Progress,
) -> Result<usize> {
    progress.report(0, None, "catalog");
    save_groups(ctx, catalog).await?;

    let slugs = catalog.products().map(|(_, product)| product.slug.clone()).collect();
    let there = goods::products_there(ctx, slugs).await?;
    let missing: Vec<(&Category, &Product)> =
        catalog.products().filter(|(_, product)| !there.contains(&product.slug)).collect();
    let written = match missing.as_slice() {
        [] => 0,
        missing => goods::add_products(ctx, drafts(ctx, missing).await?).await?,
    };

    let variants: Vec<(Sku, Variant)> = catalog
        .products()
        .flat_map(|(_, product)| product.variants())
        .map(|variant| Ok((Sku::new(&variant.sku)?, variant)))
        .collect::<Result<_>>()?;
    progress.report(0, None, "prices and stock");
    set_prices(ctx, &variants).await?;
    set_stock(ctx, &variants).await?;
    Ok(written)
}

async fn save_groups(ctx: &Ctx, catalog: &Catalog) -> Result<()> {
    let categories = catalog.categories.iter().zip(1..);
    let categories = categories
        .map(|(category, position)| CategoryDraft {
            slug: category.code.clone(),
            name: localized(&category.name),
            parent: None,
            position,
        })
        .collect();
    goods::add_categories(ctx, categories).await?;
    let collections = catalog.collections.iter().zip(1..);
    let collections = collections
        .map(|(collection, position)| CollectionDraft {
            slug: collection.slug.clone(),
            name: localized(&collection.name),
            description: localized(&collection.description),
            position,
        })
        .collect();
    goods::add_collections(ctx, collections).await
}

/// The products as drafts, their pictures painted and kept.
async fn drafts(ctx: &Ctx, products: &[(&Category, &Product)]) -> Result<Vec<ProductDraft>> {
    let mut pictures: Vec<(String, Vec<u8>)> = Vec::new();
    let mut painted = Vec::with_capacity(products.len());
    for (category, product) in products {
        let variants = product.variants();
        let (svgs, positions) = product.pictures(&category.palette, &variants);
        let first = pictures.len();
        pictures.extend(svgs.into_iter().map(|svg| ("image/svg+xml".to_owned(), svg.into_bytes())));
        painted.push((variants, positions, first..pictures.len()));
    }
    let files = ctx.get::<dyn Files>()?.put(ctx, pictures).await?;
    products
        .iter()
        .zip(painted)
        .map(|((category, product), (variants, positions, range))| {
            let image = |index: usize| {
                let url = files.get(index).map(|file| format!("/files/{}", file.hash));
                let lacking =
                    || Error::internal("the file service kept fewer files than it was given");
                Ok(Image { url: url.ok_or_else(lacking)?, alt: localized(&product.name) })
            };
            draft(
                category,
                product,
                &variants,
                &positions,
                range.map(image).collect::<Result<_>>()?,
            )
        })
        .collect()
}

fn draft(
    category: &Category,
    product: &Product,
    variants: &[Variant],
    positions: &[u32],
    images: Vec<Image>,
) -> Result<ProductDraft> {
    let variants = variants
        .iter()
        .zip(positions)
        .map(|(variant, position)| {
            Ok(VariantDraft {
                sku: Sku::new(&variant.sku)?,
                name: if variant.options.is_empty() {
                    Localized::default()
                } else {
                    localized(&variant.name)
                },
                options: variant.options.clone(),
                weight_grams: variant.grams,
                barcode: None,
                image: Some(*position),
            })
        })
        .collect::<Result<_>>()?;
    let attributes = product.attributes().map(|(key, name, value)| Attribute {
        key: key.to_owned(),
        name: localized(&name),
        value: localized(value),
    });
    let options = product.options.iter().map(|option| OptionType {
        key: option.key.clone(),
        name: localized(&option.name()),
        values: option
            .values
            .iter()
            .map(|value| OptionValue { key: value.key(), name: localized(&value.name) })
            .collect(),
    });
    Ok(ProductDraft {
        slug: product.slug.clone(),
        name: localized(&product.name),
        description: localized(&product.description),
        category: Some(category.code.clone()),
        collections: product.collections.clone(),
        attributes: attributes.collect(),
        options: options.collect(),
        variants,
        images,
        tags: product.tags.clone(),
        ..ProductDraft::default()
    })
}

async fn set_prices(ctx: &Ctx, variants: &[(Sku, Variant)]) -> Result<()> {
    let currency = ctx.store().currency;
    let money =
        |pence| UnitPrice::from(Money { minor: price_in(currency.code(), pence), currency });
    let drafts = variants
        .iter()
        .map(|(sku, variant)| PriceDraft {
            sku: sku.clone(),
            price: money(variant.price),
            list_price: variant.list_price.map(money),
        })
        .collect();
    goods::add_prices(ctx, drafts).await
}

async fn set_stock(ctx: &Ctx, variants: &[(Sku, Variant)]) -> Result<()> {
    let counts = variants
        .iter()
        .map(|(sku, variant)| StockCount {
            sku: sku.clone(),
            location: None,
            on_hand: variant.stock,
            reason: "imported".to_owned(),
        })
        .collect();
    goods::add_stock(ctx, counts).await
}

fn localized(text: &Text) -> Localized {
    Localized::en(text.en.as_str()).with(Locale::zh_cn(), text.zh.as_str())
}
