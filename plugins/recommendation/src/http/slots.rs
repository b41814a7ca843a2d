//! Parts of other components' pages.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::interfaces::recommendation::RecommendationRequest;
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::http::store::{cards, in_cart};
use crate::ops::recommend::recommend;

const ON_PAGE: u32 = 4;

/// Below a product: what is bought together with it. Subjects are product ids.
pub(crate) async fn after_product(
    ctx: Ctx,
    subjects: Vec<String>,
) -> Result<BTreeMap<String, View>> {
    let mut views = BTreeMap::new();
    for subject in subjects {
        let Ok(product) = subject.parse() else { continue };
        let title = "recommendation-bought-together";
        if let Some(view) = strip(&ctx, "product", vec![product], title).await? {
            views.insert(subject, view);
        }
    }
    Ok(views)
}

/// Below a cart: what goes with what is in it. Subjects are cart ids.
pub(crate) async fn after_cart(ctx: Ctx, subjects: Vec<String>) -> Result<BTreeMap<String, View>> {
    let mut views = BTreeMap::new();
    for subject in subjects {
        let products = in_cart(&ctx, subject.parse().ok()).await?;
        let title = "recommendation-goes-with-cart";
        if let Some(view) = strip(&ctx, "cart", products, title).await? {
            views.insert(subject, view);
        }
    }
    Ok(views)
}

/// On the first page: what others like.
pub(crate) async fn after_home(ctx: Ctx, subjects: Vec<String>) -> Result<BTreeMap<String, View>> {
    let mut views = BTreeMap::new();
    for subject in subjects {
        if let Some(view) = strip(&ctx, "home", Vec::new(), "recommendation-liked").await? {
            views.insert(subject, view);
        }
    }
    Ok(views)
}

async fn strip(
    ctx: &Ctx,
    placement: &str,
    products: Vec<ProductId>,
    title: &str,
) -> Result<Option<View>> {
    let request = RecommendationRequest { placement: placement.into(), products, limit: ON_PAGE };
    let found = recommend(ctx, request).await?;
    let mut cards = cards(ctx, &found).await?;
    let products: Vec<_> = found
        .into_iter()
        .filter_map(|found| {
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
        })
        .collect();
    if products.is_empty() {
        return Ok(None);
    }
    let strip = json!({ "title_key": title, "products": products });
    Ok(Some(View::new("recommendation/strip.html").with("strip", strip)))
}
