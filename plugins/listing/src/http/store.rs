//! The public API.

use axum::Json;
use axum::extract::{Path, Query as UrlQuery};
use hatchery_sdk::interfaces::listing::{ListingQuery, ProductCard};
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::ops::get_product::{self, ProductDetail};
use crate::ops::search_products::search_products;

/// What a list is asked for.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub(crate) struct ListRequest {
    /// Words to be found in name, description, tags or SKU.
    q: Option<String>,
    /// Slug of a category; its branches count.
    category: Option<String>,
    /// Slug of a collection.
    collection: Option<String>,
    /// A filter: `price < 1000 AND available = true` (prices in minor units).
    filter: Option<String>,
    /// `-popularity` (the default), `price`, `-price`, `name`, `-created_at`.
    sort: Option<String>,
    /// 1 to 100; 24 when absent.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Products for sale.
#[utoipa::path(
    get,
    path = "/api/v1/store/products",
    tag = "listing",
    params(ListRequest),
    responses(
        (status = 200, body = Page<ProductCard>),
        (status = 422, description = "The filter, the order or the cursor is not understood"),
    )
)]
pub(crate) async fn list_products(
    ctx: Ctx,
    UrlQuery(request): UrlQuery<ListRequest>,
) -> Result<Json<Page<ProductCard>>> {
    let query = ListingQuery {
        q: request.q,
        category: request.category,
        collection: request.collection,
        filter: request.filter,
        sort: request.sort,
        limit: request.limit,
        cursor: request.cursor,
    };
    Ok(Json(search_products(&ctx, query).await?))
}

/// One product, at the price and stock of now.
#[utoipa::path(
    get,
    path = "/api/v1/store/products/{slug}",
    tag = "listing",
    params(("slug" = String, Path, description = "The product's name in addresses")),
    responses((status = 200, body = ProductDetail), (status = 404, description = "No such product"))
)]
pub(crate) async fn get_product(ctx: Ctx, Path(slug): Path<String>) -> Result<Json<ProductDetail>> {
    Ok(Json(get_product::get_product(&ctx, slug).await?))
}
