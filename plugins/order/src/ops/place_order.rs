//! A cart becomes an order.

use hatchery_sdk::interfaces::PostalAddress;
use hatchery_sdk::interfaces::SkuQuantity;
use hatchery_sdk::interfaces::cart::{Cart, CartId, CartLine, Carts};
use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::order::{
    Adjustment, FulfillmentStatus, Order, OrderId, OrderLine, OrderPlaced, OrderQuote, OrderStatus,
    PaymentStatus, PlaceOrder,
};
use hatchery_sdk::interfaces::payment::{NewPayments, Payments, TenderRequest};
use hatchery_sdk::interfaces::shipping::{Shipping, ShippingLine, ShippingOption, ShippingQuery};
use hatchery_sdk::interfaces::tax::{TaxQuery, TaxableAmount, Taxes};
use hatchery_sdk::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::db;
use crate::domain::{address, totals};
use crate::error::OrderError;
use crate::ops::apply_payment::apply_payment;
use crate::ops::step;
use crate::settings::OrderSettings;

/// Places the order of a cart and tries its payment. The same cart gives the same order, however often.
pub(crate) async fn place_order(
    ctx: &Ctx,
    settings: &OrderSettings,
    request: PlaceOrder,
) -> Result<Order> {
    let cart_id = request.cart_id;
    if let Some(order) = db::order::by_cart(&ctx.db(), cart_id).await? {
        return settle(ctx, order.id).await;
    }
    let draft = prepare(ctx, request).await?;
    let settings = settings.clone();
    let placed = ctx.transaction(|ctx| async move { write(&ctx, &settings, draft).await }).await;
    match placed {
        Ok(id) => settle(ctx, id).await,
        // Another request with the same cart was faster; its order is the order.
        Err(error) if error.code() == "cart.closed" => {
            match db::order::by_cart(&ctx.db(), cart_id).await? {
                Some(order) => settle(ctx, order.id).await,
                None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Address of the customer's page of an order.
pub(crate) fn return_url(ctx: &Ctx, order: &Order) -> String {
    format!("{}/orders/{}?token={}", ctx.store().base_url, order.number, order.token)
}

/// Every tender must name a method there is.
pub(crate) async fn check_methods(
    ctx: &Ctx,
    total: Money,
    tenders: &[TenderRequest],
) -> Result<()> {
    let Some(payments) = ctx.find::<dyn Payments>() else { return Ok(()) };
    if total.is_zero() {
        return Ok(());
    }
    let methods = payments.methods(ctx, total).await?;
    let known: Vec<String> = methods.into_iter().map(|method| method.code).collect();
    if tenders.is_empty() {
        let message = "Please choose how to pay.";
        return Err(
            OrderError::Field { field: "/payment/method", code: "required", message }.into()
        );
    }
    match tenders.iter().find(|tender| !known.contains(&tender.method)) {
        Some(tender) => {
            Err(OrderError::UnknownPaymentMethod { code: tender.method.clone(), known }.into())
        }
        None => Ok(()),
    }
}

/// What the order of a cart would cost, as far as address and shipping method are known.
pub(crate) async fn quote_order(
    ctx: &Ctx,
    cart_id: CartId,
    address: Option<PostalAddress>,
    shipping_method: Option<String>,
) -> Result<OrderQuote> {
    let cart = get_cart(ctx, cart_id).await?;
    let shipping = match shipping_method {
        Some(code) => choose_shipping(ctx, &cart, address.as_ref(), &code).await?,
        None => None,
    };
    let priced = price(ctx, cart, address.as_ref(), shipping).await?;
    Ok(OrderQuote {
        subtotal: priced.subtotal,
        adjustments: priced.adjustments,
        total: priced.total,
    })
}

/// A cart with everything it costs.
struct Priced {
    cart: Cart,
    shipping: Option<ShippingOption>,
    lines: Vec<OrderLine>,
    adjustments: Vec<Adjustment>,
    subtotal: Money,
    total: Money,
}

/// Everything about the order that is known before it is written.
struct Draft {
    priced: Priced,
    email: String,
    shipping_address: Option<PostalAddress>,
    billing_address: Option<PostalAddress>,
    delivery_window: Option<String>,
    tenders: Vec<TenderRequest>,
}

/// Checks the request and asks carriers and providers, outside any unit of work.
async fn prepare(ctx: &Ctx, request: PlaceOrder) -> Result<Draft> {
    let email = address::email(&request.email)?;
    let check = |address: Option<PostalAddress>| address.as_ref().map(address::address).transpose();
    let shipping_address = check(request.shipping_address)?;
    let billing_address = check(request.billing_address)?;
    let cart = get_cart(ctx, request.cart_id).await?;
    if cart.lines.is_empty() {
        return Err(OrderError::EmptyCart.into());
    }
    let shipping = if ctx.find::<dyn Shipping>().is_some() {
        let message = "Please give the address it goes to.";
        let missing = OrderError::Field { field: "/shipping_address", code: "required", message };
        let address = shipping_address.as_ref().ok_or(missing)?;
        let code = request.shipping_method.unwrap_or_default();
        choose_shipping(ctx, &cart, Some(address), &code).await?
    } else {
        None
    };
    let delivery_window = shipping.as_ref().and(request.delivery_window);
    if let (Some(code), Some(option)) = (&delivery_window, &shipping)
        && !option.delivery_windows.iter().any(|window| window.code == *code)
    {
        return Err(OrderError::UnknownDeliveryWindow { code: code.clone() }.into());
    }
    let priced = price(ctx, cart, shipping_address.as_ref(), shipping).await?;
    check_methods(ctx, priced.total, &request.tenders).await?;
    let tenders = request.tenders;
    Ok(Draft { priced, email, shipping_address, billing_address, delivery_window, tenders })
}

async fn get_cart(ctx: &Ctx, id: CartId) -> Result<Cart> {
    let cart = ctx.get::<dyn Carts>()?.carts(ctx, vec![id]).await?.pop();
    Ok(cart.ok_or(OrderError::UnknownCart)?)
}

async fn price(
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

async fn choose_shipping(
    ctx: &Ctx,
    cart: &Cart,
    address: Option<&PostalAddress>,
    wanted: &str,
) -> Result<Option<ShippingOption>> {
    let Some(shipping) = ctx.find::<dyn Shipping>() else { return Ok(None) };
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

/// Writes the order, in one unit of work with everything that must be true together.
async fn write(ctx: &Ctx, settings: &OrderSettings, draft: Draft) -> Result<OrderId> {
    let priced = draft.priced;
    let id: OrderId = ctx.new_id();
    let now = ctx.now();
    let carts = ctx.get::<dyn Carts>()?;
    let next = db::number::next(&ctx.db(), "order", settings.first_number).await?;
    let number = format!("{}{next}", settings.number_prefix);
    carts.close(ctx, priced.cart.id, number.clone()).await?;
    let closed = carts.carts(ctx, vec![priced.cart.id]).await?.pop();
    let unchanged = closed.is_some_and(|cart| {
        cart.version == priced.cart.version + 1 && cart.totals == priced.cart.totals
    });
    if !unchanged {
        return Err(OrderError::CartChanged.into());
    }
    let pay_until = now + Duration::from_secs(60 * u64::from(settings.payment_window_minutes));
    let payments = ctx.find::<dyn Payments>();
    let waits = payments.is_some() && !priced.total.is_zero();
    if let Some(inventory) = ctx.find::<dyn Inventory>() {
        let quantity =
            |line: &OrderLine| SkuQuantity { sku: line.sku.clone(), quantity: line.quantity };
        let lines = priced.lines.iter().map(quantity).collect();
        // Longer than the window, so that cancelling, not forgetting, gives the goods back.
        let expires_at = waits.then(|| pay_until + Duration::from_secs(3600));
        inventory.reserve(ctx, id.to_string(), lines, expires_at).await?;
    }
    let order = Order {
        id,
        number: number.clone(),
        token: ctx.random(16).iter().map(|byte| format!("{byte:02x}")).collect(),
        status: OrderStatus::Placed,
        payment_status: PaymentStatus::Unpaid,
        fulfillment_status: FulfillmentStatus::Unfulfilled,
        email: Some(draft.email.clone()),
        customer_reference: None,
        locale: ctx.locale().clone(),
        currency: ctx.store().currency,
        lines: priced.lines,
        adjustments: priced.adjustments,
        subtotal: priced.subtotal,
        total: priced.total,
        shipping_address: draft.shipping_address,
        billing_address: draft.billing_address,
        shipping_method: priced.shipping.map(|option| option.code),
        delivery_window: draft.delivery_window,
        timeline: vec![step::public(ctx, "placed", "")],
        placed_at: now,
        source: "storefront".into(),
        version: 1,
    };
    db::order::insert(ctx, &order, priced.cart.id, waits.then_some(pay_until)).await?;
    if let Some(payments) = payments {
        let request = NewPayments {
            order_id: id,
            order_number: number.clone(),
            return_url: return_url(ctx, &order),
            total: order.total,
            email: draft.email,
            tenders: draft.tenders,
        };
        payments.open(ctx, request).await?;
    }
    ctx.emit(&OrderPlaced { id, number, cart_id: Some(priced.cart.id) }).await?;
    Ok(id)
}

/// Tries the payment and writes what became of it. If the provider does not answer now, the payment's own
/// job goes on, and the order is answered as it is.
async fn settle(ctx: &Ctx, id: OrderId) -> Result<Order> {
    if let Some(payments) = ctx.find::<dyn Payments>()
        && let Err(error) = payments.process(ctx, id).await
    {
        tracing::warn!(order = %id, error = %error.chain(), "payment not tried yet; its job will");
    }
    apply_payment(ctx, id).await
}
