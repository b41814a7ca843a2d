//! Records what is to be paid for an order.

use std::time::Duration;

use hatchery_sdk::interfaces::order::PaymentStatus;
use hatchery_sdk::interfaces::payment::{NewPayments, PaymentSummary, TenderRequest};
use hatchery_sdk::prelude::*;
use serde_json::json;

use crate::db;
use crate::domain::payment::StoredPayment;
use crate::domain::status::Standing;
use crate::domain::{summary, tender};
use crate::error::PaymentError;
use crate::jobs;
use crate::ops::step;

/// After which a payment that nobody tried, because the process died, is tried by a job.
const HEAL_AFTER: Duration = Duration::from_secs(30);

/// Writes the payments of an order beside those it has, and queues the job that tries them if nobody does.
/// Joins the unit of work that writes the order. A total of nothing is paid at once.
pub(crate) async fn open_payments(ctx: &Ctx, request: NewPayments) -> Result<PaymentSummary> {
    ctx.transaction(|ctx| async move {
        let earlier = db::payment::of_order(&ctx.db(), request.order_id).await?;
        let payments = payments(&ctx, &request, &earlier)?;
        db::payment::insert(&ctx.db(), &payments).await?;
        if let Some(first) = payments.first().filter(|it| it.status() == PaymentStatus::Unpaid) {
            let run_at = ctx.now() + HEAL_AFTER;
            let payload = json!({ "order_id": request.order_id });
            ctx.enqueue(jobs::SETTLE, &first.id.to_string(), payload, Some(run_at)).await?;
        }
        step::tell(&ctx, request.order_id).await?;
        let all: Vec<StoredPayment> = earlier.into_iter().chain(payments).collect();
        let summary = summary::summary(request.order_id, &all)?;
        Ok(summary.ok_or(PaymentError::Unknown)?)
    })
    .await
}

fn payments(
    ctx: &Ctx,
    request: &NewPayments,
    earlier: &[StoredPayment],
) -> Result<Vec<StoredPayment>> {
    let total = request.total;
    if total.minor < 0 {
        return Err(PaymentError::NegativeTotal.into());
    }
    let attempt = earlier.iter().map(|payment| payment.attempt + 1).max().unwrap_or_default();
    let next = earlier.iter().map(|payment| payment.position + 1).max().unwrap_or_default();
    let new = |position, tender: &TenderRequest, amount| StoredPayment {
        id: ctx.new_id(),
        order_id: request.order_id,
        order_number: request.order_number.clone(),
        position,
        attempt,
        method: tender.method.clone(),
        method_name: Localized::en(tender.method.clone()),
        provider: None,
        standing: Standing::new(amount),
        capturing: None,
        refunding: 0,
        next_action: None,
        failure: None,
        reference: None,
        data: tender.data.clone(),
        return_url: request.return_url.clone(),
        tried_at: None,
        created_at: ctx.now(),
        version: 1,
    };
    if total.is_zero() {
        let tender =
            TenderRequest { method: "none".into(), amount: None, data: Default::default() };
        let mut payment = new(next, &tender, total);
        payment.method_name = Localized::en("Nothing to pay").with(Locale::zh_cn(), "无需付款");
        payment.standing.status = PaymentStatus::Paid;
        payment.tried_at = Some(ctx.now());
        return Ok(vec![payment]);
    }
    let amounts = tender::amounts(total, &request.tenders)?;
    for tender in &request.tenders {
        tender::check_data(&tender.data)?;
    }
    let parts = request.tenders.iter().zip(amounts).zip(next..);
    Ok(parts.map(|((tender, amount), position)| new(position, tender, amount)).collect())
}
