//! How the console is reached. The kernel has checked the permission; what is shown and done goes through the
//! interface `Stores`, which checks it again.

pub(crate) mod api;
pub(crate) mod backups;
pub(crate) mod components;
pub(crate) mod session;
pub(crate) mod shares;
pub(crate) mod stores;

use std::collections::BTreeMap;

use ::http::StatusCode;
use ::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use hatchery_sdk::component::platform::{TaskRun, Texts};
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

/// The page of a form that was refused, with the reason in the language of the page. An English message names
/// what is wrong; the words for its code are for other languages.
pub(crate) async fn refused(ctx: &Ctx, page: View, error: &Error) -> Result<Response> {
    let key = format!("fleet-problem-{}", error.code().replace(['.', '_'], "-"));
    let text = match known_words(ctx, &key).await? {
        Some(words) if ctx.locale().language() != "en" => words,
        _ => error.message().to_owned(),
    };
    let page = page.with("notice", json!({ "text": text, "tone": "error" }));
    Ok(page.status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// The words of a key, where there are any.
pub(crate) async fn known_words(ctx: &Ctx, key: &str) -> Result<Option<String>> {
    let texts = ctx.get::<dyn Texts>()?;
    let words = texts.translate(ctx, key.to_owned(), BTreeMap::new()).await?;
    Ok((words != key).then_some(words))
}

/// Whether a form is shown again with what is wrong.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), Kind::Invalid | Kind::Conflict | Kind::NotFound)
}

/// What somebody wrote into a field, if anything.
pub(crate) fn written(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The words of a list that somebody wrote, in either language.
pub(crate) fn listed(text: &str) -> Vec<String> {
    let parts = text.split([',', ' ', '\n', '\r', '，', '、']);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
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
