//! What the customer sees of an order.

use hatchery_sdk::interfaces::common::same_secret;
use hatchery_sdk::interfaces::order::{Order, PaymentStatus};
use hatchery_sdk::interfaces::payment::{PaymentSummary, Payments};
use hatchery_sdk::interfaces::shipping::{Shipment, Shipping};
use hatchery_sdk::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db;
use crate::db::returns::Rma;
use crate::domain::status::{Step, is_possible};
use crate::error::OrderError;

/// An order with its money, shipments and returns, and what can be done with it now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    #[serde(flatten)]
    pub(crate) order: Order,
    /// Its money; absent in a store without payments.
    pub(crate) payment: Option<PaymentSummary>,
    /// What travels.
    pub(crate) shipments: Vec<Shipment>,
    /// What comes back.
    pub(crate) returns: Vec<Rma>,
    /// Whether it can be cancelled now.
    pub(crate) can_cancel: bool,
    /// Whether goods can be sent back now.
    pub(crate) can_return: bool,
    /// Whether the customer may try another payment.
    pub(crate) can_pay: bool,
}

/// The order of a number, if the token is its own.
///
/// # Errors
/// There is none, or the token is wrong: the same error, so that nobody learns which numbers exist.
pub(crate) async fn get_order(ctx: &Ctx, number: &str, token: &str) -> Result<Order> {
    let mut orders = db::order::by_numbers(&ctx.db(), &[number.to_owned()]).await?;
    let order = orders.pop().filter(|order| same_secret(&order.token, token));
    Ok(order.ok_or(OrderError::Unknown)?)
}

/// An order as the customer sees it: internal timeline entries are left out.
pub(crate) async fn view(ctx: &Ctx, mut order: Order) -> Result<OrderView> {
    order.timeline.retain(|entry| entry.public);
    let payment = match ctx.find::<dyn Payments>() {
        Some(payments) => payments.summaries(ctx, vec![order.id]).await?.pop(),
        None => None,
    };
    let shipments = match ctx.find::<dyn Shipping>() {
        Some(shipping) => shipping.shipments(ctx, vec![order.id]).await?,
        None => Vec::new(),
    };
    let returns = db::returns::of_order(&ctx.db(), order.id).await?;
    let can = |step| is_possible(step, order.status, order.fulfillment_status);
    let can_cancel = can(Step::Cancel);
    Ok(OrderView {
        can_cancel,
        can_return: can(Step::RequestReturn),
        can_pay: can_cancel && payment.is_some() && order.payment_status == PaymentStatus::Failed,
        order,
        payment,
        shipments,
        returns,
    })
}
