//! Writes categories by slug.

use std::collections::BTreeMap;

use hatchery_sdk::component::platform::Mother;
use hatchery_sdk::interfaces::catalog::{CategoriesSaved, Category, CategoryDraft, CategoryId};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::category::is_circular;
use crate::domain::{share, slug};
use crate::error::CatalogError;

/// Writes categories, all or none. A parent must be there or in the same change. One that comes from another
/// store is not changed here.
pub(crate) async fn save_categories(ctx: &Ctx, drafts: Vec<CategoryDraft>) -> Result<()> {
    write(ctx, drafts, None).await
}

/// Writes categories that the policy of that name gives, parents first. The store's own stay as they are.
pub(crate) async fn take_categories(
    ctx: &Ctx,
    drafts: Vec<CategoryDraft>,
    share: &str,
) -> Result<()> {
    let stored = db::category::all(&ctx.db()).await?;
    let is_own = |draft: &CategoryDraft| {
        let mut there = stored.iter().filter(|category| category.slug == draft.slug);
        there.any(|category| category.shared_by.as_deref() != Some(share))
    };
    let drafts = drafts.into_iter().filter(|draft| !is_own(draft)).collect();
    write(ctx, drafts, Some(share)).await
}

async fn write(ctx: &Ctx, drafts: Vec<CategoryDraft>, share: Option<&str>) -> Result<()> {
    for draft in &drafts {
        slug::check(&draft.slug)?;
        if draft.name.is_empty() {
            return Err(CatalogError::MissingName { slug: draft.slug.clone() }.into());
        }
    }
    ctx.transaction(|ctx| async move {
        let stored = db::category::all(&ctx.db()).await?;
        let mut parents: BTreeMap<String, Option<String>> = stored
            .iter()
            .map(|category| (category.slug.clone(), category.parent.clone()))
            .collect();
        parents.extend(drafts.iter().map(|draft| (draft.slug.clone(), draft.parent.clone())));
        for draft in &drafts {
            if let Some(parent) =
                draft.parent.as_ref().filter(|parent| !parents.contains_key(*parent))
            {
                return Err(CatalogError::UnknownCategory { slug: parent.clone() }.into());
            }
            if is_circular(&parents, &draft.slug) {
                return Err(CatalogError::CategoryCircle { slug: draft.slug.clone() }.into());
            }
        }
        let changed: Vec<(CategoryId, CategoryDraft)> = drafts
            .into_iter()
            .filter(|draft| {
                !stored.iter().any(|category| {
                    category.slug == draft.slug
                        && category.name == draft.name
                        && category.parent == draft.parent
                        && category.position == draft.position
                })
            })
            .map(|draft| (ctx.new_id(), draft))
            .collect();
        if share.is_none() {
            check_shares(&ctx, &changed, &stored).await?;
        }
        db::category::save(&ctx.db(), &changed, share).await?;
        if !changed.is_empty() {
            let slugs = changed.into_iter().map(|(_, draft)| draft.slug).collect();
            ctx.emit(&CategoriesSaved { slugs }).await?;
        }
        Ok(())
    })
    .await
}

/// What comes from another store is changed there.
async fn check_shares(
    ctx: &Ctx,
    changed: &[(CategoryId, CategoryDraft)],
    stored: &[Category],
) -> Result<()> {
    if stored.iter().all(|category| category.shared_by.is_none()) {
        return Ok(());
    }
    let shares = ctx.get::<dyn Mother>()?.shares(ctx, share::KIND.into()).await?;
    for (_, draft) in changed {
        let known = stored.iter().find(|category| category.slug == draft.slug);
        let by = known.and_then(|category| category.shared_by.as_ref());
        let share = shares.iter().find(|share| Some(&share.name) == by && !share.is_home);
        if let Some(share) = share {
            let (slug, home) = (draft.slug.clone(), share.home.clone());
            return Err(CatalogError::Shared { slug, field: "name".into(), home }.into());
        }
    }
    Ok(())
}
