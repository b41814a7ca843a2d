//! Customer files that stores share: gives its own, takes those of other stores, keeps what customers say.

use std::collections::BTreeSet;

use hatchery_sdk::component::platform::Mother;
use hatchery_sdk::component::sharing::{Given, Parcel, Share, Untaken, Wanted};
use hatchery_sdk::interfaces::crm::{Customer, CustomerFacts, CustomersSaved};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::file::normalize_email;
use crate::domain::share::{self, KIND, Taken, forgotten};
use crate::error::CrmError;
use crate::ops::learn_facts::{begin, learn_facts};

/// The group of stores that this one shares its customers with, if there is one.
pub(crate) async fn group(ctx: &Ctx) -> Result<Option<Share>> {
    let shares = ctx.get::<dyn Mother>()?.shares(ctx, KIND.into()).await?;
    Ok(shares.into_iter().next())
}

/// Fields of those files that another store keeps.
pub(crate) async fn locked<'a>(
    ctx: &Ctx,
    files: impl IntoIterator<Item = &'a Customer>,
) -> Result<Vec<String>> {
    if files.into_iter().all(|file| file.shared.is_none()) {
        return Ok(Vec::new());
    }
    Ok(group(ctx).await?.map(|share| share.locked).unwrap_or_default())
}

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

/// Takes files of another store.
pub(crate) async fn take(ctx: &Ctx, parcel: Parcel) -> Result<Vec<Untaken>> {
    let Parcel { share, records, .. } = parcel;
    ctx.transaction(|ctx| async move {
        let (db, currency) = (ctx.db(), ctx.store().currency);
        let emails: Vec<String> =
            records.iter().map(|record| normalize_email(&record.key)).collect();
        let found = db::customer::by_emails(&db, currency, &emails).await?;
        let ids = found.iter().map(|file| file.id).collect();
        let mut held = db::customer::hold(&db, currency, &ids).await?;
        let (mut writes, mut removed) = (Vec::new(), Vec::new());
        for (record, email) in records.iter().zip(emails) {
            let place = held.iter().position(|file| file.email.as_deref() == Some(email.as_str()));
            let known = place.map(|place| held.swap_remove(place));
            let id = known.as_ref().map(|file| file.id);
            match share::taken(known, record, &share, || begin(&ctx, ctx.new_id()))? {
                Taken::AsItWas => {}
                Taken::Write(file) => writes.push(*file),
                Taken::Remove => removed.extend(id),
            }
        }
        let ids: Vec<_> =
            writes.iter().map(|file| file.id).chain(removed.iter().copied()).collect();
        db::customer::save(&db, &writes).await?;
        db::customer::remove(&db, &removed).await?;
        if !ids.is_empty() {
            ctx.emit(&CustomersSaved { ids }).await?;
        }
        Ok(Vec::new())
    })
    .await
}

/// The store left its group: what it knows from there it forgets.
pub(crate) async fn release(ctx: &Ctx) -> Result<()> {
    ctx.transaction(|ctx| async move {
        let (db, currency) = (ctx.db(), ctx.store().currency);
        let (mut ids, mut kept, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for file in db::customer::shared(&db, currency).await? {
            ids.push(file.id);
            match forgotten(file.clone()) {
                Some(file) => kept.push(Customer { version: file.version + 1, ..file }),
                None => removed.push(file.id),
            }
        }
        db::customer::save(&db, &kept).await?;
        db::customer::remove(&db, &removed).await?;
        if ids.is_empty() { Ok(()) } else { ctx.emit(&CustomersSaved { ids }).await }
    })
    .await
}

/// Keeps what a customer says about other stores knowing the file. The file is begun when there is none.
pub(crate) async fn say(ctx: &Ctx, email: String, given: bool) -> Result<()> {
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
