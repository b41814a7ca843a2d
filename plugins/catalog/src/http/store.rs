//! The public API.

use axum::Json;
use hatchery_sdk::interfaces::catalog::{Category, Collection};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::ops::list_products;

/// The tree of categories, parents before children.
#[utoipa::path(
    get,
    path = "/api/v1/store/categories",
    tag = "catalog",
    responses((status = 200, body = Page<Category>))
)]
pub(crate) async fn list_categories(ctx: Ctx) -> Result<Json<Page<Category>>> {
    Ok(Json(Page::last(list_products::categories(&ctx).await?)))
}

/// The collections, such as featured products and specials.
#[utoipa::path(
    get,
    path = "/api/v1/store/collections",
    tag = "catalog",
    responses((status = 200, body = Page<Collection>))
)]
pub(crate) async fn list_collections(ctx: Ctx) -> Result<Json<Page<Collection>>> {
    Ok(Json(Page::last(db::collection::all(&ctx.db()).await?)))
}
