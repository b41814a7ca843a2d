//! Tells beforehand what an order would cost.

use hatchery_sdk::interfaces::PostalAddress;
use hatchery_sdk::interfaces::cart::CartId;
use hatchery_sdk::interfaces::order::OrderQuote;
use hatchery_sdk::prelude::*;

use crate::ops::price_cart::{choose_shipping, get_cart, price};

/// What the order of a cart would cost, as far as address and shipping method are known.
pub(crate) async fn quote_order(
    ctx: &Ctx,
    cart_id: CartId,
    address: Option<PostalAddress>,
    shipping_method: Option<String>,
) -> Result<OrderQuote> {
    let cart = get_cart(ctx, cart_id).await?;
    let shipping = match shipping_method {
        Some(code) => choose_shipping(ctx, &cart, address.as_ref(), &code).await?,
        None => None,
    };
    let priced = price(ctx, cart, address.as_ref(), shipping).await?;
    Ok(OrderQuote {
        subtotal: priced.subtotal,
        adjustments: priced.adjustments,
        total: priced.total,
    })
}
