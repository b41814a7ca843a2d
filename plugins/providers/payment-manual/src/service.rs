//! The interface `payment-provider`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use hatchery_sdk::interfaces::payment::{
    PaymentId, PaymentMethod, PaymentProvider, ProviderEvent, ProviderOutcome, ProviderRequest,
    ProviderResult,
};
use hatchery_sdk::prelude::*;

use crate::error::ManualError;
use crate::ops::{begin_payment, list_methods};
use crate::settings::ManualSettings;

/// Manual payments of a store. It remembers nothing: people do the rest.
pub(crate) struct ManualService {
    /// Methods and instructions.
    pub(crate) settings: ManualSettings,
}

#[async_trait]
impl PaymentProvider for ManualService {
    async fn methods(&self, _: &Ctx) -> Result<Vec<PaymentMethod>> {
        Ok(list_methods::list_methods(&self.settings))
    }

    async fn authorize(&self, _: &Ctx, request: ProviderRequest) -> Result<ProviderResult> {
        begin_payment::begin_payment(&self.settings, request)
    }

    async fn capture(&self, _: &Ctx, _: PaymentId, _: Money) -> Result<ProviderResult> {
        Ok(done(ProviderOutcome::Captured))
    }

    async fn void(&self, _: &Ctx, _: PaymentId) -> Result<ProviderResult> {
        Ok(done(ProviderOutcome::Voided))
    }

    async fn refund(&self, _: &Ctx, _: PaymentId, _: Money, _: String) -> Result<ProviderResult> {
        Ok(done(ProviderOutcome::Refunded))
    }

    async fn webhook(
        &self,
        _: &Ctx,
        _: BTreeMap<String, String>,
        _: Vec<u8>,
    ) -> Result<Vec<ProviderEvent>> {
        Err(ManualError::NoWebhook.into())
    }
}

fn done(outcome: ProviderOutcome) -> ProviderResult {
    ProviderResult { reference: None, outcome }
}
