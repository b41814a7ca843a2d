//! The public API.

use axum::Json;
use axum::extract::Query as UrlQuery;
use hatchery_sdk::interfaces::cart::{CartId, Carts};
use hatchery_sdk::interfaces::catalog::{Catalog, ProductId};
use hatchery_sdk::interfaces::listing::{Listing, ProductCard};
use hatchery_sdk::interfaces::recommendation::{Reason, Recommendation, RecommendationRequest};
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use crate::ops::recommend::recommend;
use crate::service::PopularService;

/// What recommendations are wanted.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub(crate) struct RecommendationParams {
    /// Where they are shown: `product`, `cart`, `home`.
    placement: Option<String>,
    /// Id or slug of the product looked at.
    product: Option<String>,
    /// Id of the cart.
    cart: Option<String>,
    /// 1 to 50; 8 when absent.
    limit: Option<u32>,
}

/// A product that may please, with the reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecommendedProduct {
    /// What.
    #[schema(value_type = uuid::Uuid)]
    product_id: ProductId,
    /// How much; comparable within one answer only.
    score: f64,
    /// Why.
    reason: Reason,
    /// Why, in the language asked for.
    reason_text: String,
    /// Its card, in a store with lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<ProductCard>,
}

/// Products that sell best, best first, each with its reason.
#[utoipa::path(
    get,
    path = "/api/v1/store/recommendations",
    tag = "recommendation",
    params(RecommendationParams),
    responses((status = 200, body = Page<RecommendedProduct>))
)]
pub(crate) async fn list_recommendations(
    ctx: Ctx,
    UrlQuery(params): UrlQuery<RecommendationParams>,
) -> Result<Json<Page<RecommendedProduct>>> {
    let mut products = Vec::new();
    let mut placement = "home";
    if let Some(cart) = params.cart.as_deref() {
        placement = "cart";
        products.extend(in_cart(&ctx, cart.parse().ok()).await?);
    }
    if let Some(product) = params.product.as_deref() {
        placement = "product";
        products.extend(find_product(&ctx, product).await?);
    }
    let request = RecommendationRequest {
        placement: params.placement.unwrap_or_else(|| placement.to_owned()),
        products,
        limit: params.limit.unwrap_or_default(),
    };
    let service = ctx.state::<PopularService>()?;
    let found = recommend(&ctx, &service.settings, request).await?;
    let mut cards = cards(&ctx, &found).await?;
    let item = |found: Recommendation| RecommendedProduct {
        product_id: found.product_id,
        score: found.score,
        reason_text: found.reason.text.get(ctx.locale()).to_owned(),
        reason: found.reason,
        product: cards.remove(&found.product_id),
    };
    Ok(Json(Page::last(found.into_iter().map(item).collect())))
}

/// The products in a cart.
pub(crate) async fn in_cart(ctx: &Ctx, cart: Option<CartId>) -> Result<Vec<ProductId>> {
    let (Some(carts), Some(cart)) = (ctx.find::<dyn Carts>(), cart) else { return Ok(Vec::new()) };
    let carts = carts.carts(ctx, vec![cart]).await?;
    Ok(carts.iter().flat_map(|cart| &cart.lines).map(|line| line.product_id).collect())
}

/// The cards of recommended products, where there is `listing`.
pub(crate) async fn cards(
    ctx: &Ctx,
    found: &[Recommendation],
) -> Result<BTreeMap<ProductId, ProductCard>> {
    let Some(listing) = ctx.find::<dyn Listing>() else { return Ok(BTreeMap::new()) };
    let ids = found.iter().map(|found| found.product_id).collect();
    let cards = listing.cards(ctx, ids).await?;
    Ok(cards.into_iter().map(|card| (card.id, card)).collect())
}

async fn find_product(ctx: &Ctx, product: &str) -> Result<Option<ProductId>> {
    if let Ok(id) = product.parse() {
        return Ok(Some(id));
    }
    let found = ctx.get::<dyn Catalog>()?.products_by_slug(ctx, vec![product.to_owned()]).await?;
    Ok(found.first().map(|product| product.id))
}
