//! The interface `payment`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::interfaces::payment::{
    NewPayments, PaymentId, PaymentMethod, PaymentProvider, PaymentSummary, Payments,
};
use hatchery_sdk::prelude::*;

use crate::ops::refund_order::NewRefund;
use crate::ops::take_webhook::Webhook;
use crate::ops::{
    capture_payment, get_summary, list_methods, open_payments, process_payments, receive_payment,
    refund_order, retry_payments, take_webhook, void_order,
};
use crate::settings::PaymentSettings;

/// The payments of a store.
pub(crate) struct PaymentService {
    /// Order of methods, limit of failures.
    pub(crate) settings: PaymentSettings,
}

#[async_trait]
impl Payments for PaymentService {
    async fn is_offered(&self, ctx: &Ctx) -> Result<bool> {
        Ok(!ctx.all::<dyn PaymentProvider>()?.is_empty())
    }

    async fn methods(&self, ctx: &Ctx, _: Money) -> Result<Vec<PaymentMethod>> {
        list_methods::list_methods(ctx, &self.settings).await
    }

    async fn open(&self, ctx: &Ctx, payments: NewPayments) -> Result<PaymentSummary> {
        open_payments::open_payments(ctx, payments).await
    }

    async fn process(&self, ctx: &Ctx, order_id: OrderId) -> Result<PaymentSummary> {
        process_payments::process_payments(ctx, order_id).await
    }

    async fn summaries(&self, ctx: &Ctx, order_ids: Vec<OrderId>) -> Result<Vec<PaymentSummary>> {
        get_summary::get_summaries(ctx, &order_ids).await
    }

    async fn capture(
        &self,
        ctx: &Ctx,
        payment: PaymentId,
        amount: Money,
    ) -> Result<PaymentSummary> {
        capture_payment::capture_payment(ctx, payment, amount).await
    }

    async fn receive(
        &self,
        ctx: &Ctx,
        payment: PaymentId,
        amount: Money,
        reference: String,
    ) -> Result<PaymentSummary> {
        receive_payment::receive_payment(ctx, payment, amount, &reference).await
    }

    async fn refund(
        &self,
        ctx: &Ctx,
        order_id: OrderId,
        amount: Money,
        reason: String,
        key: String,
    ) -> Result<PaymentSummary> {
        let refund = NewRefund { amount, reason, key, payment: None };
        refund_order::refund_order(ctx, order_id, refund).await
    }

    async fn void(&self, ctx: &Ctx, order_id: OrderId) -> Result<PaymentSummary> {
        void_order::void_order(ctx, order_id).await
    }

    async fn retry(&self, ctx: &Ctx, payments: NewPayments) -> Result<PaymentSummary> {
        retry_payments::retry_payments(ctx, &self.settings, payments).await
    }

    async fn webhook(
        &self,
        ctx: &Ctx,
        provider: String,
        headers: BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> Result<()> {
        take_webhook::take_webhook(ctx, &provider, Webhook { headers, body }).await
    }
}
