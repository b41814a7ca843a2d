//! What a checkout asks besides the goods: how they travel and how they are paid, where anybody does that.

use std::sync::Arc;

use hatchery_sdk::interfaces::payment::Payments;
use hatchery_sdk::interfaces::shipping::Shipping;
use hatchery_sdk::prelude::*;

/// Shipping, when anybody carries. Outside any unit of work.
pub(crate) async fn find_shipping(ctx: &Ctx) -> Result<Option<Arc<dyn Shipping>>> {
    match ctx.find::<dyn Shipping>() {
        Some(shipping) if shipping.is_offered(ctx).await? => Ok(Some(shipping)),
        _ => Ok(None),
    }
}

/// Payments, when anybody takes them. Outside any unit of work.
pub(crate) async fn find_payments(ctx: &Ctx) -> Result<Option<Arc<dyn Payments>>> {
    match ctx.find::<dyn Payments>() {
        Some(payments) if payments.is_offered(ctx).await? => Ok(Some(payments)),
        _ => Ok(None),
    }
}
