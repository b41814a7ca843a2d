//! The public API.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use hatchery_sdk::interfaces::cart::{CartId, Carts};
use hatchery_sdk::interfaces::payment::{PaymentField, PaymentMethod};
use hatchery_sdk::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::PaymentError;
use crate::ops::take_webhook::Webhook;
use crate::ops::{list_methods, take_webhook};
use crate::service::PaymentService;

/// A way to pay, in the request's language.
#[derive(Serialize, ToSchema)]
pub(crate) struct MethodOffer {
    /// What the checkout's `payment.method` says: `card`, `remittance`.
    code: String,
    /// `manual`, `card`, `redirect`.
    kind: String,
    /// For people.
    name: String,
    /// What the customer should know before choosing it.
    description: String,
    /// What else the checkout's `payment` holds.
    fields: Vec<FieldOffer>,
}

/// Something a method asks for.
#[derive(Serialize, ToSchema)]
pub(crate) struct FieldOffer {
    /// Key in `payment`.
    name: String,
    /// For people.
    label: String,
    /// Whether it must be filled.
    required: bool,
}

/// The ways to pay for a cart.
#[utoipa::path(
    get,
    path = "/api/v1/store/carts/{id}/payment-methods",
    tag = "payment",
    params(("id" = uuid::Uuid, Path, description = "The cart")),
    responses(
        (status = 200, body = Page<MethodOffer>),
        (status = 404, description = "No such cart"),
    )
)]
pub(crate) async fn list_payment_methods(
    ctx: Ctx,
    Path(id): Path<CartId>,
) -> Result<Json<Page<MethodOffer>>> {
    let carts = ctx.get::<dyn Carts>()?.carts(&ctx, vec![id]).await?;
    if carts.is_empty() {
        return Err(PaymentError::UnknownCart.into());
    }
    let service = ctx.state::<PaymentService>()?;
    let methods = list_methods::list_methods(&ctx, &service.settings).await?;
    let offers = methods.into_iter().map(|method| offer(method, ctx.locale())).collect();
    Ok(Json(Page::last(offers)))
}

/// News of a payment provider, signed by it. The last part of the address is the id of its component.
#[utoipa::path(
    post,
    path = "/api/v1/store/payments/webhooks/{provider}",
    tag = "payment",
    params(("provider" = String, Path, description = "Id of the provider's component")),
    request_body(content = String, content_type = "application/json"),
    responses(
        (status = 204, description = "Taken, now or before"),
        (status = 404, description = "No such provider or payment"),
        (status = 403, description = "The signature is wrong"),
    )
)]
pub(crate) async fn take_webhook(
    ctx: Ctx,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode> {
    let headers: BTreeMap<String, String> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.into())))
        .collect();
    let webhook = Webhook { headers, body: body.to_vec() };
    take_webhook::take_webhook(&ctx, &provider, webhook).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn offer(method: PaymentMethod, locale: &Locale) -> MethodOffer {
    let field = |field: &PaymentField| FieldOffer {
        name: field.name.clone(),
        label: field.label.get(locale).to_owned(),
        required: field.required,
    };
    MethodOffer {
        name: method.name.get(locale).to_owned(),
        description: method.description.get(locale).to_owned(),
        fields: method.fields.iter().map(field).collect(),
        code: method.code,
        kind: method.kind,
    }
}
