//! `/mother/shares`: what stores share.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::Query as Parameters;
use axum::response::Response;
use hatchery_sdk::component::sharing::{ShareAccess, SharePolicy};
use hatchery_sdk::component::stores::{StoreAct, StoreState, Stores};
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::http::{Told, act as perform, go_on, is_refusal, listed, refused};

/// What the form is filled with. All members get the same access; the API gives each its own.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct ShareForm {
    act: String,
    name: String,
    kind: String,
    home: String,
    members: String,
    read: String,
    write: String,
}

/// GET /mother/shares
pub(crate) async fn list(ctx: Ctx, Parameters(told): Parameters<Told>) -> Result<View> {
    Ok(told.on(page(&ctx, ShareForm::default()).await?))
}

async fn page(ctx: &Ctx, form: ShareForm) -> Result<View> {
    let fleet = ctx.get::<dyn Stores>()?;
    let mut stores = fleet.list(ctx).await?;
    stores.retain(|store| matches!(store.state, StoreState::Active | StoreState::Suspended));
    let names: BTreeMap<&str, &str> =
        stores.iter().map(|store| (store.slug.as_str(), store.name.as_str())).collect();
    // What can be shared depends on what a store runs; the first one stands for all.
    let kinds = match stores.first() {
        Some(store) => fleet.shared_kinds(ctx, store.slug.clone()).await?,
        None => Vec::new(),
    };
    Ok(View::new("fleet/shares.html")
        .with("shares", fleet.shares(ctx).await?)
        .with("names", names)
        .with("kinds", kinds)
        .with("form", form))
}

/// POST /mother/shares
pub(crate) async fn change(ctx: Ctx, Form(form): Form<ShareForm>) -> Result<Response> {
    let (act, notice) = match form.act.as_str() {
        "end" => (StoreAct::Unshare { name: form.name.clone() }, "fleet-notice-unshared"),
        _ => (StoreAct::Share(policy(&form)), "fleet-notice-shared"),
    };
    match perform(&ctx, act).await {
        Ok(run) => Ok(go_on(&run, "/mother/shares", notice)),
        Err(error) if is_refusal(&error) => refused(&ctx, page(&ctx, form).await?, &error).await,
        Err(error) => Err(error),
    }
}

fn policy(form: &ShareForm) -> SharePolicy {
    let read = Some(listed(&form.read)).filter(|read| !read.is_empty());
    let access = ShareAccess { read, write: listed(&form.write) };
    let members = listed(&form.members).into_iter().map(|slug| (slug, access.clone()));
    SharePolicy {
        name: form.name.trim().to_owned(),
        kind: form.kind.clone(),
        home: form.home.trim().to_owned(),
        members: members.collect(),
    }
}
