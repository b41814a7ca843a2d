//! The public API.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse};
use chrono::{DateTime, Utc};
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db;
use crate::http::visit::Visit;
use crate::ops::add_item::add_item as put_on_list;
use crate::ops::read_list::read_list;

/// A product on the visitor's own list.
#[derive(Serialize, ToSchema)]
pub(crate) struct WishlistItem {
    /// What.
    #[schema(value_type = uuid::Uuid)]
    product_id: ProductId,
    /// Since when.
    added_at: DateTime<Utc>,
}

/// What is put on the list.
#[derive(Deserialize, ToSchema)]
pub(crate) struct WishlistAddition {
    /// Id of the product.
    #[schema(value_type = uuid::Uuid)]
    product_id: ProductId,
}

impl From<db::item::Item> for WishlistItem {
    fn from(item: db::item::Item) -> Self {
        Self { product_id: item.product_id, added_at: item.added_at }
    }
}

/// The visitor's own list, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/store/wishlist/items",
    tag = "wishlist",
    responses((status = 200, body = Page<WishlistItem>))
)]
pub(crate) async fn list_items(ctx: Ctx, visit: Visit) -> Result<Json<Page<WishlistItem>>> {
    let list = read_list(&ctx, visit.visitor()).await?;
    Ok(Json(Page::last(list.into_iter().map(WishlistItem::from).collect())))
}

/// Puts a product on the visitor's list; a new visitor gets a cookie.
#[utoipa::path(
    post,
    path = "/api/v1/store/wishlist/items",
    tag = "wishlist",
    request_body = WishlistAddition,
    responses((status = 201, body = WishlistItem))
)]
pub(crate) async fn add_item(
    ctx: Ctx,
    visit: Visit,
    Json(addition): Json<WishlistAddition>,
) -> Result<impl IntoResponse> {
    let (visitor, cookie) = visit.known(&ctx);
    let item = put_on_list(&ctx, &visitor, addition.product_id).await?;
    Ok((StatusCode::CREATED, AppendHeaders(cookie), Json(WishlistItem::from(item))))
}

/// Takes a product off the visitor's list.
#[utoipa::path(
    delete,
    path = "/api/v1/store/wishlist/items/{product_id}",
    tag = "wishlist",
    params(("product_id" = uuid::Uuid, Path, description = "Id of the product")),
    responses((status = 204))
)]
pub(crate) async fn remove_item(
    ctx: Ctx,
    visit: Visit,
    Path(product): Path<ProductId>,
) -> Result<StatusCode> {
    if let Some(visitor) = visit.visitor() {
        let remove = |ctx: Ctx| async move { db::item::delete(&ctx.db(), visitor, product).await };
        ctx.transaction(remove).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
