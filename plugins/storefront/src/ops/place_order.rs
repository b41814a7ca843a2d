//! Places the order of a cart, and finds where the buyer goes next.

use hatchery_sdk::interfaces::cart::CartId;
use hatchery_sdk::interfaces::order::{Order, OrderId, Orders, PlaceOrder};
use hatchery_sdk::interfaces::payment::{NextAction, Payments};
use hatchery_sdk::prelude::*;

use crate::domain::checkout_form::Filled;

/// Places the order. The same cart placed twice gives the same order.
pub(crate) async fn place_order(ctx: &Ctx, cart: CartId, filled: Filled) -> Result<Order> {
    let order = PlaceOrder {
        cart_id: cart,
        email: filled.email,
        shipping_address: Some(filled.shipping_address),
        billing_address: filled.billing_address,
        shipping_method: filled.shipping_method,
        delivery_window: filled.delivery_window,
        tenders: filled.tenders,
    };
    ctx.get::<dyn Orders>()?.place_order(ctx, order).await
}

/// The address a payment of the order sends the buyer to, such as a challenge.
pub(crate) async fn find_redirect(ctx: &Ctx, order: OrderId) -> Result<Option<String>> {
    let Some(payments) = ctx.find::<dyn Payments>() else { return Ok(None) };
    let summaries = payments.summaries(ctx, vec![order]).await?;
    let actions = summaries.into_iter().flat_map(|summary| summary.payments);
    Ok(actions.filter_map(|payment| payment.next_action).find_map(|action| match action {
        NextAction::Redirect { url } => Some(url),
        NextAction::Instructions { .. } => None,
    }))
}

/// The address of the order's page, which only the buyer knows.
pub(crate) fn order_path(order: &Order) -> String {
    format!("/orders/{}?token={}", order.number, order.token)
}
