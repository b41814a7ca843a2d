//! What the component hears.

use hatchery_sdk::interfaces::order::{OrderChanged, OrderPlaced, OrdersImported};
use hatchery_sdk::prelude::*;

use crate::ops::grow_files::grow_files;

/// An order was placed.
pub(crate) async fn order_placed(ctx: Ctx, event: OrderPlaced) -> Result<()> {
    grow_files(&ctx, vec![event.id]).await
}

/// Orders were imported.
pub(crate) async fn orders_imported(ctx: Ctx, event: OrdersImported) -> Result<()> {
    grow_files(&ctx, event.ids).await
}

/// A cancelled order no longer counts.
pub(crate) async fn order_changed(ctx: Ctx, event: OrderChanged) -> Result<()> {
    if event.change == "cancelled" { grow_files(&ctx, vec![event.id]).await } else { Ok(()) }
}
