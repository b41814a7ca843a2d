//! Lists products as cards: from the listing when there is one, else from the catalog, with fewer orders
//! and filters.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{Catalog, Product};
use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::listing::Listing;
use hatchery_sdk::interfaces::pricing::Pricing;
use hatchery_sdk::prelude::*;

use crate::domain::card::Card;
use crate::domain::list_request::{ListParameters, Scope};
use crate::ops::read_navigation;

/// Most products of a collection that the catalog alone is searched for.
const MOST_SEARCHED: usize = 2_000;

/// A page of products.
pub(crate) async fn list_products(
    ctx: &Ctx,
    scope: &Scope,
    parameters: &ListParameters,
    limit: u32,
) -> Result<Page<Card>> {
    let currency = ctx.store().currency;
    match ctx.find::<dyn Listing>() {
        Some(listing) => {
            let query = parameters.listing_query(scope, currency, limit);
            let page = listing.search(ctx, query).await?;
            let items = page.items.into_iter().map(Card::from).collect();
            Ok(Page { items, next_cursor: page.next_cursor })
        }
        None => from_catalog(ctx, scope, parameters, limit).await,
    }
}

/// Cards of the catalog's products, with prices and stock of now as far as there are such components.
pub(crate) async fn cards(ctx: &Ctx, products: &[Product]) -> Result<Vec<Card>> {
    let skus: Vec<Sku> =
        products.iter().flat_map(|product| &product.variants).map(|v| v.sku.clone()).collect();
    let prices = match ctx.find::<dyn Pricing>() {
        Some(pricing) => pricing.prices(ctx, skus.clone()).await?,
        None => Vec::new(),
    };
    let prices: BTreeMap<_, _> = prices.iter().map(|price| (&price.sku, price)).collect();
    let stock = match ctx.find::<dyn Inventory>() {
        Some(inventory) => Some(inventory.availability(ctx, skus).await?),
        None => None,
    };
    let can_be_bought = |product: &Product| {
        let known = stock.as_ref()?;
        let of_product = |sku: &Sku| product.variants.iter().any(|variant| variant.sku == *sku);
        let left = |count: Option<i64>| count.is_none_or(|count| count > 0);
        Some(known.iter().any(|level| of_product(&level.sku) && left(level.available)))
    };
    let card = |product: &Product| {
        let own: Vec<_> =
            product.variants.iter().filter_map(|v| prices.get(&v.sku).copied()).collect();
        Card::of(product, ctx.locale(), &own, can_be_bought(product))
    };
    Ok(products.iter().map(card).collect())
}

async fn from_catalog(
    ctx: &Ctx,
    scope: &Scope,
    parameters: &ListParameters,
    limit: u32,
) -> Result<Page<Card>> {
    let catalog = ctx.get::<dyn Catalog>()?;
    let mut query = Query::<Product>::new().filter(Product::STATUS.eq("active"));
    if let Some(words) = parameters.words() {
        query = query.filter(Product::NAME.contains(words));
    }
    if let Some(category) = &scope.category {
        let categories = read_navigation::categories(ctx).await?;
        let slugs = read_navigation::with_branches(&categories, category);
        query = query.filter(Product::CATEGORY.is_in(slugs));
    }
    query = match parameters.sort.as_str() {
        "name" => query.order_by(Product::NAME.asc()),
        _ => query.order_by(Product::CREATED_AT.desc()),
    };
    if let Some(collection) = &scope.collection {
        let found = collected(ctx, query, collection, limit as usize).await?;
        return Ok(Page { items: cards(ctx, &found).await?, next_cursor: None });
    }
    query = query.limit(limit);
    if !parameters.cursor.is_empty() {
        query = query.after(parameters.cursor.clone());
    }
    let page = catalog.list_products(ctx, query).await?;
    Ok(Page { items: cards(ctx, &page.items).await?, next_cursor: page.next_cursor })
}

/// The first products of a collection. The catalog cannot be asked for a collection's products, so its
/// pages are looked through.
async fn collected(
    ctx: &Ctx,
    query: Query<Product>,
    collection: &str,
    limit: usize,
) -> Result<Vec<Product>> {
    let catalog = ctx.get::<dyn Catalog>()?;
    let (mut found, mut searched) = (Vec::new(), 0);
    let mut query = query.limit(500);
    loop {
        let page = catalog.list_products(ctx, query.clone()).await?;
        searched += page.items.len();
        let member = |product: &Product| product.collections.iter().any(|slug| slug == collection);
        found.extend(page.items.into_iter().filter(member));
        match page.next_cursor {
            Some(cursor) if found.len() < limit && searched < MOST_SEARCHED => {
                query = query.after(cursor);
            }
            _ => break,
        }
    }
    found.truncate(limit);
    Ok(found)
}
