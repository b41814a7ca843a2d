//! `/mother/backups`: all backups, and putting one in place.

use ::http::StatusCode;
use axum::Form;
use axum::extract::Query as Parameters;
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::stores::{StoreAct, Stores};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::json;

use crate::http::{Told, act, go_on};

/// GET /mother/backups
pub(crate) async fn list(ctx: Ctx, Parameters(told): Parameters<Told>) -> Result<View> {
    Ok(told.on(page(&ctx).await?))
}

async fn page(ctx: &Ctx) -> Result<View> {
    let backups = ctx.get::<dyn Stores>()?.backups(ctx).await?;
    Ok(View::new("fleet/backups.html").with("backups", backups))
}

/// The backup that is to be put in place.
#[derive(Deserialize)]
pub(crate) struct RestoreForm {
    backup: String,
    #[serde(default)]
    slug: String,
    replace: Option<String>,
}

/// POST /mother/backups
pub(crate) async fn restore(ctx: Ctx, Form(form): Form<RestoreForm>) -> Result<Response> {
    let slug = Some(form.slug.trim().to_owned()).filter(|slug| !slug.is_empty());
    let wanted = StoreAct::Restore { backup: form.backup, slug, replace: form.replace.is_some() };
    match act(&ctx, wanted).await {
        Ok(run) => Ok(go_on(&run, "/mother", "fleet-notice-restored")),
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Conflict | Kind::NotFound) => {
            let notice = json!({ "text": error.message(), "tone": "error" });
            let view = page(&ctx).await?.with("notice", notice);
            Ok(view.status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(error) => Err(error),
    }
}
