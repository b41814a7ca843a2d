//! How the pages are reached: extract, call what gathers the page, answer a view.

pub(crate) mod cart;
pub(crate) mod checkout;
pub(crate) mod home;
pub(crate) mod look;
pub(crate) mod orders;
pub(crate) mod products;

use std::sync::Arc;

use ::http::header::{COOKIE, SET_COOKIE};
use ::http::request::Parts;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use hatchery_sdk::interfaces::cart::{Cart, CartId};
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::look::Look;
use crate::ops::find_cart::find_cart;
use crate::ops::read_navigation;
use crate::settings::StorefrontSettings;

/// Name of the cookie that holds the signed id of a guest's cart; also the purpose it is signed for.
const CART_COOKIE: &str = "cart";
/// How long a browser keeps it.
const CART_COOKIE_SECONDS: u32 = 60 * 24 * 60 * 60;

/// What the component keeps of a store.
pub(crate) struct Shop {
    pub(crate) settings: Arc<StorefrontSettings>,
    /// The store's own color and corners, when it has any.
    pub(crate) look: Option<Look>,
}

/// What every page knows of a request besides its own parameters.
pub(crate) struct Visit {
    /// The guest's cart, from the signed cookie.
    pub(crate) cart: Option<CartId>,
    /// Path of the request.
    path: String,
    /// Message the page before left.
    notice: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let ctx = Ctx::from_request_parts(parts, state).await?;
        let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cart = cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(|(name, _)| *name == CART_COOKIE)
            .find_map(|(_, signed)| ctx.verify(CART_COOKIE, signed)?.parse().ok());
        let notice = parts.uri.query().and_then(notice);
        Ok(Self { cart, path: parts.uri.path().to_owned(), notice })
    }
}

impl Visit {
    /// The visitor's cart, if there is one.
    pub(crate) async fn find_cart(&self, ctx: &Ctx) -> Result<Option<Cart>> {
        find_cart(ctx, self.cart).await
    }

    /// Adds what the frame around every page shows.
    pub(crate) async fn page(&self, ctx: &Ctx, view: View) -> Result<View> {
        let cart = self.find_cart(ctx).await?;
        self.page_with_cart(ctx, view, cart.as_ref()).await
    }

    /// The same when the cart is at hand.
    pub(crate) async fn page_with_cart(
        &self,
        ctx: &Ctx,
        view: View,
        cart: Option<&Cart>,
    ) -> Result<View> {
        let shop = ctx.state::<Shop>()?;
        let categories = read_navigation::categories(ctx).await?;
        let present = self.path.strip_prefix("/categories/");
        let mut links = read_navigation::links(&categories, ctx.locale(), None, None);
        for link in &mut links {
            let root =
                present.and_then(|slug| read_navigation::path(&categories, slug).first().copied());
            link.current = root.is_some_and(|root| link.url == format!("/categories/{root}"));
        }
        let view = view
            .with("navigation", links)
            .with("cart_count", cart.map_or(0, |cart| cart.totals.quantity))
            .with("look", shop.look.as_ref().map(Look::address).unwrap_or_default())
            .with("logo", &shop.settings.logo);
        Ok(match &self.notice {
            Some(key) => view.with("notice", json!({ "key": key, "tone": tone(key) })),
            None => view,
        })
    }
}

/// The store's settings of this component.
pub(crate) fn settings(ctx: &Ctx) -> Result<Arc<StorefrontSettings>> {
    Ok(ctx.state::<Shop>()?.settings.clone())
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

/// Lets the browser remember a cart.
pub(crate) fn remember_cart(ctx: &Ctx, cart: CartId, mut response: Response) -> Result<Response> {
    let signed = ctx.sign(CART_COOKIE, &cart.to_string());
    let secure = if ctx.store().base_url.starts_with("https:") { "; Secure" } else { "" };
    let cookie = format!(
        "{CART_COOKIE}={signed}; Path=/; Max-Age={CART_COOKIE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    );
    response.headers_mut().append(SET_COOKIE, cookie.parse().map_err(Error::internal)?);
    Ok(response)
}

/// An amount of a Money value for a template, with nothing for nothing.
pub(crate) fn picture(url: Option<&String>) -> Value {
    url.map_or(Value::Null, |url| json!({ "url": url, "alt": "" }))
}

/// The key in `notice=`; only this component's own, so that a link cannot put words into the page.
fn notice(query: &str) -> Option<String> {
    let key = query.split('&').find_map(|pair| pair.strip_prefix("notice="))?;
    let own = key.starts_with("storefront-notice-") || key.starts_with("storefront-error-");
    let plain = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    (own && plain).then(|| key.to_owned())
}

fn tone(key: &str) -> &'static str {
    if key.starts_with("storefront-error-") { "error" } else { "ok" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_cannot_put_words_into_the_page() {
        let check = |query: &str, expect: Option<&str>| {
            assert_eq!(notice(query).as_deref(), expect, "{query}");
        };
        check("notice=storefront-notice-added", Some("storefront-notice-added"));
        check("a=b&notice=storefront-error-sold-out&c=d", Some("storefront-error-sold-out"));
        check("notice=You+won!", None);
        check("notice=storefront-notice-<b>", None);
        check("a=b", None);
    }
}
