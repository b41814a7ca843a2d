//! `/mother/backups`: all backups; putting one in place, and removing one.

use axum::Form;
use axum::extract::Query as Parameters;
use axum::response::Response;
use hatchery_sdk::component::stores::{StoreAct, Stores};
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::http::{Told, act, go_on, is_refusal, refused, written};

/// GET /mother/backups
pub(crate) async fn list(ctx: Ctx, Parameters(told): Parameters<Told>) -> Result<View> {
    Ok(told.on(page(&ctx).await?))
}

async fn page(ctx: &Ctx) -> Result<View> {
    let backups = ctx.get::<dyn Stores>()?.backups(ctx).await?;
    Ok(View::new("fleet/backups.html").with("backups", backups))
}

/// A backup, and what is to be done with it.
#[derive(Deserialize)]
pub(crate) struct ChangeForm {
    backup: String,
    act: String,
    #[serde(default)]
    slug: String,
    replace: Option<String>,
}

/// POST /mother/backups
pub(crate) async fn change(ctx: Ctx, Form(form): Form<ChangeForm>) -> Result<Response> {
    let done = match wanted(form) {
        Ok((wanted, path, notice)) => act(&ctx, wanted).await.map(|run| (run, path, notice)),
        Err(error) => Err(error),
    };
    match done {
        Ok((run, path, notice)) => Ok(go_on(&run, path, notice)),
        Err(error) if is_refusal(&error) => refused(&ctx, page(&ctx).await?, &error).await,
        Err(error) => Err(error),
    }
}

/// What the form asks for, where to go then, and what to say there.
fn wanted(form: ChangeForm) -> Result<(StoreAct, &'static str, &'static str)> {
    let ChangeForm { backup, act, slug, replace } = form;
    match act.as_str() {
        "remove" => {
            let act = StoreAct::RemoveBackup { backup };
            Ok((act, "/mother/backups", "fleet-notice-backup-removed"))
        }
        "restore" => {
            let (slug, replace) = (written(&slug), replace.is_some());
            let act = StoreAct::Restore { backup, slug, replace };
            Ok((act, "/mother", "fleet-notice-restored"))
        }
        other => {
            let message = format!("'{other}' is nothing that can be done with a backup.");
            Err(Error::invalid("fleet.act_unknown", message))
        }
    }
}
