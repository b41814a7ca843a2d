//! Parts of other components' pages.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::prelude::*;

use crate::db;

/// Below a product: on how many lists it stands. Subjects are product ids.
pub(crate) async fn after_product(
    ctx: Ctx,
    subjects: Vec<String>,
) -> Result<BTreeMap<String, View>> {
    let products: Vec<ProductId> =
        subjects.iter().filter_map(|subject| subject.parse().ok()).collect();
    let lists = db::item::lists_by_product(&ctx.db(), &products).await?;
    let view = |lists: i64| View::new("__id__/product.html").with("lists", lists);
    Ok(lists.into_iter().map(|(product, lists)| (product.to_string(), view(lists))).collect())
}
