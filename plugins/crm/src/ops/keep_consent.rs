//! Keeps what customers say about other stores knowing them.

use hatchery_sdk::interfaces::crm::{Customer, CustomerFacts, CustomersSaved};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::share;
use crate::error::CrmError;
use crate::ops::learn_facts::learn_facts;

/// Keeps what a customer says about other stores knowing the file. The file is begun when there is none.
pub(crate) async fn keep_consent(ctx: &Ctx, email: String, given: bool) -> Result<()> {
    ctx.transaction(|ctx| async move {
        let facts = CustomerFacts { email: Some(email), ..CustomerFacts::default() };
        let ids = learn_facts(&ctx, vec![facts]).await?.into_iter().collect();
        let held = db::customer::hold(&ctx.db(), ctx.store().currency, &ids).await?;
        let stored = held.into_iter().next().ok_or(CrmError::Unknown)?;
        let file = share::said(stored.clone(), given, ctx.now(), &ctx.store().name);
        if file == stored {
            return Ok(());
        }
        let file = Customer { version: stored.version + 1, ..file };
        db::customer::save(&ctx.db(), std::slice::from_ref(&file)).await?;
        ctx.emit(&CustomersSaved { ids: vec![file.id] }).await
    })
    .await
}
