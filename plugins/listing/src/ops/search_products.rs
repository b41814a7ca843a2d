//! Lists products.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::interfaces::listing::{ListingQuery, ProductCard};
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::Sort;
use hatchery_sdk::types::query::ListParams;

use crate::db;
use crate::db::entry::Scope;
use crate::domain::card::words;

const DEFAULT_LIMIT: u32 = 24;
const MAX_LIMIT: u32 = 100;

/// A page of active products in the context's language.
pub(crate) async fn search_products(ctx: &Ctx, wanted: ListingQuery) -> Result<Page<ProductCard>> {
    let params = ListParams {
        filter: wanted.filter,
        sort: wanted.sort.filter(|sort| !sort.trim().is_empty()),
        limit: Some(wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)),
        cursor: wanted.cursor,
        fields: None,
    };
    let query = params
        .to_query(&db::entry::fields())?
        .default_order([Sort::descending("popularity"), Sort::ascending("name")]);
    let scope = Scope {
        words: words(wanted.q.as_deref().unwrap_or_default()),
        category: wanted.category.filter(|slug| !slug.is_empty()),
        collection: wanted.collection.filter(|slug| !slug.is_empty()),
    };
    db::entry::list(&ctx.db(), &language(ctx), &scope, &query).await
}

/// The cards of those products that are active, in the order asked.
pub(crate) async fn cards(ctx: &Ctx, ids: &[ProductId]) -> Result<Vec<ProductCard>> {
    let mut cards = db::entry::cards(&ctx.db(), &language(ctx), ids).await?;
    Ok(ids.iter().filter_map(|id| cards.remove(id)).collect())
}

/// How many active products each category has, its branches included.
pub(crate) async fn category_counts(ctx: &Ctx) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for (path, products) in db::entry::path_counts(&ctx.db(), &language(ctx)).await? {
        for slug in path.split('/').filter(|slug| !slug.is_empty()) {
            *counts.entry(slug.to_owned()).or_default() += products.unsigned_abs();
        }
    }
    Ok(counts)
}

/// Entries are in the store's languages only.
fn language(ctx: &Ctx) -> Locale {
    let asked = ctx.locale();
    if ctx.store().locales.contains(asked) { asked.clone() } else { ctx.store().locale() }
}
