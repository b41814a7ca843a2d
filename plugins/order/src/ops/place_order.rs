//! A cart becomes an order.

use hatchery_sdk::interfaces::PostalAddress;
use hatchery_sdk::interfaces::SkuQuantity;
use hatchery_sdk::interfaces::cart::Carts;
use hatchery_sdk::interfaces::inventory::Inventory;
use hatchery_sdk::interfaces::order::{
    FulfillmentStatus, Order, OrderId, OrderLine, OrderPlaced, OrderStatus, PaymentStatus,
    PlaceOrder,
};
use hatchery_sdk::interfaces::payment::{NewPayments, Payments, TenderRequest};
use hatchery_sdk::prelude::*;
use std::time::Duration;

use crate::db;
use crate::domain::address;
use crate::error::OrderError;
use crate::ops::apply_payment::apply_payment;
use crate::ops::offered::{find_payments, find_shipping};
use crate::ops::price_cart::{Priced, choose_shipping, get_cart, price};
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
        Ok(id) => {
            ctx.count("placed", 1);
            settle(ctx, id).await
        }
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
    let Some(payments) = find_payments(ctx).await? else { return Ok(()) };
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

/// Everything about the order that is known before it is written.
struct Draft {
    priced: Priced,
    email: String,
    shipping_address: Option<PostalAddress>,
    billing_address: Option<PostalAddress>,
    delivery_window: Option<String>,
    /// Whether anybody takes payments.
    takes_payments: bool,
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
    let shipping = if find_shipping(ctx).await?.is_some() {
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
    let takes_payments = find_payments(ctx).await?.is_some();
    Ok(Draft {
        priced,
        email,
        shipping_address,
        billing_address,
        delivery_window,
        takes_payments,
        tenders: request.tenders,
    })
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
    let payments = ctx.find::<dyn Payments>().filter(|_| draft.takes_payments);
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
            return_url: format!("{}&placed=1", return_url(ctx, &order)),
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
        && !payments.summaries(ctx, vec![id]).await?.is_empty()
        && let Err(error) = payments.process(ctx, id).await
    {
        tracing::warn!(order = %id, error = %error.chain(), "payment not tried yet; its job will");
    }
    apply_payment(ctx, id).await
}
