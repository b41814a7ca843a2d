//! Writes the simulated year: customer files and orders.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use hatchery_sdk::interfaces::crm::{ContactChannel, CustomerFacts, Customers, Gender};
use hatchery_sdk::interfaces::order::{
    FulfillmentStatus, ImportedCharge, ImportedLine, ImportedOrder, Order as StoredOrder,
    OrderStatus, Orders, PaymentStatus,
};
use hatchery_sdk::interfaces::{PostalAddress, Sku};
use hatchery_sdk::prelude::*;

use crate::domain::catalog::{Catalog, price_in};
use crate::domain::trade::{Customer, Offer, Order, Outcome, Year, last_day_of, simulate};

/// Name of the system the orders say they come from.
const SOURCE: &str = "demo";
/// Any number; another one gives another year.
const SEED: u64 = 72;
/// Orders per unit of work.
const BATCH: usize = 300;
/// In pence: what shipping costs, and from where on it is free.
const SHIPPING: i64 = 395;
const FREE_FROM: i64 = 5000;

/// Writes what is missing of the year's customer files and orders, and gives how many of each. The year
/// ends yesterday; when some of its orders are there, it is the one they began.
pub(crate) async fn replay_year(
    ctx: &Ctx,
    catalog: &Catalog,
    progress: &Progress,
) -> Result<(usize, u64)> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok((0, 0)) };
    let last_day = last_day(ctx, &*orders).await?;
    let offers = offers(catalog, ctx.store().currency);
    let year = simulate(SEED, last_day, &offers).map_err(Error::internal)?;
    let count = year.orders.len() as u64;

    progress.report(0, Some(count), "customers");
    let learned = learn_customers(ctx, &year).await?;
    let mut created = 0;
    for (batch, first) in year.orders.chunks(BATCH).zip((0..).step_by(BATCH)) {
        progress.report(first as u64, Some(count), "orders");
        let drafts = batch.iter().enumerate();
        let drafts = drafts
            .map(|(position, order)| imported(ctx, &year, &offers, order, first + position))
            .collect::<Result<_>>()?;
        created += orders.import_orders(ctx, drafts).await?.created;
    }
    orders.end_import(ctx).await?;
    progress.report(count, Some(count), "done");
    Ok((learned, created))
}

async fn last_day(ctx: &Ctx, orders: &dyn Orders) -> Result<NaiveDate> {
    let of_demo = Query::<StoredOrder>::new().filter(StoredOrder::SOURCE.eq(SOURCE));
    let first =
        orders.list_orders(ctx, of_demo.order_by(StoredOrder::PLACED_AT.asc()).limit(1)).await?;
    let yesterday = ctx.now().date_naive() - Days::new(1);
    Ok(first.items.first().map_or(yesterday, |order| last_day_of(order.placed_at)))
}

/// All variants with their prices in that currency.
fn offers(catalog: &Catalog, currency: Currency) -> Vec<Offer> {
    let full = |product: &str, variant: &str, open: &str, close: &str| match variant {
        "" => product.to_owned(),
        variant => format!("{product}{open}{variant}{close}"),
    };
    let of_product = catalog.products().flat_map(|(_, product)| {
        product.variants().into_iter().map(move |variant| Offer {
            product: product.slug.clone(),
            name: (
                full(&product.name.en, &variant.name.en, " (", ")"),
                full(&product.name.zh, &variant.name.zh, "（", "）"),
            ),
            sku: variant.sku,
            price: price_in(currency.code(), variant.price),
        })
    });
    of_product.collect()
}

/// Begins the files of customers with an account. Guests get theirs from their orders.
async fn learn_customers(ctx: &Ctx, year: &Year) -> Result<usize> {
    let Some(customers) = ctx.find::<dyn Customers>() else { return Ok(0) };
    let known = year.customers.iter().filter(|customer| customer.reference.is_some());
    let known: Vec<&Customer> = known.collect();
    let emails = known.iter().map(|customer| customer.person.email.clone()).collect();
    let there = customers.customers_by_email(ctx, emails).await?;
    let there: BTreeSet<&str> =
        there.iter().filter_map(|customer| customer.email.as_deref()).collect();
    let missing =
        known.into_iter().filter(|customer| !there.contains(customer.person.email.as_str()));
    let facts: Vec<CustomerFacts> = missing.map(facts).collect();
    let count = facts.len();
    if count > 0 {
        customers.learn(ctx, facts).await?;
    }
    Ok(count)
}

