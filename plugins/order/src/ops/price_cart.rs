//! What the order of a cart costs: lines, shipping, taxes. Asks carriers, so outside any unit of work.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::PostalAddress;
use hatchery_sdk::interfaces::cart::{Cart, CartId, CartLine, Carts};
use hatchery_sdk::interfaces::order::{Adjustment, OrderLine};
use hatchery_sdk::interfaces::shipping::{ShippingLine, ShippingOption, ShippingQuery};
use hatchery_sdk::interfaces::tax::{TaxQuery, TaxableAmount, Taxes};
use hatchery_sdk::prelude::*;

use crate::domain::totals;
use crate::error::OrderError;
use crate::ops::offered::find_shipping;

/// A cart with everything it costs.
pub(crate) struct Priced {
    pub(crate) cart: Cart,
    pub(crate) shipping: Option<ShippingOption>,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) adjustments: Vec<Adjustment>,
    pub(crate) subtotal: Money,
    pub(crate) total: Money,
}

/// The cart of an id.
pub(crate) async fn get_cart(ctx: &Ctx, id: CartId) -> Result<Cart> {
    let cart = ctx.get::<dyn Carts>()?.carts(ctx, vec![id]).await?.pop();
    Ok(cart.ok_or(OrderError::UnknownCart)?)
}

/// Adds up lines, shipping and taxes.
pub(crate) async fn price(
    ctx: &Ctx,
    cart: Cart,
    address: Option<&PostalAddress>,
    shipping: Option<ShippingOption>,
) -> Result<Priced> {
    let line = |line: &CartLine| OrderLine {
        id: ctx.new_id(),
        sku: line.sku.clone(),
        product_id: Some(line.product_id),
        name: line.name.clone(),
        quantity: line.quantity,
        returned: 0,
        unit_price: line.unit_price,
        unit: line.unit,
        total: line.total,
    };
    let lines: Vec<OrderLine> = cart.lines.iter().map(line).collect();
    let mut adjustments: Vec<Adjustment> = shipping.iter().map(shipping_adjustment).collect();
    adjustments.extend(taxes(ctx, &cart, address, shipping.as_ref()).await?);
    let (subtotal, total) = totals::totals(ctx.store().currency, &lines, &adjustments)?;
    Ok(Priced { cart, shipping, lines, adjustments, subtotal, total })
}

/// The shipping option of a code; nothing in a store where nobody carries.
pub(crate) async fn choose_shipping(
    ctx: &Ctx,
    cart: &Cart,
    address: Option<&PostalAddress>,
    wanted: &str,
) -> Result<Option<ShippingOption>> {
    let Some(shipping) = find_shipping(ctx).await? else { return Ok(None) };
    let line = |line: &CartLine| ShippingLine {
        sku: line.sku.clone(),
        quantity: line.quantity,
        weight_grams: line.weight_grams,
    };
    let query = ShippingQuery {
        country: address.map(|address| address.country.clone()),
        postal_code: address.map(|address| address.postal_code.clone()),
        lines: cart.lines.iter().map(line).collect(),
        subtotal: cart.totals.subtotal,
    };
    let options = shipping.options(ctx, query).await?;
    let known = options.iter().map(|option| option.code.clone()).collect();
    let option = options.into_iter().find(|option| option.code == wanted);
    let unknown = OrderError::UnknownShippingMethod { code: wanted.to_owned(), known };
    Ok(Some(option.ok_or(unknown)?))
}

fn shipping_adjustment(option: &ShippingOption) -> Adjustment {
    Adjustment {
        kind: "shipping".into(),
        label: option.name.clone(),
        amount: option.price,
        source: option.code.clone(),
        included: None,
    }
}

async fn taxes(
    ctx: &Ctx,
    cart: &Cart,
    address: Option<&PostalAddress>,
    shipping: Option<&ShippingOption>,
) -> Result<Vec<Adjustment>> {
    let Some(taxes) = ctx.find::<dyn Taxes>() else { return Ok(Vec::new()) };
    let mut by_category: BTreeMap<String, Money> = BTreeMap::new();
    for line in &cart.lines {
        let sum = by_category
            .entry(line.tax_category.clone())
            .or_insert(Money::zero(ctx.store().currency));
        *sum = sum.try_add(line.total)?;
    }
    if let Some(option) = shipping {
        by_category.insert("shipping".into(), option.price);
    }
    let amount = |(category, amount)| TaxableAmount { category, amount };
    let query = TaxQuery {
        country: address.map(|address| address.country.clone()),
        region: address.and_then(|address| address.region.clone()),
        amounts: by_category.into_iter().map(amount).collect(),
    };
    let lines = taxes.quote(ctx, query).await?;
    Ok(lines.into_iter().map(totals::tax_adjustment).collect())
}
