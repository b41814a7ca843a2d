//! Signing in and out.

use axum::Json;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};
use hatchery_sdk::component::Actor;
use hatchery_sdk::component::platform::Sessions;
use hatchery_sdk::component::{Error, Secret};
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

use crate::ops::{change_password, sign_in};
use crate::service::IdentityService;

/// E-mail address and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// E-mail address.
    email: String,
    /// Password.
    password: Secret,
}

/// A change of the own password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The present password.
    current_password: Secret,
    /// The new one.
    new_password: Secret,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// The user's id.
    id: uuid::Uuid,
    /// The user's name.
    name: String,
    /// What the user may do.
    permissions: BTreeSet<String>,
}

type WithCookie<T> = ([(HeaderName, String); 1], T);

/// Signs a member of staff in; the session is a cookie.
#[utoipa::path(
    post,
    path = "/api/v1/admin/session",
    tag = "identity",
    request_body = Credentials,
    responses(
        (status = 204, description = "Signed in"),
        (status = 401, description = "E-mail address or password are wrong"),
        (status = 429, description = "Too many failures"),
    )
)]
pub(crate) async fn sign_in(
    ctx: Ctx,
    Json(credentials): Json<Credentials>,
) -> Result<WithCookie<StatusCode>> {
    let service = ctx.state::<IdentityService>()?;
    let Credentials { email, password } = credentials;
    let cookie = sign_in::sign_in(&ctx, &service.settings, &email, password.expose()).await?;
    Ok(([(SET_COOKIE, cookie)], StatusCode::NO_CONTENT))
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/api/v1/admin/session",
    tag = "identity",
    responses((status = 200, body = Me), (status = 401, description = "Nobody is"))
)]
pub(crate) async fn who_am_i(ctx: Ctx) -> Result<Json<Me>> {
    match ctx.actor() {
        Actor::User { id, name, permissions } => {
            let (id, name, permissions) = (*id, name.clone(), permissions.clone());
            Ok(Json(Me { id, name, permissions }))
        }
        _ => Err(Error::new(Kind::Unauthenticated, "auth.required", "Please sign in.")),
    }
}

/// Signs out.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/session",
    tag = "identity",
    responses((status = 204, description = "Signed out"))
)]
pub(crate) async fn sign_out(ctx: Ctx) -> Result<WithCookie<StatusCode>> {
    let cookie = ctx.get::<dyn Sessions>()?.close(&ctx).await?;
    Ok(([(SET_COOKIE, cookie)], StatusCode::NO_CONTENT))
}

/// Changes the own password; all other sessions end.
#[utoipa::path(
    put,
    path = "/api/v1/admin/password",
    tag = "identity",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, description = "The present password is wrong"),
        (status = 422, description = "The new password is too short"),
    )
)]
pub(crate) async fn change_password(
    ctx: Ctx,
    Json(change): Json<PasswordChange>,
) -> Result<WithCookie<StatusCode>> {
    let service = ctx.state::<IdentityService>()?;
    let (current, new) = (change.current_password.expose(), change.new_password.expose());
    let cookie = change_password::change_own(&ctx, &service.settings, current, new).await?;
    Ok(([(SET_COOKIE, cookie)], StatusCode::NO_CONTENT))
}
