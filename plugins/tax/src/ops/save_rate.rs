//! Staff write a tax rate.

use hatchery_sdk::component::resource::check_version;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::db::rate::StoredRate;
use crate::domain::rate::TaxRate;
use crate::error::TaxError;

/// Which rate is written.
pub(crate) enum Target {
    /// One that is not there yet.
    New,
    /// The one of a code, based on a version of it.
    Known { code: String, version: Option<i64> },
}

/// Writes a rate.
pub(crate) async fn save_rate(ctx: &Ctx, target: Target, rate: TaxRate) -> Result<StoredRate> {
    rate.check()?;
    ctx.transaction(|ctx| async move {
        let code = rate.code.clone();
        match target {
            Target::New => {
                if db::rate::by_code(&ctx.db(), &code).await?.is_some() {
                    return Err(TaxError::CodeTaken { code }.into());
                }
                db::rate::insert(&ctx.db(), &rate).await?;
                Ok(StoredRate { rate, version: 1 })
            }
            Target::Known { code: known, .. } if known != code => Err(TaxError::CodeFixed.into()),
            Target::Known { version, .. } => {
                let stored = db::rate::by_code(&ctx.db(), &code).await?;
                let stored = stored.ok_or(TaxError::UnknownRate { code })?;
                check_version(version, stored.version)?;
                if !db::rate::update(&ctx.db(), &rate, stored.version).await? {
                    // Somebody was faster since it was read.
                    check_version(Some(stored.version), stored.version + 1)?;
                }
                Ok(StoredRate { rate, version: stored.version + 1 })
            }
        }
    })
    .await
}
