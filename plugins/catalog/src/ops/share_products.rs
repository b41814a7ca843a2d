//! Products that stores share: gives its own, takes those of another store.

use std::collections::BTreeMap;

use hatchery_sdk::component::sharing::{Batch, Given, SharedRecord, Untaken, Wanted};
use hatchery_sdk::interfaces::catalog::{
    CategoriesSaved, Category, CategoryDraft, Product, ProductDraft, ProductId, ProductsSaved,
};
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::db;
use crate::domain::{category, share};
use crate::error::CatalogError;
use crate::ops::save_categories::take_categories;
use crate::ops::save_products::take_products;

/// What an event tells of.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    Products(ProductsSaved),
    Categories(CategoriesSaved),
}

/// Products as other stores may have them.
pub(crate) async fn give(ctx: &Ctx, wanted: Wanted) -> Result<Given> {
    let categories = db::category::all(&ctx.db()).await?;
    let (products, next) = match wanted {
        Wanted::All { after, limit } => {
            let query = Query::<Product>::new().limit(limit);
            let query = match after {
                Some(after) => query.after(after),
                None => query,
            };
            let page = db::product::list(&ctx.db(), &query).await?;
            (page.items, page.next_cursor)
        }
        Wanted::Changed(events) => (told(ctx, events, &categories).await?, None),
    };
    let records =
        products.iter().map(|product| share::record(&db::product::as_draft(product), &categories));
    Ok(Given { records: records.collect::<Result<_>>()?, next })
}

async fn told(
    ctx: &Ctx,
    events: Vec<serde_json::Value>,
    categories: &[Category],
) -> Result<Vec<Product>> {
    let mut ids = Vec::new();
    for event in events {
        match serde_json::from_value(event)? {
            Told::Products(saved) => ids.extend(saved.ids),
            Told::Categories(saved) => {
                // One product brings its categories along.
                for slug in saved.slugs {
                    ids.extend(one_below(ctx, &slug, categories).await?);
                }
            }
        }
    }
    ids.sort();
    ids.dedup();
    db::product::by_ids(&ctx.db(), &ids).await
}

/// A product in a category or below it, if there is one.
async fn one_below(ctx: &Ctx, slug: &str, categories: &[Category]) -> Result<Option<ProductId>> {
    let is_below =
        |it: &&Category| category::path(categories, &it.slug).iter().any(|it| it == slug);
    for category in categories.iter().filter(is_below) {
        let query = Query::new().filter(Product::CATEGORY.eq(category.slug.as_str())).limit(1);
        if let Some(product) = db::product::list(&ctx.db(), &query).await?.items.pop() {
            return Ok(Some(product.id));
        }
    }
    Ok(None)
}

/// Takes products of another store.
pub(crate) async fn take(ctx: &Ctx, batch: Batch) -> Result<Vec<Untaken>> {
    let Batch { share, records, .. } = batch;
    ctx.transaction(|ctx| async move {
        let (share, records) = (share.as_str(), &records);
        let together =
            ctx.savepoint(|ctx| async move { take_all(&ctx, share, records).await }).await;
        match together {
            Ok(()) => return Ok(Vec::new()),
            Err(error) if !is_refusal(&error) => return Err(error),
            Err(_) => {}
        }
        // One of them does not fit: the others do.
        let mut untaken = Vec::new();
        for record in records {
            let one = std::slice::from_ref(record);
            let alone = ctx.savepoint(|ctx| async move { take_all(&ctx, share, one).await }).await;
            match alone {
                Ok(()) => {}
                Err(error) if is_refusal(&error) => {
                    let (key, reason) = (record.key.clone(), error.message().to_owned());
                    untaken.push(Untaken { key, reason });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(untaken)
    })
    .await
}

fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), Kind::Invalid | Kind::Conflict)
}

async fn take_all(ctx: &Ctx, share: &str, records: &[SharedRecord]) -> Result<()> {
    let mut categories: Vec<CategoryDraft> = Vec::new();
    for record in records {
        for category in share::categories(record)? {
            if categories.iter().all(|known| known.slug != category.slug) {
                categories.push(category);
            }
        }
    }
    take_categories(ctx, categories, share).await?;
    let slugs: Vec<String> = records.iter().map(|record| record.key.clone()).collect();
    let stored = db::product::by_slugs(&ctx.db(), &slugs).await?;
    let mut stored: BTreeMap<&str, &Product> =
        stored.iter().map(|product| (product.slug.as_str(), product)).collect();
    let mut drafts: Vec<ProductDraft> = Vec::new();
    for record in records {
        let known = stored.remove(record.key.as_str());
        let is_own = known.is_some_and(|product| product.shared_by.as_deref() != Some(share));
        let known = known.map(db::product::as_draft);
        if let Some(own) = known.as_ref().filter(|_| is_own)
            && !share::is_same(own, record)?
        {
            return Err(CatalogError::OwnProduct { slug: record.key.clone() }.into());
        }
        drafts.extend(share::taken(known, record)?);
    }
    take_products(ctx, drafts, share).await
}

/// What the policy gave is the store's own from now on.
pub(crate) async fn release(ctx: &Ctx, share: String) -> Result<()> {
    ctx.transaction(|ctx| async move {
        db::product::release(&ctx.db(), &share).await?;
        db::category::release(&ctx.db(), &share).await
    })
    .await
}
