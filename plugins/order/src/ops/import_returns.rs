//! Keeps returns and cancellations of another system.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::interfaces::SkuQuantity;
use hatchery_sdk::interfaces::order::{
    ImportCounts, ImportedCharge, ImportedLine, ImportedReturn, OrderId, OrderLineId,
    OrdersImported,
};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::returns::{ReturnedCharge, Rma};
use crate::domain::credit::{Candidate, spread};

/// Matches what came back to earlier lines of the same customer and SKU, newest first, and keeps each
/// credit note as a received return; what matches none stays with the note alone.
pub(crate) async fn import_returns(
    ctx: &Ctx,
    returns: Vec<ImportedReturn>,
) -> Result<ImportCounts> {
    ctx.transaction(|ctx| async move {
        let mut counts = ImportCounts::default();
        let mut touched = BTreeSet::new();
        let mut sources: BTreeMap<String, Vec<ImportedReturn>> = BTreeMap::new();
        for returned in returns {
            sources.entry(returned.source.clone()).or_default().push(returned);
        }
        for (source, returns) in sources {
            import(&ctx, &source, returns, &mut counts, &mut touched).await?;
        }
        if !touched.is_empty() {
            ctx.emit(&OrdersImported { ids: touched.into_iter().collect() }).await?;
        }
        Ok(counts)
    })
    .await
}

async fn import(
    ctx: &Ctx,
    source: &str,
    returns: Vec<ImportedReturn>,
    counts: &mut ImportCounts,
    touched: &mut BTreeSet<OrderId>,
) -> Result<()> {
    let db = ctx.db();
    let numbers: Vec<String> =
        returns.iter().map(|returned| number(source, &returned.number)).collect();
    let known = db::returns::known_numbers(&db, &numbers).await?;
    let (old, new): (Vec<_>, Vec<_>) =
        returns.into_iter().partition(|returned| known.contains(&number(source, &returned.number)));
    counts.unchanged += old.len() as u64;
    let customers: BTreeSet<String> =
        new.iter().filter_map(|returned| returned.customer_reference.clone()).collect();
    let skus: BTreeSet<String> =
        new.iter().flat_map(|returned| &returned.lines).map(|line| line.sku.to_string()).collect();
    let (customers, skus): (Vec<_>, Vec<_>) =
        (customers.into_iter().collect(), skus.into_iter().collect());
    let mut candidates = db::import::candidates(&db, source, &customers, &skus).await?;
    let mut taken: BTreeMap<OrderLineId, i64> = BTreeMap::new();
    let (mut notes, mut orders) = (Vec::new(), BTreeSet::new());
    for returned in new {
        let mut matched = BTreeSet::new();
        for line in &returned.lines {
            let customer = returned.customer_reference.clone().unwrap_or_default();
            let Some(of_customer) = candidates.get_mut(&(customer, line.sku.to_string())) else {
                continue;
            };
            let earlier: Vec<usize> = (0..of_customer.len())
                .filter(|index| of_customer[*index].0 <= returned.returned_at)
                .collect();
            let mut lines: Vec<Candidate> =
                earlier.iter().map(|index| of_customer[*index].2.clone()).collect();
            let (parts, _) = spread(&mut lines, line.quantity);
            for (index, candidate) in earlier.into_iter().zip(lines) {
                if of_customer[index].2 != candidate {
                    matched.insert(of_customer[index].1);
                }
                of_customer[index].2 = candidate;
            }
            for (id, part) in parts {
                *taken.entry(id).or_default() += part;
            }
        }
        counts.created += 1;
        notes.push(note(ctx, source, returned, &matched)?);
        orders.extend(matched);
    }
    db::import::add_returned(&db, &taken).await?;
    let ids: Vec<OrderId> = orders.iter().copied().collect();
    if !ids.is_empty() {
        db::import::refresh_returned(&db, &ids).await?;
    }
    touched.extend(orders);
    db::returns::insert(&db, &notes).await
}

fn note(
    ctx: &Ctx,
    source: &str,
    returned: ImportedReturn,
    matched: &BTreeSet<OrderId>,
) -> Result<Rma> {
    let currency = ctx.store().currency;
    let mut credit = Money::zero(currency);
    for line in &returned.lines {
        credit = credit.try_add(line.unit.line_total(line.quantity)?)?;
    }
    for charge in &returned.charges {
        credit = credit.try_add(charge.amount)?;
    }
    let quantity =
        |line: &ImportedLine| SkuQuantity { sku: line.sku.clone(), quantity: line.quantity };
    let charge = |charge: ImportedCharge| ReturnedCharge {
        kind: charge.kind,
        label: charge.label,
        amount: charge.amount,
    };
    Ok(Rma {
        id: ctx.new_id(),
        number: number(source, &returned.number),
        order_id: matched.iter().next().copied().filter(|_| matched.len() == 1),
        order_number: None,
        status: "received".into(),
        reason: String::new(),
        lines: returned.lines.iter().map(quantity).collect(),
        charges: returned.charges.into_iter().map(charge).collect(),
        credit: Some(credit),
        currency,
        source: source.to_owned(),
        requested_at: returned.returned_at,
        received_at: Some(returned.returned_at),
        version: 1,
    })
}

fn number(source: &str, number: &str) -> String {
    format!("{source}-{number}")
}
