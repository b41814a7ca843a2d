//! The public API.

use axum::Json;
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
pub(crate) struct __Name__Item {
    /// What.
    #[schema(value_type = uuid::Uuid)]
    product_id: ProductId,
    /// Since when.
    added_at: DateTime<Utc>,
}

/// What is put on the list.
#[derive(Deserialize, ToSchema)]
pub(crate) struct __Name__Addition {
    /// Id of the product.
    #[schema(value_type = uuid::Uuid)]
    product_id: ProductId,
}

impl From<db::item::Item> for __Name__Item {
    fn from(item: db::item::Item) -> Self {
        Self { product_id: item.product_id, added_at: item.added_at }
    }
}

/// The visitor's own list, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/store/__id__/items",
    tag = "__id__",
    responses((status = 200, body = Page<__Name__Item>))
)]
pub(crate) async fn list_items(ctx: Ctx, visit: Visit) -> Result<Json<Page<__Name__Item>>> {
    let list = read_list(&ctx, visit.visitor()).await?;
    Ok(Json(Page::last(list.into_iter().map(__Name__Item::from).collect())))
}

/// Puts a product on the visitor's list; a new visitor gets a cookie.
#[utoipa::path(
    post,
    path = "/api/v1/store/__id__/items",
    tag = "__id__",
    request_body = __Name__Addition,
    responses((status = 201, body = __Name__Item))
)]
pub(crate) async fn add_item(
    ctx: Ctx,
    visit: Visit,
    Json(addition): Json<__Name__Addition>,
) -> Result<impl IntoResponse> {
    let (visitor, cookie) = visit.known(&ctx);
    let item = put_on_list(&ctx, &visitor, addition.product_id).await?;
    Ok((StatusCode::CREATED, AppendHeaders(cookie), Json(__Name__Item::from(item))))
}
