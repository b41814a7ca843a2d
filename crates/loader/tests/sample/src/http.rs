//! How the sample is reached.

use axum::Json;
use axum::extract::{Path, Query};
use axum::response::IntoResponse;
use hatchery_sdk::interfaces::catalog::Product;
use hatchery_sdk::prelude::*;
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::{State, kettle};

/// A new brew.
#[derive(Serialize, Deserialize)]
pub(crate) struct NewBrew {
    name: String,
    quantity: i64,
}

#[derive(Deserialize)]
pub(crate) struct Wishes {
    #[serde(default)]
    sugar: u8,
}

pub(crate) async fn show(
    ctx: Ctx,
    Path(name): Path<String>,
    Query(wishes): Query<Wishes>,
) -> Result<View> {
    if name == "nothing" {
        return Err(Error::not_found("sample.no_brew", "There is no such brew."));
    }
    let view = View::new("sample/brew.html").with("name", name).with("sugar", wishes.sugar);
    Ok(view.with("store", &ctx.store().slug).status(StatusCode::ACCEPTED))
}

pub(crate) async fn add(
    ctx: Ctx,
    headers: HeaderMap,
    Json(brew): Json<NewBrew>,
) -> Result<impl IntoResponse> {
    let id = kettle::add(&ctx, brew.name, brew.quantity).await?;
    let agent = headers.get(header::USER_AGENT).cloned();
    let echo = agent.map(|agent| [(header::SERVER, agent)]);
    Ok((StatusCode::CREATED, echo, id.to_string()))
}

pub(crate) async fn greeting(ctx: Ctx) -> Result<String> {
    Ok(ctx.state::<State>()?.greeting.clone())
}

pub(crate) async fn products() -> Result<Json<Vec<Product>>> {
    (0..20).map(kettle::product).collect::<Result<_>>().map(Json)
}
