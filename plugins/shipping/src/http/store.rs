//! The public API.

use axum::Json;
use axum::extract::{Path, Query as UrlQuery};
use hatchery_sdk::interfaces::cart::{CartId, Carts};
use hatchery_sdk::interfaces::shipping::{ShippingLine, ShippingOption, ShippingQuery};
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::ops::list_options;

/// Where it goes, as far as known.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub(crate) struct Destination {
    /// ISO country code; the store's own country when absent.
    country: Option<String>,
    /// Postal code.
    postal_code: Option<String>,
}

/// The ways to ship a cart, cheapest first.
#[utoipa::path(
    get,
    path = "/api/v1/store/carts/{id}/shipping-options",
    tag = "shipping",
    params(("id" = uuid::Uuid, Path, description = "The cart"), Destination),
    responses(
        (status = 200, body = Page<ShippingOption>),
        (status = 404, description = "No such cart"),
    )
)]
pub(crate) async fn list_options(
    ctx: Ctx,
    Path(id): Path<CartId>,
    UrlQuery(destination): UrlQuery<Destination>,
) -> Result<Json<Page<ShippingOption>>> {
    let cart = ctx.get::<dyn Carts>()?.carts(&ctx, vec![id]).await?.pop();
    let cart =
        cart.ok_or_else(|| Error::not_found("cart.unknown", format!("There is no cart '{id}'.")))?;
    let line = |line: &hatchery_sdk::interfaces::cart::CartLine| ShippingLine {
        sku: line.sku.clone(),
        quantity: line.quantity,
        weight_grams: line.weight_grams,
    };
    let query = ShippingQuery {
        country: destination.country,
        postal_code: destination.postal_code,
        lines: cart.lines.iter().map(line).collect(),
        subtotal: cart.totals.subtotal,
    };
    Ok(Json(Page::last(list_options::list_options(&ctx, query).await?)))
}
