//! The interface `tax`.

use async_trait::async_trait;
use hatchery_sdk::interfaces::tax::{TaxLine, TaxQuery, Taxes};
use hatchery_sdk::prelude::*;

use crate::ops::quote_taxes;
use crate::settings::TaxSettings;

/// The taxes of a store.
pub(crate) struct TaxService {
    /// Where the store is.
    pub(crate) settings: TaxSettings,
}

#[async_trait]
impl Taxes for TaxService {
    async fn quote(&self, ctx: &Ctx, query: TaxQuery) -> Result<Vec<TaxLine>> {
        quote_taxes::quote_taxes(ctx, &self.settings, &query).await
    }
}
