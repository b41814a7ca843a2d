//! Reads files, with ages of today.

use chrono::NaiveDate;
use hatchery_sdk::interfaces::crm::{Customer, CustomerId};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::file::{age, normalize_email};

/// The files of those ids, in the order asked.
pub(crate) async fn by_ids(ctx: &Ctx, ids: &[CustomerId]) -> Result<Vec<Customer>> {
    let files = db::customer::by_ids(&ctx.db(), ctx.store().currency, ids).await?;
    Ok(files.into_iter().map(|file| aged(ctx, file)).collect())
}

/// The files with those e-mail addresses.
pub(crate) async fn by_emails(ctx: &Ctx, emails: &[String]) -> Result<Vec<Customer>> {
    let emails: Vec<String> = emails.iter().map(|email| normalize_email(email)).collect();
    let files = db::customer::by_emails(&ctx.db(), ctx.store().currency, &emails).await?;
    Ok(files.into_iter().map(|file| aged(ctx, file)).collect())
}

/// A page of files.
pub(crate) async fn page(ctx: &Ctx, query: &Query<Customer>) -> Result<Page<Customer>> {
    let page = db::customer::list(&ctx.db(), ctx.store().currency, query).await?;
    Ok(page.map(|file| aged(ctx, file)))
}

/// The day it is now, as far as ages go.
pub(crate) fn today(ctx: &Ctx) -> NaiveDate {
    ctx.now().date_naive()
}

fn aged(ctx: &Ctx, file: Customer) -> Customer {
    let age = file.birth_date.and_then(|date| age(date, today(ctx)));
    Customer { age, ..file }
}
