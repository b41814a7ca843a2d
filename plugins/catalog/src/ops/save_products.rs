//! Writes products by slug, all or none.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::component::platform::Mother;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::{
    Product, ProductDraft, ProductId, ProductsSaved, SavedProduct,
};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::product::normalize;
use crate::domain::share;
use crate::error::CatalogError;

/// Writes the drafts whose content differs from what is stored, and emits one event for them. What another
/// store keeps of a shared product is not changed here.
pub(crate) async fn save_products(
    ctx: &Ctx,
    drafts: Vec<ProductDraft>,
) -> Result<Vec<SavedProduct>> {
    write(ctx, drafts, None).await
}

/// The same, as what the policy of that name gives.
pub(crate) async fn take_products(ctx: &Ctx, drafts: Vec<ProductDraft>, share: &str) -> Result<()> {
    write(ctx, drafts, Some(share)).await.map(drop)
}

async fn write(
    ctx: &Ctx,
    drafts: Vec<ProductDraft>,
    share: Option<&str>,
) -> Result<Vec<SavedProduct>> {
    let drafts = normalize(drafts)?;
    ctx.transaction(|ctx| async move {
        check_references(&ctx, &drafts).await?;
        let slugs: Vec<String> = drafts.iter().map(|draft| draft.slug.clone()).collect();
        let stored: BTreeMap<String, Product> = db::product::by_slugs(&ctx.db(), &slugs)
            .await?
            .into_iter()
            .map(|product| (product.slug.clone(), product))
            .collect();
        if share.is_none() {
            check_shares(&ctx, &drafts, &stored).await?;
        }
        let now = ctx.now();
        let (mut writes, mut saved) = (Vec::new(), Vec::new());
        for draft in drafts {
            let known = stored.get(&draft.slug);
            let id = known.map_or_else(|| ctx.new_id(), |product| product.id);
            let is_new_to_share = share.is_some_and(|share| {
                known.is_some_and(|product| product.shared_by.as_deref() != Some(share))
            });
            let changed = is_new_to_share
                || known.is_none_or(|product| db::product::as_draft(product) != draft);
            saved.push(SavedProduct {
                id,
                slug: draft.slug.clone(),
                created: known.is_none(),
                changed,
            });
            if changed {
                let before = known.and_then(|product| product.shared_by.clone());
                let mark = db::product::Mark {
                    created_at: known.map_or(now, |product| product.created_at),
                    updated_at: now,
                    version: known.map_or(1, |product| product.version + 1),
                    shared_by: share.map(str::to_owned).or(before),
                };
                writes.push((id, draft, mark));
            }
        }
        check_owners(&ctx, &writes).await?;
        db::product::save(&ctx.db(), &writes).await?;
        if !writes.is_empty() {
            ctx.emit(&ProductsSaved { ids: writes.iter().map(|(id, ..)| *id).collect() }).await?;
        }
        Ok(saved)
    })
    .await
}

/// What comes from another store is changed there.
async fn check_shares(
    ctx: &Ctx,
    drafts: &[ProductDraft],
    stored: &BTreeMap<String, Product>,
) -> Result<()> {
    if stored.values().all(|product| product.shared_by.is_none()) {
        return Ok(());
    }
    let shares = ctx.get::<dyn Mother>()?.shares(ctx, share::KIND.into()).await?;
    for draft in drafts {
        let Some(known) = stored.get(&draft.slug) else { continue };
        let by = shares.iter().find(|share| Some(&share.name) == known.shared_by.as_ref());
        let Some(share) = by.filter(|share| !share.is_home) else { continue };
        if let Some(field) = share::changed(&db::product::as_draft(known), draft, &share.locked)? {
            let (slug, home) = (draft.slug.clone(), share.home.clone());
            return Err(CatalogError::Shared { slug, field, home }.into());
        }
    }
    Ok(())
}

/// Categories and collections that drafts name must be there.
async fn check_references(ctx: &Ctx, drafts: &[ProductDraft]) -> Result<()> {
    if drafts.iter().any(|draft| draft.category.is_some()) {
        let categories = db::category::all(&ctx.db()).await?;
        let known: BTreeSet<&str> =
            categories.iter().map(|category| category.slug.as_str()).collect();
        for slug in drafts.iter().filter_map(|draft| draft.category.as_ref()) {
            if !known.contains(slug.as_str()) {
                return Err(CatalogError::UnknownCategory { slug: slug.clone() }.into());
            }
        }
    }
    if drafts.iter().any(|draft| !draft.collections.is_empty()) {
        let collections = db::collection::all(&ctx.db()).await?;
        let known: BTreeSet<&str> =
            collections.iter().map(|collection| collection.slug.as_str()).collect();
        for slug in drafts.iter().flat_map(|draft| &draft.collections) {
            if !known.contains(slug.as_str()) {
                return Err(CatalogError::UnknownCollection { slug: slug.clone() }.into());
            }
        }
    }
    Ok(())
}

/// A SKU belongs to one product; moving it takes two changes.
async fn check_owners(
    ctx: &Ctx,
    writes: &[(ProductId, ProductDraft, db::product::Mark)],
) -> Result<()> {
    let wanted: BTreeMap<&Sku, ProductId> = writes
        .iter()
        .flat_map(|(id, draft, _)| draft.variants.iter().map(move |variant| (&variant.sku, *id)))
        .collect();
    let skus: Vec<Sku> = wanted.keys().map(|sku| (*sku).clone()).collect();
    for (sku, owner) in db::product::owners(&ctx.db(), &skus).await? {
        if wanted.get(&sku) != Some(&owner) {
            let other = db::product::by_ids(&ctx.db(), &[owner]).await?;
            let slug = other.into_iter().next().map(|product| product.slug).unwrap_or_default();
            return Err(CatalogError::SkuTaken { sku, slug }.into());
        }
    }
    Ok(())
}
