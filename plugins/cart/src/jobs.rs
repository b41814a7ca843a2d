//! When the component wakes.

use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::ops::forget_carts::forget_carts;
use crate::service::CartService;

/// Daily: forgets old carts.
pub(crate) async fn forget(ctx: Ctx, _: Value) -> Result<()> {
    let service = ctx.state::<CartService>()?;
    forget_carts(&ctx, &service.settings).await
}
