//! `/admin/welcome/{token}`: a one-time link, with which a member of staff chooses the password.

use ::http::StatusCode;
use ::http::header::{CACHE_CONTROL, HeaderValue};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hatchery_sdk::interfaces::identity::Identity;
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::http::go;
use crate::http::session::with_cookie;
use crate::ops::find_labels::problem;

/// GET /admin/welcome/{token}
pub(crate) async fn show(ctx: Ctx, Path(token): Path<String>) -> Result<Response> {
    page(&ctx, token, None).await
}

/// The password, typed twice.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    password: String,
    repeated: String,
}

/// POST /admin/welcome/{token}
pub(crate) async fn accept(
    ctx: Ctx,
    Path(token): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    if chosen.password != chosen.repeated {
        return page(&ctx, token, Some(Wrong::Key("admin-welcome-different"))).await;
    }
    let Some(identity) = ctx.find::<dyn Identity>() else { return Ok(lost()) };
    match identity.accept_invitation(&ctx, token.clone(), chosen.password).await {
        Ok(cookie) => with_cookie(go("/admin"), &cookie),
        Err(error) => match error.kind() {
            Kind::NotFound => Ok(lost()),
            Kind::RateLimited => Ok(limited()),
            Kind::Invalid => {
                let text = problem(&ctx, error.code(), error.message()).await?;
                page(&ctx, token, Some(Wrong::Text(text))).await
            }
            _ => Err(error),
        },
    }
}

/// What was wrong with what was typed.
enum Wrong {
    /// A Fluent key.
    Key(&'static str),
    /// Words.
    Text(String),
}

/// The form, as long as the link is good.
async fn page(ctx: &Ctx, token: String, wrong: Option<Wrong>) -> Result<Response> {
    // Without anybody who keeps links no link is good.
    let Some(identity) = ctx.find::<dyn Identity>() else { return Ok(lost()) };
    let invited = match identity.find_invitation(ctx, token.clone()).await {
        Ok(Some(invited)) => invited,
        Ok(None) => return Ok(lost()),
        Err(error) if error.kind() == Kind::RateLimited => return Ok(limited()),
        Err(error) => return Err(error),
    };
    let view = View::new("admin/welcome.html").with("invited", invited).with("token", token);
    let view = match wrong {
        None => return Ok(kept_by_nobody(view)),
        Some(Wrong::Key(key)) => view.with("error", key),
        Some(Wrong::Text(text)) => view.with("error_text", text),
    };
    Ok(kept_by_nobody(view.status(StatusCode::UNPROCESSABLE_ENTITY)))
}

/// The page in place of a form that cannot be shown.
fn lost() -> Response {
    let view = View::new("admin/welcome.html").with("error", "admin-welcome-lost");
    kept_by_nobody(view.status(StatusCode::NOT_FOUND))
}

fn limited() -> Response {
    let view = View::new("admin/welcome.html").with("error", "admin-sign-in-limited");
    kept_by_nobody(view.status(StatusCode::TOO_MANY_REQUESTS))
}

/// A page that no cache keeps: its address is a secret.
fn kept_by_nobody(view: View) -> Response {
    let mut response = view.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
