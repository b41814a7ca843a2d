//! The interface `payment-provider`: the client of the bank.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hatchery_sdk::interfaces::payment::{
    PaymentId, PaymentMethod, PaymentProvider, ProviderEvent, ProviderRequest, ProviderResult,
};
use hatchery_sdk::prelude::*;

use crate::ops::{begin_payment, capture_payment, read_news, refund_payment, void_payment};
use crate::settings::SandboxSettings;

/// Card payments of a store.
pub(crate) struct SandboxService {
    /// How the bank behaves, and the secret both sides share.
    pub(crate) settings: SandboxSettings,
}

#[async_trait]
impl PaymentProvider for SandboxService {
    async fn methods(&self, _: &Ctx) -> Result<Vec<PaymentMethod>> {
        let name = Localized::en("Card (sandbox)").with(Locale::zh_cn(), "银行卡（沙盒）");
        let description = Localized::en(
            "A make-believe card provider: you enter a test card on its page, and no money moves.",
        )
        .with(Locale::zh_cn(), "模拟的银行卡支付：在其页面输入测试卡号，不会产生真实扣款。");
        Ok(vec![PaymentMethod {
            code: "card".into(),
            kind: "card".into(),
            name,
            description,
            fields: Vec::new(),
            provider: String::new(),
        }])
    }

    async fn authorize(&self, ctx: &Ctx, request: ProviderRequest) -> Result<ProviderResult> {
        begin_payment::begin_payment(ctx, &self.settings, request).await
    }

    async fn capture(
        &self,
        ctx: &Ctx,
        payment: PaymentId,
        amount: Money,
    ) -> Result<ProviderResult> {
        capture_payment::capture_payment(ctx, payment, amount).await
    }

    async fn void(&self, ctx: &Ctx, payment: PaymentId) -> Result<ProviderResult> {
        void_payment::void_payment(ctx, payment).await
    }

    async fn refund(
        &self,
        ctx: &Ctx,
        payment: PaymentId,
        amount: Money,
        key: String,
    ) -> Result<ProviderResult> {
        refund_payment::refund_payment(ctx, payment, amount, &key).await
    }

    async fn webhook(
        &self,
        ctx: &Ctx,
        headers: BTreeMap<String, String>,
        body: Vec<u8>,
    ) -> Result<Vec<ProviderEvent>> {
        read_news::read_news(ctx, &self.settings, &headers, &body).await
    }
}
