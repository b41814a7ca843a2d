//! `/orders/{number}` and what its customer can do there.

use axum::Form;
use axum::extract::{Path, Query as Parameters};
use axum::response::Response;
use hatchery_sdk::interfaces::order::{Order, OrderLineId};
use hatchery_sdk::interfaces::payment::Payments;
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::domain::checkout_form::{self, Typed};
use crate::domain::order_rules;
use crate::http::checkout::payment_methods;
use crate::http::{Visit, go, go_with_notice};
use crate::ops::cancel_order::cancel_order;
use crate::ops::find_order::find_order;
use crate::ops::pay_order::pay_order;
use crate::ops::place_order::{find_redirect, order_path};
use crate::ops::request_return::request_return;
use crate::ops::show_order::{payment_steps, show_order};

/// The secret part of an order's link, and whether the order was placed a moment ago.
#[derive(Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
    #[serde(default)]
    placed: String,
}

/// GET /orders/{number}?token=
pub(crate) async fn show(
    ctx: Ctx,
    visit: Visit,
    Path(number): Path<String>,
    Parameters(link): Parameters<Link>,
) -> Result<View> {
    let order = find_order(&ctx, &number, &link.token).await?;
    let shown = show_order(&ctx, &order).await?;
    let (instructions, pay_url) = payment_steps(&ctx, &order).await?;
    let returnable: Vec<Value> = order_rules::returnable(&order)
        .into_iter()
        .map(|(line, quantity)| {
            json!({ "line_id": line.id, "name": line.name, "quantity": quantity })
        })
        .collect();
    let view = View::new("storefront/order.html")
        .with("robots", "noindex")
        .with("order", shown)
        .with("payment_instructions", instructions)
        .with("pay_url", pay_url)
        .with("pay_again", pay_again_form(&ctx, &order).await?)
        .with("just_placed", link.placed == "1" && !order_rules::can_pay_again(&order))
        .with("can_cancel", order_rules::can_cancel(&order))
        .with("returnable", returnable)
        .slot("order.after", [order.number]);
    visit.page(&ctx, view).await
}

/// POST /orders/{number}/cancel
pub(crate) async fn cancel(
    ctx: Ctx,
    Path(number): Path<String>,
    Form(link): Form<Link>,
) -> Result<Response> {
    let order = find_order(&ctx, &number, &link.token).await?;
    cancel_order(&ctx, &order).await?;
    Ok(go_with_notice(&order_path(&order), "storefront-notice-order-canceled"))
}

/// POST /orders/{number}/returns
pub(crate) async fn send_back(
    ctx: Ctx,
    Path(number): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let order = find_order(&ctx, &number, token(&typed)).await?;
    let quantities: Vec<(OrderLineId, i64)> = typed
        .iter()
        .filter_map(|(name, value)| {
            let line = name.strip_prefix("quantity.")?.parse().ok()?;
            Some((line, value.trim().parse().ok()?))
        })
        .collect();
    let reason = typed.get("reason").map(|text| text.trim().to_owned()).unwrap_or_default();
    let path = order_path(&order);
    match request_return(&ctx, &order, &quantities, reason).await {
        Ok(()) => Ok(go_with_notice(&path, "storefront-notice-return-requested")),
        Err(error) if error.kind() == Kind::Conflict => {
            Ok(go_with_notice(&path, "storefront-error-quantity"))
        }
        Err(error) => Err(error),
    }
}

/// POST /orders/{number}/payments
pub(crate) async fn pay_again(
    ctx: Ctx,
    Path(number): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let order = find_order(&ctx, &number, token(&typed)).await?;
    let path = order_path(&order);
    let methods = ctx.get::<dyn Payments>()?.methods(&ctx, order.total).await?;
    let Ok(tenders) = checkout_form::read_payment(&typed, methods) else {
        return Ok(go_with_notice(&path, "storefront-error-payment-method"));
    };
    match pay_order(&ctx, &order, tenders).await {
        Ok(()) => {
            let redirect = find_redirect(&ctx, order.id).await?;
            Ok(go(redirect.as_deref().unwrap_or(&path)))
        }
        Err(error) if error.kind() == Kind::RateLimited => {
            Ok(go_with_notice(&path, "storefront-error-too-many-attempts"))
        }
        Err(error) if error.kind() == Kind::Conflict => {
            Ok(go_with_notice(&path, "storefront-error-payment-declined"))
        }
        Err(error) => Err(error),
    }
}

async fn pay_again_form(ctx: &Ctx, order: &Order) -> Result<Value> {
    let payments = ctx.find::<dyn Payments>().filter(|_| order_rules::can_pay_again(order));
    let Some(payments) = payments else { return Ok(Value::Null) };
    let methods = payments.methods(ctx, order.total).await?;
    Ok(json!({ "methods": payment_methods(&methods, None, ctx.locale()) }))
}

fn token(typed: &Typed) -> &str {
    typed.get("token").map_or("", String::as_str)
}
