//! `/cart`, `/cart/lines`, `/cart/lines/{id}`

use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{Cart, CartLine, CartLineId};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::{Visit, go, go_with_notice, picture, remember_cart};
use crate::ops::add_to_cart::{add_to_cart, product_of, set_quantity};
use crate::ops::prepare_checkout::Totals;

/// GET /cart
pub(crate) async fn show(ctx: Ctx, visit: Visit) -> Result<View> {
    let cart = visit.find_cart(&ctx).await?;
    let view = View::new("storefront/cart.html").with("robots", "noindex");
    let view = match &cart {
        Some(cart) => {
            let lines: Vec<Value> = cart.lines.iter().map(line).collect();
            let can_checkout = !cart.lines.iter().any(|line| problem(line).is_some());
            let shown = json!({
                "id": cart.id,
                "lines": lines,
                "totals": Totals::of_cart(cart),
                "coupons": null,
            });
            view.with("cart", shown)
                .with("can_checkout", can_checkout)
                .slot("cart.after", [cart.id.to_string()])
        }
        None => view.with("cart", Value::Null),
    };
    visit.page_with_cart(&ctx, view, cart.as_ref()).await
}

/// What is added.
#[derive(Deserialize)]
pub(crate) struct Addition {
    sku: String,
    #[serde(default)]
    quantity: String,
}

/// POST /cart/lines
pub(crate) async fn add(
    ctx: Ctx,
    visit: Visit,
    Form(addition): Form<Addition>,
) -> Result<Response> {
    let sku = Sku::new(&addition.sku)?;
    let quantity: i64 = addition.quantity.trim().parse().unwrap_or(1);
    let added = match quantity {
        1.. => add_to_cart(&ctx, visit.cart, sku.clone(), quantity).await,
        _ => Err(Error::invalid("cart.quantity", "The quantity is at least 1.")),
    };
    match added {
        Ok(cart) => {
            remember_cart(&ctx, cart.id, go_with_notice("/cart", "storefront-notice-added"))
        }
        Err(error) => {
            let key = reason(error)?;
            let path = match product_of(&ctx, sku.clone()).await? {
                Some(slug) => format!("/products/{slug}?{}", encoded("sku", sku.as_str())?),
                None => "/cart".to_owned(),
            };
            Ok(go_with_notice(&path, key))
        }
    }
}

/// What becomes of a line.
#[derive(Deserialize)]
pub(crate) struct Change {
    #[serde(default)]
    quantity: String,
    #[serde(default)]
    action: String,
}

/// POST /cart/lines/{id}
pub(crate) async fn change(
    ctx: Ctx,
    visit: Visit,
    Path(line): Path<String>,
    Form(change): Form<Change>,
) -> Result<Response> {
    let (Some(cart), Ok(line)) = (visit.cart, line.parse::<CartLineId>()) else {
        return Ok(go("/cart"));
    };
    let (quantity, notice) = match change.action.as_str() {
        "remove" => (Some(0), "storefront-notice-removed"),
        _ => (change.quantity.trim().parse().ok(), "storefront-notice-cart-updated"),
    };
    let Some(quantity) = quantity.filter(|count| *count >= 0) else {
        return Ok(go_with_notice("/cart", "storefront-error-quantity"));
    };
    match set_quantity(&ctx, cart, line, quantity).await {
        Ok(_) => Ok(go_with_notice("/cart", notice)),
        Err(error) => Ok(go_with_notice("/cart", reason(error)?)),
    }
}

/// A line as `cart.html` shows it.
pub(crate) fn line(line: &CartLine) -> Value {
    json!({
        "id": line.id,
        "sku": line.sku,
        "name": line.name,
        "variant": null,
        "url": format!("/products/{}", line.slug),
        "image": picture(line.image.as_ref()),
        "quantity": line.quantity,
        "max": line.available.filter(|count| *count > 0),
        "unit_price": line.unit_price,
        "total": line.total,
        "adjustments": [],
        "problem": problem(line),
    })
}

/// Whether the cart can become an order as it is.
pub(crate) fn is_ready(cart: &Cart) -> bool {
    !cart.lines.is_empty() && !cart.lines.iter().any(|line| problem(line).is_some())
}

fn problem(line: &CartLine) -> Option<&'static str> {
    match line.available {
        Some(count) if count <= 0 => Some("storefront-error-sold-out"),
        Some(count) if count < line.quantity => Some("storefront-error-not-enough-stock"),
        _ => None,
    }
}

/// What the shopper is told when the cart refuses; other failures are the kernel's to show.
fn reason(error: Error) -> Result<&'static str> {
    let sold_out = || error.details().is_some_and(|details| details["available"] == 0);
    match (error.code(), error.kind()) {
        ("cart.insufficient_stock", _) if sold_out() => Ok("storefront-error-sold-out"),
        ("cart.insufficient_stock", _) => Ok("storefront-error-not-enough-stock"),
        ("cart.no_price" | "cart.sku_unknown", _) => Ok("storefront-error-unavailable"),
        (_, Kind::Conflict | Kind::NotFound) => Ok("storefront-error-cart-changed"),
        (_, Kind::Invalid) => Ok("storefront-error-quantity"),
        _ => Err(error),
    }
}

fn encoded(name: &str, value: &str) -> Result<String> {
    serde_urlencoded::to_string([(name, value)]).map_err(Error::internal)
}
