//! Writes categories by slug.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::{CategoriesSaved, CategoryDraft};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::category::is_circular;
use crate::domain::slug;
use crate::error::CatalogError;

/// Writes categories, all or none. A parent must be there or in the same change.
pub(crate) async fn save_categories(ctx: &Ctx, drafts: Vec<CategoryDraft>) -> Result<()> {
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
        let changed: Vec<_> = drafts
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
        db::category::save(&ctx.db(), &changed).await?;
        if !changed.is_empty() {
            let slugs = changed.into_iter().map(|(_, draft)| draft.slug).collect();
            ctx.emit(&CategoriesSaved { slugs }).await?;
        }
        Ok(())
    })
    .await
}
