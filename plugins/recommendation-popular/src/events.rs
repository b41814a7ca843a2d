//! What the component hears.

use hatchery_sdk::interfaces::order::{
    OrderChanged, OrderImportEnded, OrderPlaced, OrdersImported,
};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::jobs::{count_at_once, count_soon};
use crate::ops::keep_sales::keep_sales;
use crate::service::PopularService;

/// An order was placed.
pub(crate) async fn order_placed(ctx: Ctx, event: OrderPlaced) -> Result<()> {
    let service = ctx.state::<PopularService>()?;
    keep_sales(&ctx, &service.settings, vec![event.id]).await?;
    count_soon(&ctx).await
}

/// An order went on; only a cancelled one changes what was sold.
pub(crate) async fn order_changed(ctx: Ctx, event: OrderChanged) -> Result<()> {
    if event.change != "cancelled" {
        return Ok(());
    }
    db::sale::forget_order(&ctx.db(), event.id).await?;
    count_soon(&ctx).await
}

/// Orders were imported.
pub(crate) async fn orders_imported(ctx: Ctx, event: OrdersImported) -> Result<()> {
    let service = ctx.state::<PopularService>()?;
    keep_sales(&ctx, &service.settings, event.ids).await?;
    count_soon(&ctx).await
}

/// All orders of an import are here.
pub(crate) async fn import_ended(ctx: Ctx, _: OrderImportEnded) -> Result<()> {
    count_at_once(&ctx).await
}
