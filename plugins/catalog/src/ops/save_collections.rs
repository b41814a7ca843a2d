//! Writes collections by slug.

use hatchery_sdk::interfaces::catalog::{CategoriesSaved, CollectionDraft};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::slug;
use crate::error::CatalogError;

/// Writes collections, all or none.
pub(crate) async fn save_collections(ctx: &Ctx, drafts: Vec<CollectionDraft>) -> Result<()> {
    for draft in &drafts {
        slug::check(&draft.slug)?;
        if draft.name.is_empty() {
            return Err(CatalogError::MissingName { slug: draft.slug.clone() }.into());
        }
    }
    ctx.transaction(|ctx| async move {
        let stored = db::collection::all(&ctx.db()).await?;
        let changed: Vec<_> = drafts
            .into_iter()
            .filter(|draft| {
                !stored.iter().any(|collection| {
                    collection.slug == draft.slug
                        && collection.name == draft.name
                        && collection.description == draft.description
                        && collection.position == draft.position
                })
            })
            .map(|draft| (ctx.new_id(), draft))
            .collect();
        db::collection::save(&ctx.db(), &changed).await?;
        if !changed.is_empty() {
            let slugs = changed.into_iter().map(|(_, draft)| draft.slug).collect();
            ctx.emit(&CategoriesSaved { slugs }).await?;
        }
        Ok(())
    })
    .await
}
