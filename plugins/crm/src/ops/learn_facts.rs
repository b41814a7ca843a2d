//! Adds facts to files.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::interfaces::crm::{Customer, CustomerFacts, CustomerId, CustomersSaved};
use hatchery_sdk::prelude::*;

use crate::db;
use crate::domain::file::{learn, normalize_email};
use crate::domain::share;
use crate::ops::find_group::locked;

/// Finds the file of each fact by its number in another system, else by its e-mail address, else begins
/// one; writes those that learned something. Gives their ids in the order of the facts.
pub(crate) async fn learn_facts(ctx: &Ctx, facts: Vec<CustomerFacts>) -> Result<Vec<CustomerId>> {
    ctx.transaction(|ctx| async move {
        let mut files = Files::read(&ctx, &facts).await?;
        let mut ids = Vec::with_capacity(facts.len());
        for fact in &facts {
            ids.push(files.learn(&ctx, fact));
        }
        files.write(&ctx).await?;
        Ok(ids)
    })
    .await
}

/// The files that facts may belong to, found by number and by address.
struct Files {
    files: BTreeMap<CustomerId, Customer>,
    by_reference: BTreeMap<(String, String), CustomerId>,
    by_email: BTreeMap<String, CustomerId>,
    changed: BTreeMap<CustomerId, bool>,
    /// Fields that another store keeps.
    locked: Vec<String>,
}

impl Files {
    async fn read(ctx: &Ctx, facts: &[CustomerFacts]) -> Result<Self> {
        let (db, currency) = (ctx.db(), ctx.store().currency);
        let references: Vec<_> = facts.iter().filter_map(|fact| fact.reference.clone()).collect();
        let emails: Vec<String> =
            facts.iter().filter_map(|fact| fact.email.as_deref()).map(normalize_email).collect();
        let by_reference = db::customer::by_references(&db, &references).await?;
        let found = db::customer::by_emails(&db, currency, &emails).await?;
        let mut ids: BTreeSet<CustomerId> = by_reference.values().copied().collect();
        ids.extend(found.into_iter().map(|file| file.id));
        let found = db::customer::hold(&db, currency, &ids).await?;
        let files: BTreeMap<_, _> = found.into_iter().map(|file| (file.id, file)).collect();
        let by_email =
            files.values().filter_map(|file| Some((file.email.clone()?, file.id))).collect();
        let locked = locked(ctx, files.values()).await?;
        Ok(Self { files, by_reference, by_email, changed: BTreeMap::new(), locked })
    }

    fn learn(&mut self, ctx: &Ctx, fact: &CustomerFacts) -> CustomerId {
        let email = fact.email.as_deref().map(normalize_email);
        let known = fact
            .reference
            .as_ref()
            .and_then(|reference| self.by_reference.get(reference))
            .or_else(|| self.by_email.get(email.as_ref()?))
            .copied();
        let id = known.unwrap_or_else(|| ctx.new_id());
        let file = self.files.entry(id).or_insert_with(|| begin(ctx, id));
        // An address that another file has stays there.
        let taken = email.as_ref().and_then(|email| self.by_email.get(email));
        let is_taken = taken.is_some_and(|owner| *owner != id);
        let fact =
            CustomerFacts { email: fact.email.clone().filter(|_| !is_taken), ..fact.clone() };
        let before = file.clone();
        learn(file, &fact);
        share::keep(file, &before, &self.locked);
        if *file != before || known.is_none() {
            self.changed.insert(id, known.is_none());
        }
        if let Some(reference) = fact.reference {
            self.by_reference.insert(reference, id);
        }
        if let Some(email) = file.email.clone() {
            self.by_email.insert(email, id);
        }
        id
    }

    async fn write(mut self, ctx: &Ctx) -> Result<()> {
        let mut changed = Vec::new();
        for (id, is_new) in &self.changed {
            if let Some(mut file) = self.files.remove(id) {
                file.version += i64::from(!is_new);
                changed.push(file);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        db::customer::save(&ctx.db(), &changed).await?;
        ctx.emit(&CustomersSaved { ids: changed.into_iter().map(|file| file.id).collect() }).await
    }
}

/// An empty file.
pub(crate) fn begin(ctx: &Ctx, id: CustomerId) -> Customer {
    Customer {
        id,
        email: None,
        name: None,
        gender: None,
        birth_date: None,
        age: None,
        occupation: None,
        interests: Vec::new(),
        channels: Vec::new(),
        address: None,
        locale: None,
        references: BTreeMap::new(),
        orders: 0,
        spent: None,
        first_order_at: None,
        last_order_at: None,
        created_at: ctx.now(),
        version: 1,
        consent: None,
        shared: None,
    }
}
