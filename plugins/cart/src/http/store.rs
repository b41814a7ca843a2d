//! The public API.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{Cart, CartId, CartLineId, Carts};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::ops::get_cart;
use crate::service::CartService;

/// So many of a SKU.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLine {
    /// What.
    sku: Sku,
    /// How many; 1 when absent.
    #[serde(default = "one")]
    quantity: i64,
}

/// How many.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineChange {
    /// 0 removes the line.
    quantity: i64,
}

/// Begins an empty cart.
#[utoipa::path(
    post,
    path = "/api/v1/store/carts",
    tag = "cart",
    responses((status = 201, body = Cart))
)]
pub(crate) async fn create_cart(ctx: Ctx) -> Result<(StatusCode, Json<Cart>)> {
    let cart = ctx.state::<CartService>()?.create(&ctx).await?;
    Ok((StatusCode::CREATED, Json(cart)))
}

/// The cart at the prices of now.
#[utoipa::path(
    get,
    path = "/api/v1/store/carts/{id}",
    tag = "cart",
    params(("id" = uuid::Uuid, Path, description = "The cart")),
    responses((status = 200, body = Cart), (status = 404, description = "No such cart"))
)]
pub(crate) async fn get_cart(ctx: Ctx, Path(id): Path<CartId>) -> Result<Json<Cart>> {
    Ok(Json(get_cart::get_cart(&ctx, id).await?))
}

/// Adds something; a line of the same SKU grows.
#[utoipa::path(
    post,
    path = "/api/v1/store/carts/{id}/lines",
    tag = "cart",
    params(("id" = uuid::Uuid, Path, description = "The cart")),
    request_body = NewLine,
    responses(
        (status = 200, body = Cart),
        (status = 404, description = "No such cart"),
        (status = 409, description = "Not so many in stock, or the cart is closed"),
    )
)]
pub(crate) async fn add_line(
    ctx: Ctx,
    Path(id): Path<CartId>,
    Json(line): Json<NewLine>,
) -> Result<Json<Cart>> {
    let service = ctx.state::<CartService>()?;
    Ok(Json(service.add_line(&ctx, id, line.sku, line.quantity).await?))
}

/// Sets how many of a line.
#[utoipa::path(
    patch,
    path = "/api/v1/store/carts/{id}/lines/{line_id}",
    tag = "cart",
    params(
        ("id" = uuid::Uuid, Path, description = "The cart"),
        ("line_id" = uuid::Uuid, Path, description = "The line"),
    ),
    request_body = LineChange,
    responses(
        (status = 200, body = Cart),
        (status = 404, description = "No such cart or line"),
        (status = 409, description = "Not so many in stock, or the cart is closed"),
    )
)]
pub(crate) async fn change_line(
    ctx: Ctx,
    Path((id, line)): Path<(CartId, CartLineId)>,
    Json(change): Json<LineChange>,
) -> Result<Json<Cart>> {
    let service = ctx.state::<CartService>()?;
    Ok(Json(service.set_quantity(&ctx, id, line, change.quantity).await?))
}

/// Takes a line out.
#[utoipa::path(
    delete,
    path = "/api/v1/store/carts/{id}/lines/{line_id}",
    tag = "cart",
    params(
        ("id" = uuid::Uuid, Path, description = "The cart"),
        ("line_id" = uuid::Uuid, Path, description = "The line"),
    ),
    responses((status = 200, body = Cart), (status = 404, description = "No such cart or line"))
)]
pub(crate) async fn remove_line(
    ctx: Ctx,
    Path((id, line)): Path<(CartId, CartLineId)>,
) -> Result<Json<Cart>> {
    let service = ctx.state::<CartService>()?;
    Ok(Json(service.set_quantity(&ctx, id, line, 0).await?))
}

fn one() -> i64 {
    1
}
