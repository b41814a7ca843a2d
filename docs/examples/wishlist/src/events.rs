//! What the component hears.

use hatchery_sdk::interfaces::catalog::ProductsSaved;
use hatchery_sdk::prelude::*;

use crate::ops::drop_products::drop_products;

/// Products were changed.
pub(crate) async fn products_saved(ctx: Ctx, event: ProductsSaved) -> Result<()> {
    drop_products(&ctx, event.ids).await
}
