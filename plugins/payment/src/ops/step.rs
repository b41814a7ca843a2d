//! What every change of a payment shares: read it, change it, write it, tell of it.

use hatchery_sdk::component::platform::Throttle;
use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::interfaces::payment::{PaymentChanged, PaymentId};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::payment::StoredPayment;
use crate::domain::summary;
use crate::error::PaymentError;

/// How often a change is tried when others change the same payment at the same moment.
const TRIES: usize = 5;

/// Code of the error when somebody else changed the payment meanwhile.
const CHANGED: &str = "payment.changed_meanwhile";

/// A payment after a change, and whether there was one.
pub(crate) struct Recorded {
    pub(crate) payment: StoredPayment,
    pub(crate) changed: bool,
}

/// Changes a payment in a unit of work, on its newest state. `change` tells whether it did anything, and
/// may be asked several times.
pub(crate) async fn record<F>(ctx: &Ctx, id: PaymentId, change: F) -> Result<Recorded>
where
    F: Fn(&mut StoredPayment) -> Result<bool, PaymentError> + Send + Sync,
{
    let change = &change;
    let mut tries = 1;
    loop {
        let changed = ctx.transaction(|ctx| async move {
            let mut payment = get(&ctx, id).await?;
            let changed = change(&mut payment)?;
            if changed {
                write(&ctx, &payment).await?;
            }
            Ok(Recorded { payment, changed })
        });
        match changed.await {
            Err(error) if may_try_again(ctx, &error) && tries < TRIES => tries += 1,
            result => return result,
        }
    }
}

/// A collision that the database tells of has ended the unit of work, so inside of one only its owner may begin
/// anew. One that we see ourselves has not.
fn may_try_again(ctx: &Ctx, error: &Error) -> bool {
    error.kind() == Kind::Retry && (error.code() == CHANGED || ctx.unit().is_none())
}

/// The payment, or the error that there is none.
pub(crate) async fn get(ctx: &Ctx, id: PaymentId) -> Result<StoredPayment> {
    Ok(db::payment::by_id(&ctx.db(), id).await?.ok_or(PaymentError::Unknown)?)
}

/// Writes a changed payment and emits `payment.changed.v1`. Inside a unit of work.
pub(crate) async fn write(ctx: &Ctx, payment: &StoredPayment) -> Result<()> {
    if !db::payment::update(&ctx.db(), payment).await? {
        let message = "The payment changed at the same moment. Please look at it again.";
        return Err(Error::new(Kind::Retry, CHANGED, message));
    }
    tell(ctx, payment.order_id).await
}

/// Emits how far the payments of an order are. Inside a unit of work.
pub(crate) async fn tell(ctx: &Ctx, order_id: OrderId) -> Result<()> {
    let payments = db::payment::of_order(&ctx.db(), order_id).await?;
    ctx.emit(&PaymentChanged { order_id, status: summary::status(&payments) }).await
}

/// The key under which failed payments of an order are counted. A cart becomes one order, so this counts
/// per cart.
pub(crate) fn throttle_key(order_id: OrderId) -> String {
    format!("payment.order:{order_id}")
}

/// Counts a failed payment. A success does not reset the count: an order of several payments could use
/// one good card to try many others.
pub(crate) async fn count_failure(ctx: &Ctx, order_id: OrderId) -> Result<()> {
    ctx.get::<dyn Throttle>()?.failed(ctx, throttle_key(order_id)).await
}
