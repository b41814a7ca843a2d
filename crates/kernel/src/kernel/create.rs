//! Making stores, and taking back what did not become one.

use std::sync::Arc;

use hatchery_component::{Error, Result};
use hatchery_types::{Currency, Locale};

use super::stores::Beginnings;
use super::{Kernel, is_on_by_default};
use crate::blank::Blank;
use crate::change;
use crate::db::DatabaseTarget;
use crate::db::discard::discard;
use crate::registry::{DatabaseKind, MOTHER, StoreRecord, StoreState};
use crate::settings::{self, StoreSettings};
use crate::solver;
use crate::store::Store;

/// A store to be made.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// Short name: lowercase letters, digits and dashes.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Languages, the default first.
    pub locales: Vec<Locale>,
    /// Currency of the prices.
    pub currency: Currency,
    /// IANA time zone.
    pub time_zone: String,
    /// Host names it answers on.
    pub domains: Vec<String>,
    /// Components that are on at first; all that are on by default when absent.
    pub components: Option<Vec<String>>,
    /// Whether it is only used after [`Kernel::activate`]: somebody still has to fill it.
    pub preparing: bool,
}

impl Kernel {
    /// Makes a store.
    ///
    /// # Errors
    /// The slug is taken or no slug; facts or components that do not fit. Nothing is left of it then.
    pub async fn create_store(&self, new: NewStore) -> Result<Arc<Store>> {
        let (preparing, components) = (new.preparing, new.components.clone());
        let record = self.add_record(new, None).await?;
        let slug = record.slug.clone();
        let beginnings = Beginnings { components, ..Beginnings::default() };
        let made = async {
            let store = self.begin_store(record, beginnings).await?;
            if !preparing {
                self.activate(&slug).await?;
            }
            Ok(store)
        };
        match made.await {
            Ok(store) => Ok(store),
            Err(error) => {
                self.discard_store(&slug).await?;
                Err(error)
            }
        }
    }

    /// Takes a store that is still to be filled into the registry.
    pub(crate) async fn add_record(
        &self,
        new: NewStore,
        origin: Option<String>,
    ) -> Result<StoreRecord> {
        check(&new)?;
        let unknown = new.components.iter().flatten().find(|id| self.known().get(id).is_none());
        if let Some(unknown) = unknown {
            let message = format!("There is no component '{unknown}'.");
            return Err(Error::invalid("component.unknown", message));
        }
        let settings = self.store_settings(&new.slug)?;
        let database = match self.target(&new.slug, &settings) {
            DatabaseTarget::Sqlite(_) => DatabaseKind::Sqlite,
            DatabaseTarget::Postgres { .. } => DatabaseKind::Postgres,
        };
        let _one_at_a_time = self.editing.lock().await;
        match self.records.load().get(&new.slug).map(|record| record.state) {
            Some(StoreState::Deleted) => {
                let message = format!(
                    "There is a store '{}' in the trash; recover it, or take another name.",
                    new.slug
                );
                return Err(Error::conflict("store.exists", message));
            }
            Some(_) => {
                let message = format!("There is a store '{}' already.", new.slug);
                return Err(Error::conflict("store.exists", message));
            }
            None => {}
        }
        self.check_addresses(&new.slug)?;
        self.check_domains(&new.slug, &new.domains)?;
        let record = StoreRecord {
            slug: new.slug,
            id: self.options.clock.new_uuid(),
            name: new.name,
            domains: new.domains,
            locales: distinct(new.locales),
            currency: new.currency,
            time_zone: new.time_zone,
            database,
            state: StoreState::Preparing,
            created_at: self.options.clock.now(),
            suspension: None,
            origin,
            deleted_at: None,
            wakes_at: None,
        };
        self.registry.add(&record).await?;
        self.remember(record.clone());
        Ok(record)
    }

