//! Keeps orders of another system as history.

use std::collections::BTreeMap;

use hatchery_sdk::interfaces::order::{
    Adjustment, ImportCounts, ImportedOrder, Order, OrderId, OrderLine, OrdersImported,
};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::totals::totals;

/// Writes orders whose number is new, and lines whose row is new; everything else is here already. Orders
/// of one number in one batch are one order. Nobody is asked for money or sent mail.
pub(crate) async fn import_orders(ctx: &Ctx, orders: Vec<ImportedOrder>) -> Result<ImportCounts> {
    ctx.transaction(|ctx| async move {
        let mut counts = ImportCounts::default();
        let mut changed: Vec<OrderId> = Vec::new();
        for (source, orders) in by_source(orders) {
            import(&ctx, &source, orders, &mut counts, &mut changed).await?;
        }
        if !changed.is_empty() {
            ctx.emit(&OrdersImported { ids: changed }).await?;
        }
        Ok(counts)
    })
    .await
}

fn by_source(orders: Vec<ImportedOrder>) -> BTreeMap<String, Vec<ImportedOrder>> {
    let mut sources: BTreeMap<String, Vec<ImportedOrder>> = BTreeMap::new();
    for order in orders {
        sources.entry(order.source.clone()).or_default().push(order);
    }
    sources
}

async fn import(
    ctx: &Ctx,
    source: &str,
    orders: Vec<ImportedOrder>,
    counts: &mut ImportCounts,
    changed: &mut Vec<OrderId>,
) -> Result<()> {
    let db = ctx.db();
    let numbers: Vec<String> = orders.iter().map(|order| order.number.clone()).collect();
    let known = db::import::known(&db, source, &numbers).await?;
    let (mut new_orders, mut lines, mut charges) = (Vec::new(), Vec::new(), Vec::new());
    for imported in merged(orders) {
        let stored = known.get(&imported.number);
        let is_new = |row: i64| stored.is_none_or(|known| !known.rows.contains(&row));
        let id = stored.map_or_else(|| ctx.new_id(), |known| known.id);
        let new_lines: Vec<(i64, OrderLine)> = imported
            .lines
            .iter()
            .filter(|line| is_new(line.row))
            .map(|line| {
                let total = line.unit.line_total(line.quantity)?;
                let line_of = OrderLine {
                    id: ctx.new_id(),
                    sku: line.sku.clone(),
                    product_id: None,
                    name: line.name.clone(),
                    quantity: line.quantity,
                    returned: line.returned,
                    unit_price: line.unit.rounded(),
                    unit: line.unit,
                    total,
                };
                Ok((line.row, line_of))
            })
            .collect::<Result<_>>()?;
        let new_charges: Vec<(i64, Adjustment)> = imported
            .charges
            .iter()
            .filter(|charge| is_new(charge.row))
            .map(|charge| {
                let adjustment = Adjustment {
                    kind: charge.kind.clone(),
                    label: charge.label.clone(),
                    amount: charge.amount,
                    source: charge.source.clone(),
                    included: None,
                };
                (charge.row, adjustment)
            })
            .collect();
        if new_lines.is_empty() && new_charges.is_empty() && stored.is_some() {
            counts.unchanged += 1;
            continue;
        }
        changed.push(id);
        let first = stored.map_or(0, |known| known.lines);
        for ((row, line), position) in new_lines.iter().zip(first..) {
            lines.push(db::order::line_row(id, line, position, Some(*row)));
        }
        for (row, adjustment) in &new_charges {
            charges.push(db::order::adjustment_row(ctx, id, adjustment, Some(*row)));
        }
        let order_lines: Vec<OrderLine> = new_lines.into_iter().map(|(_, line)| line).collect();
        let adjustments: Vec<Adjustment> =
            new_charges.into_iter().map(|(_, adjustment)| adjustment).collect();
        let currency = ctx.store().currency;
        let (subtotal, total) = totals(currency, &order_lines, &adjustments)?;
        if stored.is_some() {
            counts.updated += 1;
            let extra = total.minor - subtotal.minor;
            db::import::add_totals(&db, id, subtotal.minor, extra).await?;
        } else {
            counts.created += 1;
            let number = imported.number.clone();
            new_orders.push((order(ctx, id, imported, subtotal, total), number));
        }
    }
    db::import::insert_orders(&db, &new_orders).await?;
    db::import::insert_lines(&db, lines).await?;
    db::import::insert_adjustments(&db, charges).await
}

/// Orders of one number become one, in the order of their first appearance.
fn merged(orders: Vec<ImportedOrder>) -> Vec<ImportedOrder> {
    let mut all: Vec<ImportedOrder> = Vec::new();
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    for order in orders {
        match positions.get(&order.number) {
            Some(position) => {
                all[*position].lines.extend(order.lines);
                all[*position].charges.extend(order.charges);
            }
            None => {
                positions.insert(order.number.clone(), all.len());
                all.push(order);
            }
        }
    }
    all
}

fn order(ctx: &Ctx, id: OrderId, imported: ImportedOrder, subtotal: Money, total: Money) -> Order {
    Order {
        id,
        number: format!("{}-{}", imported.source, imported.number),
        // Nobody has a link to it: no token opens an order with an empty one.
        token: String::new(),
        status: imported.status,
        payment_status: imported.payment_status,
        fulfillment_status: imported.fulfillment_status,
        email: imported.email.map(|email| email.trim().to_lowercase()),
        customer_reference: imported.customer_reference,
        locale: ctx.store().locale(),
        currency: ctx.store().currency,
        lines: Vec::new(),
        adjustments: Vec::new(),
        subtotal,
        total,
        shipping_address: imported.shipping_address.or_else(|| {
            let country = imported.country?;
            let name = imported.customer_name.unwrap_or_default();
            Some(hatchery_sdk::interfaces::PostalAddress { name, country, ..Default::default() })
        }),
        billing_address: None,
        shipping_method: None,
        delivery_window: None,
        timeline: Vec::new(),
        placed_at: imported.placed_at,
        source: imported.source,
        version: 1,
    }
}
