//! The public API.

use axum::Json;
use axum::extract::Query as UrlQuery;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::inventory::Availability;
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::ops::get_availability;

/// Most SKUs of one request.
const MAX_SKUS: usize = 100;

/// Which SKUs.
#[derive(Deserialize, utoipa::IntoParams)]
pub(crate) struct Skus {
    /// SKUs with commas between.
    skus: String,
}

/// How many of each SKU can be bought now.
#[utoipa::path(
    get,
    path = "/api/v1/store/availability",
    tag = "inventory",
    params(Skus),
    responses((status = 200, body = Page<Availability>))
)]
pub(crate) async fn list_availability(
    ctx: Ctx,
    UrlQuery(Skus { skus }): UrlQuery<Skus>,
) -> Result<Json<Page<Availability>>> {
    let skus: Vec<Sku> = skus
        .split(',')
        .filter(|text| !text.trim().is_empty())
        .map(Sku::new)
        .collect::<Result<_, _>>()?;
    if skus.len() > MAX_SKUS {
        let message = format!("Ask for at most {MAX_SKUS} SKUs at once.");
        return Err(Error::invalid("inventory.too_many_skus", message));
    }
    Ok(Json(Page::last(get_availability::get_availability(&ctx, &skus).await?)))
}
