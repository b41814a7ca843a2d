//! Parts of other components' pages.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::prelude::*;

use crate::db;

/// Below a product: the button, and on how many lists it stands. Subjects are product ids.
pub(crate) async fn after_product(
    ctx: Ctx,
    subjects: Vec<String>,
) -> Result<BTreeMap<String, View>> {
    let products: Vec<ProductId> =
        subjects.iter().filter_map(|subject| subject.parse().ok()).collect();
    let lists = db::item::lists_by_product(&ctx.db(), &products).await?;
    let view = |product: ProductId| {
        let lists = lists.get(&product).copied().unwrap_or_default();
        View::new("wishlist/product.html").with("product_id", product).with("lists", lists)
    };
    Ok(products.iter().map(|product| (product.to_string(), view(*product))).collect())
}
