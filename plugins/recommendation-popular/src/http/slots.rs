//! Parts of other components' pages.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::interfaces::recommendation::{Recommendation, RecommendationRequest};
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::http::store::{cards, in_cart};
use crate::ops::recommend::recommend;
use crate::service::PopularService;

const ON_PAGE: u32 = 4;

/// Below a product: what sells best besides it. Subjects are product ids.
pub(crate) async fn after_product(
    ctx: Ctx,
    subjects: Vec<String>,
) -> Result<BTreeMap<String, View>> {
    let mut views = BTreeMap::new();
    for subject in subjects {
        let Ok(product) = subject.parse() else { continue };
        views.extend(strip(&ctx, "product", vec![product]).await?.map(|view| (subject, view)));
    }
    Ok(views)
}

/// Below a cart: what sells best and is not in it. Subjects are cart ids.
pub(crate) async fn after_cart(ctx: Ctx, subjects: Vec<String>) -> Result<BTreeMap<String, View>> {
    let mut views = BTreeMap::new();
    for subject in subjects {
        let products = in_cart(&ctx, subject.parse().ok()).await?;
        views.extend(strip(&ctx, "cart", products).await?.map(|view| (subject, view)));
    }
    Ok(views)
}

/// On the first page: what sells best.
pub(crate) async fn after_home(ctx: Ctx, subjects: Vec<String>) -> Result<BTreeMap<String, View>> {
    let view = strip(&ctx, "home", Vec::new()).await?;
    Ok(subjects.into_iter().filter_map(|subject| Some((subject, view.clone()?))).collect())
}

async fn strip(ctx: &Ctx, placement: &str, products: Vec<ProductId>) -> Result<Option<View>> {
    let request = RecommendationRequest { placement: placement.into(), products, limit: ON_PAGE };
    let service = ctx.state::<PopularService>()?;
    let found = recommend(ctx, &service.settings, request).await?;
    let mut cards = cards(ctx, &found).await?;
    let card = |found: Recommendation| {
        let card = cards.remove(&found.product_id)?;
        Some(json!({
            "slug": card.slug,
            "name": card.name,
            "image": card.image.map(|url| json!({ "url": url, "alt": card.name })),
            "price": card.price,
            "list_price": card.list_price,
            "price_from": card.price_varies,
            "available": card.available,
            "reason": found.reason.text.get(ctx.locale()),
        }))
    };
    let products: Vec<_> = found.into_iter().filter_map(card).collect();
    if products.is_empty() {
        return Ok(None);
    }
    let strip = json!({ "title_key": "recommendation-popular-title", "products": products });
    Ok(Some(View::new("recommendation-popular/strip.html").with("strip", strip)))
}
