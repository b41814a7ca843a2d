//! Who asks.

use hatchery_component::platform::Authentication;
use hatchery_component::{Actor, Ctx, Error, Kind, Result};
use http::{HeaderMap, header};

use crate::platform::sessions;
use crate::request::RequestFacts;

/// The actor behind a token or a session; a guest when there is neither.
///
/// # Errors
/// The token is not good; the database.
pub(crate) async fn identify(
    ctx: &Ctx,
    facts: &RequestFacts,
    headers: &HeaderMap,
) -> Result<Actor> {
    let Some(authentication) = ctx.find::<dyn Authentication>() else { return Ok(Actor::Guest) };
    if let Some(token) = bearer(headers) {
        return authentication.actor_of_token(ctx, token.to_owned()).await?.ok_or_else(|| {
            let message = "This token is not known or was withdrawn.";
            Error::new(Kind::Unauthenticated, "auth.token", message)
        });
    }
    if facts.cookies.is_empty() {
        return Ok(Actor::Guest);
    }
    let Some(subject) = sessions::subject(ctx, &facts.cookies).await? else {
        return Ok(Actor::Guest);
    };
    let mut actors = authentication.actors(ctx, vec![subject]).await?;
    Ok(actors.remove(&subject).unwrap_or(Actor::Guest))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
