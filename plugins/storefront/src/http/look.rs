//! `/look/{file}`

use ::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use hatchery_sdk::prelude::*;

use crate::http::Shop;

/// How long browsers keep what can never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// GET /look/{file}: the store's own color and corners as `<hash>.css`. Any other name gets the present sheet,
/// but not for long: a page from before a change may still ask for it, and pages of components that do not
/// know its hash ask for `site.css`, which is empty when nothing is set.
pub(crate) async fn show(ctx: Ctx, Path(file): Path<String>) -> Result<Response> {
    let shop = ctx.state::<Shop>()?;
    let (css, hash) = match &shop.look {
        Some(look) => (look.css.clone(), look.hash.as_str()),
        None => (String::new(), ""),
    };
    let is_named = file.strip_suffix(".css").is_some_and(|name| !name.is_empty() && name == hash);
    let caching = if is_named { FOREVER } else { "no-cache" };
    let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, caching)];
    Ok((headers, css).into_response())
}
