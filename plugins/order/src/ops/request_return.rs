//! A customer wants to send goods back.

use std::collections::BTreeMap;
use std::time::Duration;

use hatchery_sdk::interfaces::order::{Order, OrderId, ReturnRequestLine};
use hatchery_sdk::interfaces::{Sku, SkuQuantity};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::returns::Rma;
use crate::domain::status::{Step, check};
use crate::error::OrderError;
use crate::ops::step;
use crate::settings::OrderSettings;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Opens a return. Never more than was bought and not asked for before.
pub(crate) async fn request_return(
    ctx: &Ctx,
    settings: &OrderSettings,
    order: Order,
    (lines, reason): (Vec<SkuQuantity>, String),
) -> Result<Rma> {
    let settings = settings.clone();
    ctx.transaction(|ctx| async move {
        let mut order = step::get(&ctx, order.id).await?;
        check(Step::RequestReturn, &order)?;
        let delivered = order.timeline.iter().find(|entry| entry.kind == "delivered");
        if delivered.is_some_and(|entry| entry.at + DAY * settings.return_days < ctx.now()) {
            return Err(OrderError::ReturnTooLate.into());
        }
        let mut wanted: BTreeMap<Sku, i64> = BTreeMap::new();
        for line in lines.into_iter().filter(|line| line.quantity > 0) {
            let sum: &mut i64 = wanted.entry(line.sku).or_default();
            *sum = sum.saturating_add(line.quantity);
        }
        if wanted.is_empty() {
            return Err(OrderError::NothingToReturn.into());
        }
        let open = db::returns::of_order(&ctx.db(), order.id).await?;
        for (sku, quantity) in &wanted {
            let left = returnable(&order, &open, sku);
            if *quantity > left {
                return Err(OrderError::TooManyReturned { sku: sku.clone(), left }.into());
            }
        }
        let next = db::number::next(&ctx.db(), "return", settings.first_number).await?;
        let quantity = |(sku, quantity)| SkuQuantity { sku, quantity };
        let rma = Rma {
            id: ctx.new_id(),
            number: format!("R{}{next}", settings.number_prefix),
            order_id: Some(order.id),
            order_number: Some(order.number.clone()),
            status: "requested".into(),
            reason: reason.trim().chars().take(1000).collect(),
            lines: wanted.into_iter().map(quantity).collect(),
            charges: Vec::new(),
            credit: None,
            currency: order.currency,
            source: "storefront".into(),
            requested_at: ctx.now(),
            received_at: None,
            version: 1,
        };
        db::returns::insert(&ctx.db(), std::slice::from_ref(&rma)).await?;
        let entry = step::public(&ctx, "return_requested", rma.number.clone());
        // Of two requests at once only one counts on what is left.
        step::record(&ctx, &mut order, entry).await?;
        Ok(rma)
    })
    .await
}

/// Opens a return of lines named by their ids, and gives the order.
pub(crate) async fn request_return_of_lines(
    ctx: &Ctx,
    settings: &OrderSettings,
    id: OrderId,
    (lines, reason): (Vec<ReturnRequestLine>, String),
) -> Result<Order> {
    let order = step::get(ctx, id).await?;
    let quantity = |wanted: &ReturnRequestLine| {
        let line = order.lines.iter().find(|line| line.id == wanted.line_id)?;
        Some(SkuQuantity { sku: line.sku.clone(), quantity: wanted.quantity })
    };
    let lines = lines.iter().filter_map(quantity).collect();
    request_return(ctx, settings, order, (lines, reason)).await?;
    step::get(ctx, id).await
}

/// How many of a SKU were bought, did not come back and are not on their way back.
fn returnable(order: &Order, open: &[Rma], sku: &Sku) -> i64 {
    let bought: i64 = order
        .lines
        .iter()
        .filter(|line| line.sku == *sku)
        .map(|line| line.quantity - line.returned)
        .sum();
    let waiting: i64 = open
        .iter()
        .filter(|rma| rma.status == "requested")
        .flat_map(|rma| &rma.lines)
        .filter(|line| line.sku == *sku)
        .map(|line| line.quantity)
        .sum();
    bought - waiting
}
