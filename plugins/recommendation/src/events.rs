//! What the component hears.

use hatchery_sdk::interfaces::order::{OrderImportEnded, OrderPlaced, OrdersImported};
use hatchery_sdk::prelude::*;

use crate::jobs::{learn_at_once, learn_soon};

/// An order was placed.
pub(crate) async fn order_placed(ctx: Ctx, _: OrderPlaced) -> Result<()> {
    learn_soon(&ctx).await
}

/// Orders were imported.
pub(crate) async fn orders_imported(ctx: Ctx, _: OrdersImported) -> Result<()> {
    learn_soon(&ctx).await
}

/// All orders of an import are here.
pub(crate) async fn import_ended(ctx: Ctx, _: OrderImportEnded) -> Result<()> {
    learn_at_once(&ctx).await
}
