//! How the console is reached. The kernel has checked the permission; what is shown and done goes through the
//! interface `Stores`, which checks it again.

pub(crate) mod api;
pub(crate) mod backups;
pub(crate) mod components;
pub(crate) mod session;
pub(crate) mod shares;
pub(crate) mod stores;

use ::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use hatchery_sdk::component::platform::TaskRun;
use hatchery_sdk::component::stores::{StoreAct, Stores};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::json;

/// What a page says at its top: the key of a message.
#[derive(Deserialize)]
pub(crate) struct Told {
    #[serde(default)]
    notice: String,
}

impl Told {
    /// Adds it to a page, when it is one of ours.
    pub(crate) fn on(&self, view: View) -> View {
        let plain = self.notice.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        match self.notice.starts_with("fleet-notice-") && plain {
            true => view.with("notice", json!({ "key": self.notice, "tone": "ok" })),
            false => view,
        }
    }
}

/// Does something with a store; what it failed with is an error.
pub(crate) async fn act(ctx: &Ctx, act: StoreAct) -> Result<TaskRun> {
    let run = ctx.get::<dyn Stores>()?.act(ctx, act).await?;
    match run.state.as_str() {
        "failed" => {
            let failure = run.failure.map(|failure| (failure.kind, failure.code));
            let (kind, code) =
                failure.unwrap_or_else(|| (Kind::Conflict, "fleet.act_failed".to_owned()));
            Err(Error::new(kind, code, run.message))
        }
        _ => Ok(run),
    }
}

/// On to another page, or to the progress of what is not done yet.
pub(crate) fn go_on(run: &TaskRun, path: &str, notice: &str) -> Response {
    match run.state.as_str() {
        "running" => go(&format!("/mother/runs/{}", run.id)),
        _ => go(&format!("{path}?notice={notice}")),
    }
}

/// On to another page.
pub(crate) fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

pub(crate) fn with_cookie(mut response: Response, cookie: &str) -> Result<Response> {
    response.headers_mut().append(SET_COOKIE, cookie.parse().map_err(Error::internal)?);
    Ok(response)
}
