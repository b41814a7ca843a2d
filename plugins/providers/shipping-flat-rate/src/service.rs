//! The interface `carrier`.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono_tz::Tz;
use hatchery_sdk::interfaces::shipping::{Carrier, ShippingQuery, ShippingRate};
use hatchery_sdk::prelude::*;

use crate::domain::{rate, window};
use crate::settings::FlatRateSettings;

/// The rates of a store.
pub(crate) struct FlatRateCarrier {
    /// The ways to ship.
    pub(crate) settings: FlatRateSettings,
    /// Where delivery windows are.
    pub(crate) time_zone: Tz,
}

#[async_trait]
impl Carrier for FlatRateCarrier {
    async fn rates(&self, ctx: &Ctx, query: ShippingQuery) -> Result<Vec<ShippingRate>> {
        let mut rates = Vec::new();
        for method in &self.settings.methods {
            if let Some(price) = rate::price(method, &query)? {
                let days = method.window_days;
                rates.push(ShippingRate {
                    code: method.code.clone(),
                    name: method.name.clone(),
                    price,
                    delivery_windows: window::windows(
                        ctx.now(),
                        self.time_zone,
                        ctx.locale(),
                        days,
                    ),
                });
            }
        }
        Ok(rates)
    }

    async fn tracking_urls(&self, _: &Ctx, _: Vec<String>) -> Result<BTreeMap<String, String>> {
        Ok(BTreeMap::new())
    }
}
