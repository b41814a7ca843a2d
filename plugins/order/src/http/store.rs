//! The public API. An order is opened by its number and its token.

use axum::Json;
use axum::extract::{Path, Query as UrlQuery};
use axum::http::StatusCode;
use hatchery_sdk::interfaces::cart::CartId;
use hatchery_sdk::interfaces::order::PlaceOrder;
use hatchery_sdk::interfaces::payment::TenderRequest;
use hatchery_sdk::interfaces::{PostalAddress, SkuQuantity};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::db::returns::Rma;
use crate::ops::get_order::OrderView;
use crate::ops::{cancel_order, get_order, pay_order, place_order, request_return};
use crate::service::OrderService;

/// What a checkout says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckoutRequest {
    /// Who buys.
    email: String,
    /// Where it goes; not asked in a store without shipping.
    #[serde(default)]
    shipping_address: Option<PostalAddress>,
    /// Who is billed, when not the same.
    #[serde(default)]
    billing_address: Option<PostalAddress>,
    /// Code of a shipping option of this cart; not asked in a store without shipping.
    #[serde(default)]
    shipping_method: Option<String>,
    /// Code of one of its delivery windows.
    #[serde(default)]
    delivery_window: Option<String>,
    /// How all of it is paid; not asked in a store without payments.
    #[serde(default)]
    payment: Option<TenderRequest>,
    /// How parts of it are paid, instead of `payment`.
    #[serde(default)]
    tenders: Vec<TenderRequest>,
}

/// The secret of the customer's link.
#[derive(Default, Deserialize, utoipa::IntoParams)]
pub(crate) struct Token {
    /// The order's token.
    #[serde(default)]
    token: String,
}

/// Why an order is cancelled.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Cancellation {
    /// The order's token, when it is not in the address.
    token: String,
    /// For the merchant.
    reason: String,
}

/// What is to be sent back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnRequest {
    /// The order's token, when it is not in the address.
    #[serde(default)]
    token: String,
    /// What and how many.
    lines: Vec<SkuQuantity>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Another try to pay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PaymentRequest {
    /// The order's token, when it is not in the address.
    #[serde(default)]
    token: String,
    /// How all of it is paid.
    #[serde(default)]
    payment: Option<TenderRequest>,
    /// How parts of it are paid.
    #[serde(default)]
    tenders: Vec<TenderRequest>,
}

/// Places the order of a cart and tries its payment. Send an `Idempotency-Key` to repeat it safely; the same
/// cart gives the same order in any case.
#[utoipa::path(
    post,
    path = "/api/v1/store/carts/{id}/checkout",
    tag = "order",
    params(("id" = uuid::Uuid, Path, description = "The cart")),
    request_body = CheckoutRequest,
    responses(
        (status = 201, body = OrderView),
        (status = 404, description = "No such cart"),
        (status = 409, description = "Not enough in stock, or the cart changed"),
        (status = 422, description = "Something is missing or unknown"),
    )
)]
pub(crate) async fn checkout(
    ctx: Ctx,
    Path(cart): Path<CartId>,
    Json(request): Json<CheckoutRequest>,
) -> Result<(StatusCode, Json<OrderView>)> {
    let service = ctx.state::<OrderService>()?;
    let request = PlaceOrder {
        cart_id: cart,
        email: request.email,
        shipping_address: request.shipping_address,
        billing_address: request.billing_address,
        shipping_method: request.shipping_method,
        delivery_window: request.delivery_window,
        tenders: request.payment.into_iter().chain(request.tenders).collect(),
    };
    let order = place_order::place_order(&ctx, &service.settings, request).await?;
    Ok((StatusCode::CREATED, Json(get_order::view(&ctx, order).await?)))
}

/// An order and how far it is.
#[utoipa::path(
    get,
    path = "/api/v1/store/orders/{number}",
    tag = "order",
    params(("number" = String, Path, description = "The order's number"), Token),
    responses(
        (status = 200, body = OrderView),
        (status = 404, description = "No such order, or the token is wrong"),
    )
)]
pub(crate) async fn get_order(
    ctx: Ctx,
    Path(number): Path<String>,
    UrlQuery(Token { token }): UrlQuery<Token>,
) -> Result<Json<OrderView>> {
    let order = get_order::get_order(&ctx, &number, &token).await?;
    Ok(Json(get_order::view(&ctx, order).await?))
}

/// Cancels an order whose goods are still here. The token may stand in the address or the body.
#[utoipa::path(
    post,
    path = "/api/v1/store/orders/{number}/cancel",
    tag = "order",
    params(("number" = String, Path, description = "The order's number"), Token),
    request_body(content = Option<Cancellation>),
    responses(
        (status = 200, body = OrderView),
        (status = 404, description = "No such order, or the token is wrong"),
        (status = 409, description = "It is too late"),
    )
)]
pub(crate) async fn cancel_order(
    ctx: Ctx,
    Path(number): Path<String>,
    UrlQuery(Token { token }): UrlQuery<Token>,
    body: Option<Json<Cancellation>>,
) -> Result<Json<OrderView>> {
    let Json(body) = body.unwrap_or_default();
    let order = get_order::get_order(&ctx, &number, either(&token, &body.token)).await?;
    let order = cancel_order::cancel_order(&ctx, order.id, body.reason).await?;
    Ok(Json(get_order::view(&ctx, order).await?))
}

/// Asks to send goods back.
#[utoipa::path(
    post,
    path = "/api/v1/store/orders/{number}/returns",
    tag = "order",
    params(("number" = String, Path, description = "The order's number"), Token),
    request_body = ReturnRequest,
    responses(
        (status = 201, body = Rma),
        (status = 404, description = "No such order, or the token is wrong"),
        (status = 409, description = "Not shipped yet, too late, or more than was bought"),
    )
)]
pub(crate) async fn request_return(
    ctx: Ctx,
    Path(number): Path<String>,
    UrlQuery(Token { token }): UrlQuery<Token>,
    Json(body): Json<ReturnRequest>,
) -> Result<(StatusCode, Json<Rma>)> {
    let service = ctx.state::<OrderService>()?;
    let order = get_order::get_order(&ctx, &number, either(&token, &body.token)).await?;
    let wanted = (body.lines, body.reason);
    let rma = request_return::request_return(&ctx, &service.settings, order, wanted).await?;
    Ok((StatusCode::CREATED, Json(rma)))
}

/// Tries another payment after one failed.
#[utoipa::path(
    post,
    path = "/api/v1/store/orders/{number}/payments",
    tag = "order",
    params(("number" = String, Path, description = "The order's number"), Token),
    request_body = PaymentRequest,
    responses(
        (status = 200, body = OrderView),
        (status = 404, description = "No such order, or the token is wrong"),
        (status = 409, description = "There is nothing to pay"),
        (status = 429, description = "Too many failed payments"),
    )
)]
pub(crate) async fn pay_order(
    ctx: Ctx,
    Path(number): Path<String>,
    UrlQuery(Token { token }): UrlQuery<Token>,
    Json(body): Json<PaymentRequest>,
) -> Result<Json<OrderView>> {
    let order = get_order::get_order(&ctx, &number, either(&token, &body.token)).await?;
    let tenders = body.payment.into_iter().chain(body.tenders).collect();
    let order = pay_order::pay_order(&ctx, order, tenders).await?;
    Ok(Json(get_order::view(&ctx, order).await?))
}

fn either<'a>(address: &'a str, body: &'a str) -> &'a str {
    if address.is_empty() { body } else { address }
}
