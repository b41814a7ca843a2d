//! What the component hears.

use hatchery_sdk::interfaces::payment::PaymentChanged;
use hatchery_sdk::prelude::*;

use crate::ops::apply_payment::apply_payment;

/// The money of an order changed: the order follows.
pub(crate) async fn payment_changed(ctx: Ctx, event: PaymentChanged) -> Result<()> {
    match apply_payment(&ctx, event.order_id).await {
        Err(error) if error.kind() == Kind::NotFound => Ok(()),
        result => result.map(drop),
    }
}
