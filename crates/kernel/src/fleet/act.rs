//! What is done with a store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use hatchery_component::stores::{StoreAct, Suspension};
use hatchery_component::{Error, Progress, Result};
use hatchery_types::Locale;
use serde_json::{Value, json};

use super::{create, eject, export, restore};
use crate::kernel::{Kernel, check_time_zone, distinct};
use crate::registry::{MOTHER, StoreRecord, StoreState};
use crate::settings::StoreFacts;

/// Does it, and answers what the act says.
pub(super) async fn perform(
    kernel: &Arc<Kernel>,
    act: StoreAct,
    progress: &Progress,
) -> Result<Value> {
    if act.stores().contains(&MOTHER) {
        let message = "The mother is no store that sells: she is kept as the folder 'mother' of the data folder.";
        return Err(Error::invalid("store.mother", message));
    }
    match act {
        StoreAct::Create(request) => {
            Ok(serde_json::to_value(create::create(kernel, request, progress).await?)?)
        }
        StoreAct::Suspend { slug, reason, message } => {
            let suspension = suspension(kernel, reason, message)?;
            edit(kernel, &slug, |record| {
                record.state = StoreState::Suspended;
                record.suspension = Some(suspension);
            })
            .await
        }
        StoreAct::Resume { slug } => {
            edit(kernel, &slug, |record| {
                record.state = StoreState::Active;
                record.suspension = None;
            })
            .await
        }
        StoreAct::Rename { slug, name } => {
            let name = name.trim().to_owned();
            if name.is_empty() || name.chars().count() > 200 {
                return Err(Error::invalid("store.name", "A name has 1 to 200 characters."));
            }
            changeable(kernel, &slug, "name", |facts| facts.name.is_none())?;
            set(kernel, &slug, |record| record.name = name).await
        }
        StoreAct::SetDomains { slug, domains } => {
            kernel.check_domains(&slug, &domains)?;
            changeable(kernel, &slug, "domains", |facts| facts.domains.is_none())?;
            set(kernel, &slug, |record| record.domains = domains).await
        }
        StoreAct::SetRegion { slug, locales, time_zone } => {
            if locales.is_empty() && time_zone.is_none() {
                let message = "Name the languages, the time zone, or both.";
                return Err(Error::invalid("store.locales", message));
            }
            let now = kernel.describe(&kernel.record(&slug)?)?;
            let locales = Some(distinct(locales)).filter(|it| !it.is_empty() && *it != now.locales);
            let time_zone = time_zone.filter(|it| *it != now.time_zone);
            if let Some(zone) = &time_zone {
                check_time_zone(zone)?;
                changeable(kernel, &slug, "time_zone", |facts| facts.time_zone.is_none())?;
            }
            if locales.is_some() {
                changeable(kernel, &slug, "locales", |facts| facts.locales.is_none())?;
            }
            // Only what is open builds what it derives for a new language.
            in_use(kernel, &slug)?;
            let _open = kernel.store(&slug).await?;
            set(kernel, &slug, |record| {
                record.time_zone = time_zone.unwrap_or_else(|| record.time_zone.clone());
                record.locales = locales.unwrap_or_else(|| record.locales.clone());
            })
            .await
        }
        StoreAct::Backup { slug } => {
            Ok(serde_json::to_value(kernel.back_up(&slug, progress).await?)?)
        }
        StoreAct::RemoveBackup { backup } => {
            kernel.remove_backup(&backup)?;
            Ok(json!({ "name": backup }))
        }
        StoreAct::Delete { slug, confirm } => {
            in_use(kernel, &slug)?;
            if confirm != slug {
                let message = format!("To delete the store, write its short name: {slug}.");
                return Err(Error::invalid("store.confirm", message));
            }
            let _kept = kernel.keeping_backups.read().await;
            if !kernel.backups().iter().any(|backup| backup.slug == slug) {
                let message =
                    format!("'{slug}' has no backup; make one: `hatchery store backup {slug}`.");
                return Err(Error::conflict("store.no_backup", message));
            }
            let now = kernel.options().clock.now();
            kernel
                .while_closed(&slug, async || {
                    let deleted = kernel.edit_record(&slug, |record| {
                        record.state = StoreState::Deleted;
                        record.deleted_at = Some(now);
                    });
                    Ok(serde_json::to_value(kernel.describe(&deleted.await?)?)?)
                })
                .await
        }
        StoreAct::Recover { slug } => {
            let is_deleted =
                kernel.records().get(&slug).is_some_and(|it| it.state == StoreState::Deleted);
            if !is_deleted {
                let message = format!("There is no store '{slug}' in the trash.");
                return Err(Error::not_found("store.not_deleted", message));
            }
            let record = kernel.edit_record(&slug, |record| {
                record.state = match record.suspension {
                    Some(_) => StoreState::Suspended,
                    None => StoreState::Active,
                };
                record.deleted_at = None;
            });
            Ok(serde_json::to_value(kernel.describe(&record.await?)?)?)
        }
        StoreAct::Restore { backup, slug, replace } => {
            let _kept = kernel.keeping_backups.read().await;
            let made = restore::restore(kernel, &backup, slug, replace, progress).await?;
            Ok(serde_json::to_value(made)?)
        }
        StoreAct::Export { slug, to } => {
            let folder = export::export(kernel, &slug, to.map(PathBuf::from), progress).await?;
            Ok(json!({ "folder": folder.display().to_string() }))
        }
        StoreAct::Invite { slug, email } => create::invite(kernel, &slug, &email).await,
        StoreAct::Share(policy) => Ok(serde_json::to_value(kernel.share(policy).await?)?),
        StoreAct::Unshare { name } => Ok(serde_json::to_value(kernel.unshare(&name).await?)?),
        StoreAct::Eject { slug, to, with_secrets } => Ok(serde_json::to_value(
            eject::eject(kernel, &slug, &PathBuf::from(to), with_secrets, progress).await?,
        )?),
    }
}

