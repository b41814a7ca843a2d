//! Who asks: a customer, or a guest whose browser has our cookie.

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, HeaderName, SET_COOKIE};
use axum::http::request::Parts;
use hatchery_sdk::prelude::*;
use uuid::Uuid;

use crate::domain::visitor::Visitor;

/// Name of the cookie with the signed number of a guest; also the purpose it is signed for.
const COOKIE_NAME: &str = "wishlist";
/// How long a browser keeps it.
const COOKIE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// Headers to be added to an answer.
pub(crate) type Headers = Vec<(HeaderName, String)>;

/// Whoever asks.
pub(crate) struct Visit {
    visitor: Option<Visitor>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let ctx = Ctx::from_request_parts(parts, state).await?;
        let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let guest = cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(|(name, _)| *name == COOKIE_NAME)
            .find_map(|(_, signed)| ctx.verify(COOKIE_NAME, signed)?.parse::<Uuid>().ok());
        Ok(Self { visitor: Visitor::of(ctx.actor(), guest) })
    }
}

impl Visit {
    /// Who it is, if that is known.
    pub(crate) fn visitor(&self) -> Option<&Visitor> {
        self.visitor.as_ref()
    }

    /// Who it is; a guest whom nobody knows yet gets a number, and its browser a cookie.
    pub(crate) fn known(self, ctx: &Ctx) -> (Visitor, Headers) {
        if let Some(visitor) = self.visitor {
            return (visitor, Headers::new());
        }
        let number = ctx.new_id::<Visitor>().uuid();
        let signed = ctx.sign(COOKIE_NAME, &number.to_string());
        let secure = if ctx.store().base_url.starts_with("https:") { "; Secure" } else { "" };
        let rest = format!("Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}");
        let cookie = format!("{COOKIE_NAME}={signed}; {rest}");
        (Visitor::guest(number), vec![(SET_COOKIE, cookie)])
    }
}
