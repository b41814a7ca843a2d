//! Ways to pay that people handle: bank transfer, cheque, cash on delivery.
//!
//! Reading order: [`settings`], [`domain`] (the methods), [`ops`], [`service`].

mod domain;
mod error;
mod ops;
mod service;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::payment::PaymentProvider;
use hatchery_sdk::prelude::*;

use crate::service::ManualService;
use crate::settings::ManualSettings;

/// Takes payments that staff record.
#[component]
pub struct PaymentManualComponent;

#[async_trait]
impl Component for PaymentManualComponent {
    fn declare(&self) -> Declaration {
        Declaration::new().settings(SettingsSchema::of::<ManualSettings>(ManualSettings::check))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let service = Arc::new(ManualService { settings: store.settings()? });
        Ok(Instance::new(service.clone()).provide::<dyn PaymentProvider>(service))
    }
}
