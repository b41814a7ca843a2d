//! What the component hears.

use hatchery_sdk::interfaces::order::{OrderChanged, OrderPlaced};
use hatchery_sdk::prelude::*;

use crate::ops::notify_order;

/// An order was placed.
pub(crate) async fn order_placed(ctx: Ctx, event: OrderPlaced) -> Result<()> {
    notify_order::placed(&ctx, event.id).await
}

/// An order went on.
pub(crate) async fn order_changed(ctx: Ctx, event: OrderChanged) -> Result<()> {
    notify_order::changed(&ctx, event.id, &event.change).await
}
