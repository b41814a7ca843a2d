//! Finds out what a checkout offers: ways to ship and to pay, and what the order would cost.

use hatchery_sdk::interfaces::cart::Cart;
use hatchery_sdk::interfaces::order::{Adjustment, Orders};
use hatchery_sdk::interfaces::payment::{PaymentMethod, Payments};
use hatchery_sdk::interfaces::shipping::{Shipping, ShippingLine, ShippingOption, ShippingQuery};
use hatchery_sdk::prelude::*;
use serde::Serialize;

use crate::domain::checkout_form::{Needs, Typed, address_so_far};
use crate::domain::country;
use crate::settings::StorefrontSettings;

/// What can be chosen, and the sums with what is chosen.
#[derive(Debug)]
pub(crate) struct Offering {
    pub(crate) shipping: Option<Vec<ShippingOption>>,
    pub(crate) payment: Option<Vec<PaymentMethod>>,
    /// Code of the shipping method that was chosen, else of the first one.
    pub(crate) shipping_method: Option<String>,
    pub(crate) totals: Totals,
}

/// Sums as `totals.html` shows them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Totals {
    pub(crate) subtotal: Money,
    pub(crate) adjustments: Vec<Adjustment>,
    pub(crate) total: Money,
}

impl Totals {
    /// The sums of a cart, before shipping and taxes.
    pub(crate) fn of_cart(cart: &Cart) -> Self {
        Self { subtotal: cart.totals.subtotal, adjustments: Vec::new(), total: cart.totals.total }
    }
}

impl Offering {
    /// What the form must have, so that an order can be placed.
    pub(crate) fn needs<'a>(&self, settings: &'a StorefrontSettings) -> Needs<'a> {
        let codes = |option: &ShippingOption| {
            let windows = option.delivery_windows.iter().map(|window| window.code.clone());
            (option.code.clone(), windows.collect())
        };
        Needs {
            countries: country::offered(&settings.countries),
            shipping: self.shipping.as_ref().map(|options| options.iter().map(codes).collect()),
            payment: self.payment.clone(),
        }
    }
}

/// Asks the components that are there, with as much of the form as is filled.
pub(crate) async fn prepare_checkout(ctx: &Ctx, cart: &Cart, typed: &Typed) -> Result<Offering> {
    let address = address_so_far(typed);
    let shipping = match ctx.find::<dyn Shipping>() {
        // Where nobody carries there is nothing to choose.
        Some(shipping) if shipping.is_offered(ctx).await? => {
            let query = ShippingQuery {
                country: address.as_ref().map(|address| address.country.clone()),
                postal_code: address
                    .as_ref()
                    .map(|address| address.postal_code.clone())
                    .filter(|code| !code.is_empty()),
                lines: cart.lines.iter().map(shipping_line).collect(),
                subtotal: cart.totals.subtotal,
            };
            Some(shipping.options(ctx, query).await?)
        }
        _ => None,
    };
    let shipping_method = shipping.as_ref().and_then(|options| {
        let asked = typed.get("shipping_method");
        let chosen = options.iter().find(|option| Some(&option.code) == asked);
        chosen.or(options.first()).map(|option| option.code.clone())
    });
    let totals = match ctx.find::<dyn Orders>() {
        Some(orders) => {
            let quote = orders.quote_order(ctx, cart.id, address, shipping_method.clone()).await?;
            Totals { subtotal: quote.subtotal, adjustments: quote.adjustments, total: quote.total }
        }
        None => Totals::of_cart(cart),
    };
    let payment = match ctx.find::<dyn Payments>() {
        Some(payments) if payments.is_offered(ctx).await? => {
            Some(payments.methods(ctx, totals.total).await?)
        }
        _ => None,
    };
    Ok(Offering { shipping, payment, shipping_method, totals })
}

fn shipping_line(line: &hatchery_sdk::interfaces::cart::CartLine) -> ShippingLine {
    ShippingLine { sku: line.sku.clone(), quantity: line.quantity, weight_grams: line.weight_grams }
}
