//! `/checkout`

use ::http::StatusCode;
use axum::Form;
use axum::response::{IntoResponse, Response};
use hatchery_sdk::interfaces::cart::Cart;
use hatchery_sdk::interfaces::payment::PaymentMethod;
use hatchery_sdk::interfaces::shipping::ShippingOption;
use hatchery_sdk::prelude::*;
use serde_json::{Value, json};

use crate::domain::checkout_form::{self, Problems, Typed};
use crate::domain::country;
use crate::http::cart::{is_ready, line};
use crate::http::{Visit, go, go_with_notice, settings};
use crate::ops::place_order::{find_redirect, order_path, place_order};
use crate::ops::prepare_checkout::{Offering, prepare_checkout};
use crate::settings::StorefrontSettings;

/// GET /checkout
pub(crate) async fn show(ctx: Ctx, visit: Visit) -> Result<Response> {
    let Some(cart) = visit.find_cart(&ctx).await?.filter(is_ready) else {
        return Ok(go("/cart"));
    };
    let typed = Typed::from([("billing_same".to_owned(), "1".to_owned())]);
    let offering = prepare_checkout(&ctx, &cart, &typed).await?;
    let form = FilledForm { typed, problems: Problems::new() };
    Ok(page(&ctx, &visit, &cart, offering, form).await?.into_response())
}

/// POST /checkout
pub(crate) async fn submit(ctx: Ctx, visit: Visit, Form(typed): Form<Typed>) -> Result<Response> {
    let Some(cart) = visit.find_cart(&ctx).await? else {
        return already_placed(&ctx, &visit).await;
    };
    if !is_ready(&cart) {
        return Ok(go("/cart"));
    }
    let settings = settings(&ctx)?;
    let offering = prepare_checkout(&ctx, &cart, &typed).await?;
    if typed.get("action").is_some_and(|action| action == "refresh") {
        let form = FilledForm { typed, problems: Problems::new() };
        return Ok(page(&ctx, &visit, &cart, offering, form).await?.into_response());
    }
    let problems = match checkout_form::read(&typed, &offering.needs(&settings)) {
        Ok(filled) => match place_order(&ctx, cart.id, filled).await {
            Ok(order) => {
                let path = format!("{}&placed=1", order_path(&order));
                let redirect = find_redirect(&ctx, order.id).await?;
                return Ok(go(redirect.as_deref().unwrap_or(&path)));
            }
            Err(error) if can_be_mended(&error) => checkout_form::problems_of(&error),
            Err(error) => return Err(error),
        },
        Err(problems) => problems,
    };
    // What failed may have changed stock or prices: show those of now.
    let Some(cart) = visit.find_cart(&ctx).await?.filter(is_ready) else {
        return Ok(go_with_notice("/cart", "storefront-error-cart-changed"));
    };
    let offering = prepare_checkout(&ctx, &cart, &typed).await?;
    let form = FilledForm { typed, problems };
    let view = page(&ctx, &visit, &cart, offering, form).await?;
    Ok(view.status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

struct FilledForm {
    typed: Typed,
    problems: Problems,
}

/// A form sent twice: the first one has made the order, whose page is shown.
async fn already_placed(ctx: &Ctx, visit: &Visit) -> Result<Response> {
    use hatchery_sdk::interfaces::cart::Carts;
    use hatchery_sdk::interfaces::order::Orders;

    let (Some(id), Some(carts), Some(orders)) =
        (visit.cart, ctx.find::<dyn Carts>(), ctx.find::<dyn Orders>())
    else {
        return Ok(go("/cart"));
    };
    let closed = carts.carts(ctx, vec![id]).await?;
    let number = closed.into_iter().find_map(|cart| cart.order_number);
    let Some(number) = number else { return Ok(go("/cart")) };
    let order = orders.orders_by_number(ctx, vec![number]).await?.into_iter().next();
    Ok(match order {
        Some(order) if !order.token.is_empty() => go(&format!("{}&placed=1", order_path(&order))),
        _ => go("/cart"),
    })
}

/// Whether the buyer can do something about it.
fn can_be_mended(error: &Error) -> bool {
    matches!(error.kind(), Kind::Invalid | Kind::Conflict | Kind::NotFound | Kind::RateLimited)
}

async fn page(
    ctx: &Ctx,
    visit: &Visit,
    cart: &Cart,
    offering: Offering,
    form: FilledForm,
) -> Result<View> {
    let FilledForm { mut typed, problems } = form;
    typed.retain(|name, _| !is_secret(name));
    let lines: Vec<Value> = cart.lines.iter().map(line).collect();
    let chosen = offering.shipping_method.clone();
    let method = typed.get("payment.method").cloned();
    let shipping = offering.shipping.map(|options| {
        let options: Vec<Value> =
            options.iter().map(|option| shipping_option(option, chosen.as_deref())).collect();
        json!({ "options": options })
    });
    let payment = offering.payment.map(|methods| {
        let methods = payment_methods(&methods, method.as_deref(), ctx.locale());
        json!({ "methods": methods })
    });
    let errors = (!problems.is_empty()).then_some(problems);
    let view = View::new("storefront/checkout.html")
        .with("robots", "noindex")
        .with("cart", json!({ "lines": lines, "totals": offering.totals }))
        .with("countries", countries(settings(ctx)?.as_ref()))
        .with("shipping", shipping)
        .with("payment", payment)
        .with("values", typed)
        .with("errors", errors);
    visit.page_with_cart(ctx, view, Some(cart)).await
}

/// The countries to choose from, after the request to choose.
fn countries(settings: &StorefrontSettings) -> Vec<Value> {
    let option = |code: &str| json!({ "value": code, "key": format!("storefront-country-{code}") });
    let choose = json!({ "value": "", "key": "storefront-choose-country" });
    let offered = country::offered(&settings.countries);
    std::iter::once(choose).chain(offered.into_iter().map(option)).collect()
}

fn shipping_option(option: &ShippingOption, chosen: Option<&str>) -> Value {
    let windows: Vec<Value> = option
        .delivery_windows
        .iter()
        .map(|window| json!({ "value": window.code, "label": window.label }))
        .collect();
    json!({
        "code": option.code,
        "name": option.name,
        "description": null,
        "price": option.price,
        "selected": chosen == Some(option.code.as_str()),
        "windows": windows,
    })
}

/// Ways to pay as `payment-methods.html` shows them; the first is selected when none is.
pub(crate) fn payment_methods(
    methods: &[PaymentMethod],
    chosen: Option<&str>,
    locale: &Locale,
) -> Vec<Value> {
    let present = methods.iter().find(|method| Some(method.code.as_str()) == chosen);
    let selected = present.or(methods.first()).map(|method| &method.code);
    let shown = |method: &PaymentMethod| {
        let field = |field: &hatchery_sdk::interfaces::payment::PaymentField| {
            json!({
                "name": format!("payment.{}", field.name),
                "label": field.label.get(locale),
                "type": "text",
                "autocomplete": "off",
                "required": field.required,
                "span": 6,
            })
        };
        let description = method.description.get(locale);
        json!({
            "code": method.code,
            "name": method.name.get(locale),
            "description": (!description.is_empty()).then_some(description),
            "selected": selected == Some(&method.code),
            "fields": method.fields.iter().map(field).collect::<Vec<_>>(),
        })
    };
    methods.iter().map(shown).collect()
}

/// What was typed for a payment is not sent back into the page.
fn is_secret(name: &str) -> bool {
    name.starts_with("payment.") && name != "payment.method"
}
