//! Gives files to other stores of the group: of customers who agree.

use std::collections::BTreeSet;

use hatchery_sdk::component::sharing::{Given, Wanted};
use hatchery_sdk::interfaces::crm::CustomersSaved;
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::share;

/// Files as other stores may have them.
pub(crate) async fn give(ctx: &Ctx, wanted: Wanted) -> Result<Given> {
    let (db, currency) = (ctx.db(), ctx.store().currency);
    let (files, next) = match wanted {
        Wanted::All { after, limit } => {
            let after = after.and_then(|after| after.parse().ok());
            let files = db::customer::with_consent(&db, currency, after, limit.into()).await?;
            let is_full = files.len() >= limit as usize;
            let last = files.last().filter(|_| is_full).map(|file| file.id.to_string());
            (files, last)
        }
        Wanted::Changed(events) => {
            let mut ids = BTreeSet::new();
            for event in events {
                ids.extend(serde_json::from_value::<CustomersSaved>(event)?.ids);
            }
            let ids: Vec<_> = ids.into_iter().collect();
            (db::customer::by_ids(&db, currency, &ids).await?, None)
        }
    };
    let records: Result<Vec<_>> = files.iter().map(share::record).collect();
    Ok(Given { records: records?.into_iter().flatten().collect(), next })
}
