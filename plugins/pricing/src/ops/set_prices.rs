//! Sets prices.

use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::pricing::{PriceDraft, PricesChanged};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::price::check;

/// Writes the prices that differ from what is stored, all or none. Of a SKU named twice the last counts.
pub(crate) async fn set_prices(ctx: &Ctx, drafts: Vec<PriceDraft>) -> Result<()> {
    let currency = ctx.store().currency;
    for draft in &drafts {
        check(draft, currency)?;
    }
    ctx.transaction(|ctx| async move {
        let skus: Vec<Sku> = drafts.iter().map(|draft| draft.sku.clone()).collect();
        let stored = db::price::by_skus(&ctx.db(), currency, &skus).await?;
        let last: std::collections::BTreeMap<Sku, PriceDraft> =
            drafts.into_iter().map(|draft| (draft.sku.clone(), draft)).collect();
        let changed: Vec<PriceDraft> = last
            .into_values()
            .filter(|draft| stored.get(&draft.sku).is_none_or(|stored| stored.draft != *draft))
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        db::price::save(&ctx.db(), &changed, ctx.now()).await?;
        let skus = changed.into_iter().map(|draft| draft.sku).collect();
        ctx.emit(&PricesChanged { skus }).await
    })
    .await
}
