//! What a customer says about other stores of the group knowing the file: on the page of an order, whose link
//! proves who it is.

use std::collections::BTreeMap;

use ::http::StatusCode;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use hatchery_sdk::interfaces::common::same_secret;
use hatchery_sdk::interfaces::order::{Order, Orders};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::CrmError;
use crate::ops::find_group::group;
use crate::ops::keep_consent::keep_consent;
use crate::ops::list_customers::by_emails;

/// What a customer says.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Word {
    /// The secret part of the order's link.
    token: String,
    /// Whether other stores of the group may know the file.
    given: bool,
}

/// Keeps what the customer of an order says about other stores of the group knowing the file.
#[utoipa::path(
    put, path = "/api/v1/store/orders/{number}/sharing", tag = "orders",
    params(("number" = String, Path)), request_body = Word,
    responses((status = 204, description = "Kept"), (status = 404, description = "No such order"))
)]
pub(crate) async fn say(
    ctx: Ctx,
    Path(number): Path<String>,
    Json(word): Json<Word>,
) -> Result<StatusCode> {
    keep(&ctx, &number, &word).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// POST /orders/{number}/sharing
pub(crate) async fn say_on_page(
    ctx: Ctx,
    Path(number): Path<String>,
    Form(word): Form<Word>,
) -> Result<Response> {
    let order = keep(&ctx, &number, &word).await?;
    let address = format!("/orders/{}?token={}#sharing", order.number, order.token);
    Ok(Redirect::to(&address).into_response())
}

async fn keep(ctx: &Ctx, number: &str, word: &Word) -> Result<Order> {
    let orders = ctx.find::<dyn Orders>().ok_or(CrmError::UnknownOrder)?;
    let found = orders.orders_by_number(ctx, vec![number.to_owned()]).await?;
    let is_it = |order: &Order| same_secret(&order.token, &word.token);
    let order = found.into_iter().find(is_it).ok_or(CrmError::UnknownOrder)?;
    let email = order.email.clone().ok_or(CrmError::UnknownOrder)?;
    // Without a group nobody was asked.
    if group(ctx).await?.is_some() {
        keep_consent(ctx, email, word.given).await?;
    }
    Ok(order)
}

/// Below an order: whether other stores of the group may know its customer. Subjects are order numbers.
pub(crate) async fn after_order(ctx: Ctx, subjects: Vec<String>) -> Result<BTreeMap<String, View>> {
    let mut views = BTreeMap::new();
    let (Some(share), Some(orders)) = (group(&ctx).await?, ctx.find::<dyn Orders>()) else {
        return Ok(views);
    };
    let own = ctx.store().name.clone();
    let others: Vec<String> = share.stores.into_iter().filter(|name| *name != own).collect();
    for order in orders.orders_by_number(&ctx, subjects).await? {
        let Some(email) = order.email.clone() else { continue };
        let file = by_emails(&ctx, &[email]).await?.pop();
        let given = file.and_then(|file| file.consent).is_some_and(|consent| consent.given);
        let view = View::new("crm/consent.html")
            .with("number", order.number.clone())
            .with("token", order.token)
            .with("stores", others.clone())
            .with("given", given);
        views.insert(order.number, view);
    }
    Ok(views)
}