/// Changes the record of a store that is in use.
async fn edit(kernel: &Kernel, slug: &str, edit: impl FnOnce(&mut StoreRecord)) -> Result<Value> {
    in_use(kernel, slug)?;
    let record = kernel.edit_record(slug, edit).await?;
    Ok(json!(kernel.describe(&record)?))
}

/// Changes facts of a store that is in use, and lets the running store know. One that cannot run with them keeps
/// those it had.
async fn set(kernel: &Kernel, slug: &str, change: impl FnOnce(&mut StoreRecord)) -> Result<Value> {
    let before = kernel.record(slug)?;
    let changed = edit(kernel, slug, change).await?;
    if let Err(error) = kernel.tell_facts(slug).await {
        edit(kernel, slug, |record| {
            record.name = before.name;
            record.domains = before.domains;
            record.locales = before.locales;
            record.time_zone = before.time_zone;
        })
        .await?;
        return Err(error);
    }
    Ok(changed)
}

/// What the settings files or the environment say of a store cannot be changed here.
fn changeable(
    kernel: &Kernel,
    slug: &str,
    key: &str,
    is_free: impl Fn(&StoreFacts) -> bool,
) -> Result<()> {
    if is_free(&kernel.settings().facts(slug)?) {
        return Ok(());
    }
    let message = format!(
        "The settings say {key} of '{slug}', in [store] of stores/{slug}.toml or in the environment; change it there."
    );
    Err(Error::conflict("store.fixed", message))
}

fn in_use(kernel: &Kernel, slug: &str) -> Result<()> {
    let record = kernel.record(slug)?;
    match record.state {
        StoreState::Active | StoreState::Suspended if slug == record.slug => Ok(()),
        _ => {
            let message = format!("The store '{slug}' is still being made.");
            Err(Error::conflict("store.preparing", message))
        }
    }
}

fn suspension(
    kernel: &Kernel,
    reason: String,
    message: BTreeMap<Locale, String>,
) -> Result<Suspension> {
    if !super::is_code(&reason) {
        let message = format!("'{reason}' is no reason; write a code like maintenance or unpaid");
        return Err(Error::invalid("store.reason", message));
    }
    let message = message.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
    Ok(Suspension { reason, message, since: kernel.options().clock.now() })
}
