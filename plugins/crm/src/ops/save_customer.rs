//! Staff write a file.

use chrono::NaiveDate;
use hatchery_sdk::component::resource::check_version;
use hatchery_sdk::interfaces::PostalAddress;
use hatchery_sdk::interfaces::crm::{
    ContactChannel, Customer, CustomerFacts, CustomerId, CustomersSaved, Gender,
};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::db;
use crate::domain::file::{check, normalize_email};
use crate::domain::share;
use crate::error::CrmError;
use crate::ops::find_group::locked;
use crate::ops::learn_facts::learn_facts;
use crate::ops::list_customers::{by_emails, by_ids, today};

/// What staff write into a file. Everything may stay empty.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct CustomerInput {
    /// E-mail address.
    pub(crate) email: Option<String>,
    /// Name.
    pub(crate) name: Option<String>,
    /// Gender, as the customer says.
    pub(crate) gender: Option<Gender>,
    /// Birth date.
    pub(crate) birth_date: Option<NaiveDate>,
    /// Occupation.
    pub(crate) occupation: Option<String>,
    /// What the customer likes.
    pub(crate) interests: Vec<String>,
    /// Ways to reach the customer; one may be the preferred one.
    pub(crate) channels: Vec<ContactChannel>,
    /// Last address.
    pub(crate) address: Option<PostalAddress>,
    /// Language the customer reads.
    #[schema(value_type = Option<String>)]
    pub(crate) locale: Option<Locale>,
    /// Whether the customer agrees that other stores of the group know the file; as it was when absent.
    pub(crate) share_consent: Option<bool>,
}

/// Writes what staff say: unlike facts it replaces what is there. Begins a file when there is no id.
pub(crate) async fn save_customer(
    ctx: &Ctx,
    id: Option<CustomerId>,
    input: CustomerInput,
    version: Option<i64>,
) -> Result<Customer> {
    ctx.transaction(|ctx| async move {
        let email = input.email.as_deref().map(normalize_email).filter(|email| !email.is_empty());
        if let Some(email) = &email {
            let owner = by_emails(&ctx, std::slice::from_ref(email)).await?.pop();
            if owner.is_some_and(|owner| Some(owner.id) != id) {
                return Err(CrmError::EmailTaken { email: email.clone() }.into());
            }
        }
        let id = match id {
            Some(id) => id,
            None => {
                let begun = learn_facts(&ctx, vec![CustomerFacts::default()]).await?;
                begun.into_iter().next().ok_or_else(|| Error::internal("no file was begun"))?
            }
        };
        let held = db::customer::hold(&ctx.db(), ctx.store().currency, &[id].into()).await?;
        let stored = held.into_iter().next().ok_or(CrmError::Unknown)?;
        check_version(version, stored.version)?;
        let file = Customer {
            email,
            name: input.name,
            gender: input.gender,
            birth_date: input.birth_date,
            occupation: input.occupation,
            interests: input.interests,
            channels: input.channels,
            address: input.address,
            locale: input.locale,
            version: stored.version + 1,
            ..stored.clone()
        };
        check(&file, today(&ctx))?;
        let locked = locked(&ctx, [&stored]).await?;
        if let Some(field) = share::changed(&stored, &file, &locked) {
            return Err(CrmError::SharedField { field }.into());
        }
        let file = match input.share_consent {
            Some(given) => share::said(file, given, ctx.now(), &ctx.store().name),
            None => file,
        };
        db::customer::save(&ctx.db(), std::slice::from_ref(&file)).await?;
        ctx.emit(&CustomersSaved { ids: vec![id] }).await?;
        by_ids(&ctx, &[id]).await?.pop().ok_or_else(|| CrmError::Unknown.into())
    })
    .await
}
