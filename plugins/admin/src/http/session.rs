//! `/admin/login`, `/admin/logout`

use ::http::StatusCode;
use ::http::header::SET_COOKIE;
use axum::Form;
use axum::extract::Query as Parameters;
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::Actor;
use hatchery_sdk::component::platform::Sessions;
use hatchery_sdk::interfaces::identity::Identity;
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::http::go;

/// Where to go on to.
#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// GET /admin/login
pub(crate) async fn show(ctx: Ctx, Parameters(next): Parameters<Next>) -> Response {
    if matches!(ctx.actor(), Actor::User { .. }) {
        return go(inside(&next.next));
    }
    let view = View::new("admin/login.html").with("next", inside(&next.next));
    view.into_response()
}

/// Who signs in.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// POST /admin/login
pub(crate) async fn sign_in(ctx: Ctx, Form(credentials): Form<Credentials>) -> Result<Response> {
    let Credentials { email, password, next } = credentials;
    let identity = ctx.get::<dyn Identity>()?;
    let key = match identity.sign_in(&ctx, email.trim().to_owned(), password).await {
        Ok(cookie) => return with_cookie(go(inside(&next)), &cookie),
        Err(error) => match error.kind() {
            Kind::RateLimited => "admin-sign-in-limited",
            Kind::Unauthenticated | Kind::Invalid | Kind::NotFound | Kind::Denied => {
                "admin-sign-in-failed"
            }
            _ => return Err(error),
        },
    };
    let view = View::new("admin/login.html")
        .with("email", email)
        .with("error", key)
        .with("next", inside(&next))
        .status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(view.into_response())
}

/// POST /admin/logout
pub(crate) async fn sign_out(ctx: Ctx) -> Result<Response> {
    let cookie =
        ctx.transaction(|ctx| async move { ctx.get::<dyn Sessions>()?.close(&ctx).await }).await?;
    with_cookie(go("/admin/login"), &cookie)
}

/// An answer that sets a cookie.
pub(crate) fn with_cookie(mut response: Response, cookie: &str) -> Result<Response> {
    response.headers_mut().append(SET_COOKIE, cookie.parse().map_err(Error::internal)?);
    Ok(response)
}

/// A path of the back office; anything else leads to its first page.
fn inside(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let below = path == "/admin" || path.starts_with("/admin/") || path.starts_with("/admin?");
    if plain && below { path } else { "/admin" }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn signing_in_never_leads_elsewhere() {
        let check = |path: &str, expect: &str| assert_eq!(inside(path), expect);
        check("/admin/orders?filter=a", "/admin/orders?filter=a");
        check("", "/admin");
        check("//evil.example", "/admin");
        check("https://evil.example/admin/", "/admin");
        check("/administrator", "/admin");
        check("/admin/\\evil", "/admin");
        check("/admin/a\r\nb", "/admin");
    }
}
