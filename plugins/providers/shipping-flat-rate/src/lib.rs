//! A carrier with fixed rates.
//!
//! Reading order: [`settings`], [`domain`] (rates and windows), [`service`].

mod domain;
mod service;
mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use hatchery_sdk::interfaces::shipping::Carrier;
use hatchery_sdk::prelude::*;

use crate::service::FlatRateCarrier;
use crate::settings::FlatRateSettings;

/// Ships at fixed rates.
#[component]
pub struct FlatRateComponent;

#[async_trait]
impl Component for FlatRateComponent {
    fn declare(&self) -> Declaration {
        Declaration::new().settings(SettingsSchema::of::<FlatRateSettings>(FlatRateSettings::check))
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let zone = &store.store.time_zone;
        let time_zone = zone.parse().map_err(|_| {
            Error::invalid("store.time_zone", format!("'{zone}' is no IANA time zone"))
        })?;
        let carrier = Arc::new(FlatRateCarrier { settings: store.settings()?, time_zone });
        Ok(Instance::new(carrier.clone()).provide::<dyn Carrier>(carrier))
    }
}
