//! Files grow from orders.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::crm::{Customer, CustomerFacts, CustomerId};
use hatchery_sdk::interfaces::order::{Buyer, Order, OrderId, Orders, Purchases};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::ops::learn_facts::learn_facts;

const ORDERS: u32 = 500;
/// The source of orders that were placed here.
const STOREFRONT: &str = "storefront";

/// Learns what orders tell of their customers and counts anew what those bought. Inside a unit of work.
pub(crate) async fn grow_files(ctx: &Ctx, ids: Vec<OrderId>) -> Result<()> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok(()) };
    let buyers = orders.buyers(ctx, ids).await?;
    grow(ctx, buyers).await
}

/// Reads all orders again.
pub(crate) async fn resync(ctx: Ctx, progress: Progress) -> Result<()> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok(()) };
    let mut query = Query::<Order>::new().limit(ORDERS);
    let mut done = 0;
    loop {
        let page = orders.list_orders(&ctx, query.clone()).await?;
        done += page.items.len() as u64;
        let buyers = page.items.into_iter().map(Buyer::from).collect();
        ctx.transaction(|ctx| async move { grow(&ctx, buyers).await }).await?;
        progress.report(done, None, "orders");
        match page.next_cursor {
            Some(cursor) => query = query.after(cursor),
            None => return Ok(()),
        }
    }
}

async fn grow(ctx: &Ctx, buyers: Vec<Buyer>) -> Result<()> {
    // Who an order belongs to, as orders call customers: the address, else the number.
    let named: Vec<(String, CustomerFacts)> = buyers
        .into_iter()
        .filter_map(|buyer| {
            let customer = buyer.email.clone().or_else(|| buyer.customer_reference.clone())?;
            Some((customer, facts(buyer)))
        })
        .collect();
    if named.is_empty() {
        return Ok(());
    }
    let (customers, facts): (Vec<String>, Vec<CustomerFacts>) = named.into_iter().unzip();
    let ids = learn_facts(ctx, facts).await?;
    let files: BTreeMap<String, CustomerId> = customers.into_iter().zip(ids).collect();
    count(ctx, files).await
}

/// Writes what customers bought over all into their files.
async fn count(ctx: &Ctx, files: BTreeMap<String, CustomerId>) -> Result<()> {
    let Some(orders) = ctx.find::<dyn Orders>() else { return Ok(()) };
    let mut totals: BTreeMap<CustomerId, Vec<Purchases>> = BTreeMap::new();
    for purchases in orders.purchases(ctx, files.keys().cloned().collect()).await? {
        if let Some(id) = files.get(&purchases.customer) {
            totals.entry(*id).or_default().push(purchases);
        }
    }
    let mut ids: Vec<CustomerId> = files.into_values().collect();
    ids.sort();
    ids.dedup();
    let mut changed = Vec::new();
    for file in db::customer::by_ids(&ctx.db(), ctx.store().currency, &ids).await? {
        let bought = totals.remove(&file.id).unwrap_or_default();
        let counted = counted(&file, &bought, ctx.store().currency)?;
        if counted != file {
            changed.push(counted);
        }
    }
    db::customer::save(&ctx.db(), &changed).await
}

fn counted(file: &Customer, bought: &[Purchases], currency: Currency) -> Result<Customer> {
    Ok(Customer {
        orders: bought.iter().map(|purchases| purchases.orders).sum(),
        spent: Some(Money::sum(currency, bought.iter().map(|purchases| purchases.spent))?),
        first_order_at: bought.iter().filter_map(|purchases| purchases.first_at).min(),
        last_order_at: bought.iter().filter_map(|purchases| purchases.last_at).max(),
        ..file.clone()
    })
}

fn facts(buyer: Buyer) -> CustomerFacts {
    let name = buyer.shipping_address.as_ref().map(|address| address.name.clone());
    let is_ours = buyer.source == STOREFRONT;
    CustomerFacts {
        reference: buyer.customer_reference.map(|number| (buyer.source, number)),
        email: buyer.email,
        name: name.filter(|name| !name.trim().is_empty()),
        address: buyer.shipping_address,
        locale: is_ours.then_some(buyer.locale),
        ..Default::default()
    }
}
