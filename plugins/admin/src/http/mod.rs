//! How the pages are reached: extract, call what gathers the page, answer a view. Anybody reaches these
//! addresses; every page but signing in asks for a member of staff, and what it shows is asked of
//! interfaces that check the permission.

pub(crate) mod components;
pub(crate) mod dashboard;
pub(crate) mod resources;
pub(crate) mod session;
pub(crate) mod welcome;

use ::http::request::Parts;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use hatchery_sdk::component::Actor;
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::ops::read_navigation::read_navigation;

/// A member of staff at a page.
pub(crate) struct Desk {
    path: String,
    notice: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Desk {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let ctx = Ctx::from_request_parts(parts, state).await?;
        if !matches!(ctx.actor(), Actor::User { .. }) {
            return Err(Error::new(Kind::Unauthenticated, "auth.required", "Please sign in."));
        }
        let notice = parts.uri.query().and_then(notice);
        Ok(Self { path: parts.uri.path().to_owned(), notice })
    }
}

impl Desk {
    /// Adds what the frame around every page shows.
    pub(crate) async fn page(&self, ctx: &Ctx, view: View) -> Result<View> {
        let view = view.with("navigation", read_navigation(ctx, &self.path).await?);
        Ok(match &self.notice {
            Some(key) => {
                let tone = if key.starts_with("admin-notice-") { "ok" } else { "warn" };
                view.with("notice", json!({ "key": key, "tone": tone }))
            }
            None => view,
        })
    }
}

/// On to another page.
pub(crate) fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// On to another page that shows a message, by its key.
pub(crate) fn go_with_notice(path: &str, key: &str) -> Response {
    let sign = if path.contains('?') { '&' } else { '?' };
    go(&format!("{path}{sign}notice={key}"))
}

/// A query string.
pub(crate) fn query(pairs: &[(&str, &str)]) -> Result<String> {
    serde_urlencoded::to_string(pairs).map_err(Error::internal)
}

/// The key in `notice=`; only this component's own.
fn notice(query: &str) -> Option<String> {
    let key = query.split('&').find_map(|pair| pair.strip_prefix("notice="))?;
    let own = key.starts_with("admin-notice-") || key == "admin-nothing-picked";
    let plain = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    (own && plain).then(|| key.to_owned())
}
