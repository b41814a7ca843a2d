//! Recommends what sells best, with how often.

use std::collections::BTreeSet;

use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductId, ProductStatus};
use hatchery_sdk::interfaces::recommendation::{Reason, Recommendation, RecommendationRequest};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::settings::PopularSettings;

const DEFAULT_LIMIT: u32 = 8;
const MAX_LIMIT: u32 = 50;
/// How many are looked at at once; more than are wanted, because some are off sale.
const AT_ONCE: u64 = 100;

/// The active products that sell best, none of those asked from, best first.
pub(crate) async fn recommend(
    ctx: &Ctx,
    settings: &PopularSettings,
    request: RecommendationRequest,
) -> Result<Vec<Recommendation>> {
    let limit = if request.limit == 0 { DEFAULT_LIMIT } else { request.limit.min(MAX_LIMIT) };
    let (limit, mut offset) = (limit as usize, 0);
    let mut found = Vec::new();
    while found.len() < limit {
        let mut best = db::count::best(&ctx.db(), offset, AT_ONCE).await?;
        if best.is_empty() {
            break;
        }
        offset += AT_ONCE;
        best.retain(|(product, _)| !request.products.contains(product));
        let active = active(ctx, best.iter().map(|(product, _)| *product).collect()).await?;
        let there = best.into_iter().filter(|(product, _)| active.contains(product));
        found.extend(there.map(|(product_id, orders)| Recommendation {
            product_id,
            score: orders as f64,
            reason: popular(orders, settings.window_days),
        }));
    }
    found.truncate(limit);
    Ok(found)
}

async fn active(ctx: &Ctx, ids: Vec<ProductId>) -> Result<BTreeSet<ProductId>> {
    let products = ctx.get::<dyn Catalog>()?.products(ctx, ids).await?;
    let is_active = |product: &Product| product.status == ProductStatus::Active;
    Ok(products.into_iter().filter(is_active).map(|product| product.id).collect())
}

fn popular(orders: i64, days: u32) -> Reason {
    let noun = if orders == 1 { "order" } else { "orders" };
    let english = format!("Popular in this store: {orders} {noun} in {days} days");
    Reason {
        kind: "popular".into(),
        text: Localized::en(english)
            .with(Locale::zh_cn(), format!("本店热销：{days} 天内 {orders} 笔订单")),
        because_of: None,
        together: 0,
        of: 0,
    }
}
