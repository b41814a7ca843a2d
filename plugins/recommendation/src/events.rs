//! What the component hears.

use hatchery_sdk::interfaces::order::{OrderPlaced, OrdersImported};
use hatchery_sdk::prelude::*;

use crate::jobs::learn_soon;

/// An order was placed.
pub(crate) async fn order_placed(ctx: Ctx, _: OrderPlaced) -> Result<()> {
    learn_soon(&ctx).await
}

/// Orders were imported.
pub(crate) async fn orders_imported(ctx: Ctx, _: OrdersImported) -> Result<()> {
    learn_soon(&ctx).await
}
