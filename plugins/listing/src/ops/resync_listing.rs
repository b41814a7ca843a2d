//! Rebuilds all entries from the other components.

use hatchery_sdk::interfaces::catalog::{Catalog, Product, ProductStatus};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::ops::count_orders::count_all;
use crate::ops::refresh_products::write;

const PRODUCTS: u32 = 200;

/// Clears and fills again, page by page, so that buyers never wait for it long.
pub(crate) async fn resync_listing(ctx: Ctx, progress: Progress) -> Result<()> {
    let clear = |ctx: Ctx| async move {
        db::entry::clear(&ctx.db()).await?;
        db::sku::clear_orders(&ctx.db()).await
    };
    ctx.transaction(clear).await?;
    let catalog = ctx.get::<dyn Catalog>()?;
    let active = Product::STATUS.eq("active");
    let mut query = Query::<Product>::new().filter(active).limit(PRODUCTS);
    let mut done = 0;
    loop {
        let page = catalog.list_products(&ctx, query.clone()).await?;
        done += page.items.len() as u64;
        let products: Vec<Product> = page
            .items
            .into_iter()
            .filter(|product| product.status == ProductStatus::Active)
            .collect();
        ctx.transaction(|ctx| async move { write(&ctx, &products).await }).await?;
        progress.report(done, None, "products");
        match page.next_cursor {
            Some(cursor) => query = query.after(cursor),
            None => break,
        }
    }
    count_all(&ctx, &progress).await
}