fn facts(customer: &Customer) -> CustomerFacts {
    let person = &customer.person;
    let channel = |kind: &str, value: &String, preferred| ContactChannel {
        kind: kind.to_owned(),
        value: value.clone(),
        preferred,
    };
    let mut channels = vec![channel("email", &person.email, person.wechat.is_none())];
    channels.extend(person.phone.iter().map(|number| channel("phone", number, false)));
    channels.extend(person.wechat.iter().map(|account| channel("wechat", account, true)));
    CustomerFacts {
        reference: customer.reference.as_ref().map(|number| (SOURCE.to_owned(), number.clone())),
        email: Some(person.email.clone()),
        name: Some(person.name.clone()),
        gender: person.female.map(|female| if female { Gender::Female } else { Gender::Male }),
        birth_date: person.birth_date,
        occupation: person.occupation.map(str::to_owned),
        interests: person.interests.iter().map(|interest| (*interest).to_owned()).collect(),
        channels,
        address: Some(address(customer)),
        locale: Some(if person.chinese() { Locale::zh_cn() } else { Locale::en() }),
    }
}

fn address(customer: &Customer) -> PostalAddress {
    let (person, address) = (&customer.person, &customer.person.address);
    PostalAddress {
        name: person.name.clone(),
        line1: address.line1.clone(),
        line2: address.line2.clone(),
        city: address.city.to_owned(),
        region: address.region.map(str::to_owned),
        postal_code: address.postal_code.clone(),
        country: address.country.to_owned(),
        phone: person.phone.clone(),
    }
}

fn imported(
    ctx: &Ctx,
    year: &Year,
    offers: &[Offer],
    order: &Order,
    position: usize,
) -> Result<ImportedOrder> {
    let currency = ctx.store().currency;
    let customer = &year.customers[order.customer];
    let chinese = customer.person.chinese();
    // A hundred rows are kept for every order.
    let row = |line: usize| (position * 100 + line) as i64;
    let lines: Vec<ImportedLine> = order
        .lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let offer = &offers[line.offer];
            let (en, zh) = &offer.name;
            Ok(ImportedLine {
                row: row(index + 1),
                sku: Sku::new(&offer.sku)?,
                name: if chinese { zh.clone() } else { en.clone() },
                quantity: line.quantity,
                returned: line.returned,
                unit: UnitPrice::from(Money { minor: offer.price, currency }),
            })
        })
        .collect::<Result<_>>()?;
    let subtotal: i64 =
        order.lines.iter().map(|line| offers[line.offer].price * line.quantity).sum();
    let in_store = |pence| price_in(currency.code(), pence);
    let shipping = (subtotal < in_store(FREE_FROM)).then(|| ImportedCharge {
        row: row(0),
        kind: "shipping".to_owned(),
        label: if chinese { "运费" } else { "Shipping" }.to_owned(),
        amount: Money { minor: in_store(SHIPPING), currency },
        source: "standard".to_owned(),
    });
    let (status, payment_status, fulfillment_status) = statuses(order);
    Ok(ImportedOrder {
        source: SOURCE.to_owned(),
        number: order.number.clone(),
        placed_at: order.placed_at,
        customer_reference: customer.reference.clone(),
        email: Some(customer.person.email.clone()),
        country: Some(customer.person.address.country.to_owned()),
        status,
        payment_status,
        fulfillment_status,
        lines,
        charges: shipping.into_iter().collect(),
        shipping_address: Some(address(customer)),
        customer_name: Some(customer.person.name.clone()),
    })
}

/// How far the house, the money and the goods are.
fn statuses(order: &Order) -> (OrderStatus, PaymentStatus, FulfillmentStatus) {
    use FulfillmentStatus::{Delivered, PartiallyReturned, Returned, Shipped, Unfulfilled};
    let whole = order.lines.iter().all(|line| line.returned == line.quantity);
    match order.outcome {
        Outcome::Placed => (OrderStatus::Placed, PaymentStatus::Paid, Unfulfilled),
        Outcome::Reviewed => (OrderStatus::Reviewed, PaymentStatus::Paid, Unfulfilled),
        Outcome::Shipped => (OrderStatus::Reviewed, PaymentStatus::Paid, Shipped),
        Outcome::Completed => (OrderStatus::Completed, PaymentStatus::Paid, Delivered),
        Outcome::Returned if whole => (OrderStatus::Completed, PaymentStatus::Refunded, Returned),
        Outcome::Returned => {
            (OrderStatus::Completed, PaymentStatus::PartiallyRefunded, PartiallyReturned)
        }
        Outcome::Cancelled => (OrderStatus::Cancelled, PaymentStatus::Voided, Unfulfilled),
    }
}
