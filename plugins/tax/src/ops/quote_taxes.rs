//! What a sale is taxed with.

use hatchery_sdk::interfaces::tax::{TaxLine, TaxQuery};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::rate::{TaxRate, taxes};
use crate::settings::TaxSettings;

/// The taxes on amounts, by the rates of now.
pub(crate) async fn quote_taxes(
    ctx: &Ctx,
    settings: &TaxSettings,
    query: &TaxQuery,
) -> Result<Vec<TaxLine>> {
    let stored = db::rate::all(&ctx.db()).await?;
    let rates: Vec<TaxRate> = stored.into_iter().map(|stored| stored.rate).collect();
    taxes(&rates, query, &settings.country, ctx.locale())
}
