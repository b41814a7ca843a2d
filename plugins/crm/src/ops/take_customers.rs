//! Takes files of other stores of the group, and forgets them when the store leaves it.

use hatchery_sdk::component::sharing::{Batch, Untaken};
use hatchery_sdk::interfaces::crm::{Customer, CustomersSaved};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::file::normalize_email;
use crate::domain::share::{self, Taken, forgotten};
use crate::ops::learn_facts::begin;

/// Takes files of another store.
pub(crate) async fn take(ctx: &Ctx, batch: Batch) -> Result<Vec<Untaken>> {
    let Batch { share, records, .. } = batch;
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