    /// Ends the preparation of a store.
    ///
    /// # Errors
    /// The registry.
    pub async fn activate(&self, slug: &str) -> Result<()> {
        self.edit_record(slug, |record| record.state = StoreState::Active).await.map(drop)
    }

    /// Removes a store whose preparation did not end.
    ///
    /// # Errors
    /// The store is in use; its folder cannot be removed.
    pub async fn discard_store(&self, slug: &str) -> Result<()> {
        let record = self.records.load().get(slug).cloned();
        if record.is_none_or(|record| record.state != StoreState::Preparing) {
            let message = format!("The store '{slug}' is in use.");
            return Err(Error::conflict("store.in_use", message));
        }
        self.remove_store(slug).await
    }

    /// Removes a store with all its data.
    pub(crate) async fn remove_store(&self, slug: &str) -> Result<()> {
        let target = self.target(slug, &self.store_settings(slug)?);
        self.leave_shares(slug).await?;
        self.while_closed(slug, async || {
            discard(&target).await?;
            let _one_at_a_time = self.editing.lock().await;
            self.registry.remove(slug).await?;
            self.forget(slug);
            remove_folder(&self.folder.store(slug))
        })
        .await
    }

    /// Lays the schema of a new store, unless it has one.
    pub(super) async fn lay_schema(
        &self,
        slug: &str,
        target: &DatabaseTarget,
        settings: &StoreSettings,
        components: Option<&[String]>,
    ) -> Result<()> {
        if matches!(target, DatabaseTarget::Sqlite(path) if path.exists()) {
            return Ok(());
        }
        let known = self.known_in(&self.shelf(), slug, &Default::default())?;
        let host = self.host_settings();
        let on = |id: &str| match components {
            Some(chosen) => chosen.iter().any(|it| it == id),
            None => is_on_by_default(&known, &host, slug, id),
        };
        let resolution = solver::resolve(&change::question(&known, settings, on));
        let blank = Blank::of(&known, &resolution);
        if let Err(error) = blank.lay(target, &self.folder.path().join("templates")).await {
            // Step by step it is found out which component is to blame, and that one is left out.
            tracing::warn!(store = %slug, "the schema is made step by step: {}", error.chain());
        }
        Ok(())
    }
}

/// Removes a folder, if there is one.
pub(crate) fn remove_folder(folder: &std::path::Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let message = format!("the folder {} cannot be removed: {error}", folder.display());
            Err(Error::invalid("data.folder", message))
        }
        _ => Ok(()),
    }
}

fn check(new: &NewStore) -> Result<()> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let slug = new.slug.as_str();
    let ends = slug.starts_with('-') || slug.ends_with('-');
    if slug.is_empty() || slug.len() > 40 || ends || !slug.bytes().all(fits) || slug == MOTHER {
        let message = format!(
            "'{slug}' is no name for a store; use up to 40 of a-z, 0-9 and '-', a letter or digit first and last"
        );
        return Err(Error::invalid("store.slug", message));
    }
    if new.name.trim().is_empty() || new.name.chars().count() > 200 {
        return Err(Error::invalid("store.name", "A name has 1 to 200 characters."));
    }
    if new.locales.is_empty() {
        return Err(Error::invalid("store.locales", "A store needs at least one language."));
    }
    check_time_zone(&new.time_zone)
}

/// Languages without those that were named before.
pub(crate) fn distinct(locales: Vec<Locale>) -> Vec<Locale> {
    let mut distinct = Vec::with_capacity(locales.len());
    for locale in locales {
        if !distinct.contains(&locale) {
            distinct.push(locale);
        }
    }
    distinct
}

/// A time zone must be one of the IANA database.
pub(crate) fn check_time_zone(zone: &str) -> Result<()> {
    if settings::is_time_zone(zone) {
        return Ok(());
    }
    let message = format!("'{zone}' is no IANA time zone, like Europe/London");
    Err(Error::invalid("store.time_zone", message))
}
