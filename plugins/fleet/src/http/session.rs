//! `/mother/login`, `/mother/logout`, `/mother/welcome/{token}`

use ::http::StatusCode;
use axum::Form;
use axum::extract::{Path, Query as Parameters};
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::Actor;
use hatchery_sdk::component::platform::Sessions;
use hatchery_sdk::interfaces::identity::Identity;
use hatchery_sdk::prelude::*;
use serde::Deserialize;

use crate::http::{go, with_cookie};

/// GET / on the mother's own host
pub(crate) async fn home() -> Response {
    go("/mother")
}

/// Where to go on to.
#[derive(Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

/// GET /mother/login
pub(crate) async fn show(ctx: Ctx, Parameters(next): Parameters<Next>) -> Response {
    if matches!(ctx.actor(), Actor::User { .. }) {
        return go(inside(&next.next));
    }
    View::new("fleet/login.html").with("next", inside(&next.next)).into_response()
}

/// Who signs in.
#[derive(Deserialize)]
pub(crate) struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// POST /mother/login
pub(crate) async fn sign_in(ctx: Ctx, Form(credentials): Form<Credentials>) -> Result<Response> {
    let Credentials { email, password, next } = credentials;
    let identity = ctx.get::<dyn Identity>()?;
    let key = match identity.sign_in(&ctx, email.trim().to_owned(), password).await {
        Ok(cookie) => return with_cookie(go(inside(&next)), &cookie),
        Err(error) => match error.kind() {
            Kind::RateLimited => "fleet-sign-in-limited",
            Kind::Unauthenticated | Kind::Invalid | Kind::NotFound | Kind::Denied => {
                "fleet-sign-in-failed"
            }
            _ => return Err(error),
        },
    };
    let view = View::new("fleet/login.html")
        .with("email", email)
        .with("error", key)
        .with("next", inside(&next))
        .status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(view.into_response())
}

/// POST /mother/logout
pub(crate) async fn sign_out(ctx: Ctx) -> Result<Response> {
    let cookie =
        ctx.transaction(|ctx| async move { ctx.get::<dyn Sessions>()?.close(&ctx).await }).await?;
    with_cookie(go("/mother/login"), &cookie)
}

/// GET /mother/welcome/{token}
pub(crate) async fn welcome(ctx: Ctx, Path(token): Path<String>) -> Result<View> {
    let found = ctx.get::<dyn Identity>()?.find_invitation(&ctx, token).await?;
    Ok(View::new("fleet/welcome.html").with("invitation", found))
}

/// The password that a newcomer chose, twice.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    password: String,
    again: String,
}

/// POST /mother/welcome/{token}
pub(crate) async fn accept(
    ctx: Ctx,
    Path(token): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response> {
    let identity = ctx.get::<dyn Identity>()?;
    let error = if chosen.password == chosen.again {
        match identity.accept_invitation(&ctx, token.clone(), chosen.password).await {
            Ok(cookie) => return with_cookie(go("/mother"), &cookie),
            Err(error) => error,
        }
    } else {
        Error::invalid("fleet.passwords_differ", "The two passwords are not the same.")
    };
    let found = identity.find_invitation(&ctx, token).await?;
    let view = View::new("fleet/welcome.html")
        .with("invitation", found)
        .with("error", error.message())
        .status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(view.into_response())
}

/// A path of the console; anything else leads to its first page.
fn inside(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let below = path == "/mother" || path.starts_with("/mother/") || path.starts_with("/mother?");
    if plain && below { path } else { "/mother" }
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn signing_in_never_leads_elsewhere() {
        let check = |path: &str, expect: &str| assert_eq!(inside(path), expect);
        check("/mother/stores/acme", "/mother/stores/acme");
        check("", "/mother");
        check("//other.example", "/mother");
        check("/motherless", "/mother");
        check("/mother/\\other.example", "/mother");
    }
}
