//! Putting a backup in place: as the store it was, as one beside it, or on another database.

use std::sync::Arc;
use std::time::Instant;

use hatchery_component::stores::{BackupInfo, MadeStore};
use hatchery_component::{Error, Progress, Result};

use super::backup::{BackupFacts, private_folder, unusable};
use super::copying::{self, Copying, Key, Source, Which};
use super::create;
use crate::db::DatabaseTarget;
use crate::db::discard::{discard, put_in_place};
use crate::kernel::{Kernel, NewStore, remove_folder};
use crate::registry::{DatabaseKind, MOTHER, StoreState};

/// What the names of the folders end with while a store is replaced: the new one, and the old one.
pub(super) const RESTORING: &str = ".restoring";
pub(super) const REPLACED: &str = ".replaced";

/// Restores a backup. A store that is replaced is backed up before.
///
/// # Errors
/// There is no such backup; the store is there and is not to be replaced; files and databases. What was in
/// place stays then.
pub(super) async fn restore(
    kernel: &Arc<Kernel>,
    backup: &str,
    slug: Option<String>,
    replace: bool,
    progress: &Progress,
) -> Result<MadeStore> {
    let began = Instant::now();
    let (folder, facts) = kernel.find_backup(backup)?;
    let slug = slug.unwrap_or_else(|| facts.store.slug.clone());
    let there = kernel.records().get(&slug).cloned();
    if there.is_some() && !replace {
        let message = format!(
            "There is a store '{slug}' already; replace it (--replace), or restore under another name (--as)."
        );
        return Err(Error::conflict("store.exists", message));
    }
    if facts.store.slug == MOTHER {
        let message = "This is a backup of the mother; stop the host and put its files into the folder 'mother'.";
        return Err(Error::invalid("store.mother", message));
    }
    if there.is_some() && slug != facts.store.slug {
        let message = format!(
            "The backup is of '{}', not of '{slug}'; restore it under a name that is free.",
            facts.store.slug
        );
        return Err(Error::conflict("store.other", message));
    }
    let source = Source::of_backup(kernel, &folder).await?;
    let mut notes = Vec::new();
    let restored = match there {
        Some(record) => {
            let active = [StoreState::Active, StoreState::Suspended].contains(&record.state);
            let replaced = replace_with(kernel, &slug, &source, active, progress).await;
            kernel.share_again(&slug).await?;
            let kept = |kept: BackupInfo| format!("what was there is in the backup {}", kept.name);
            replaced.map(|made| notes.extend(made.map(kept)))
        }
        None => beside(kernel, &slug, &facts, &source, &mut notes, progress).await,
    };
    source.close().await?;
    restored?;
    Ok(MadeStore {
        store: kernel.describe(&kernel.record(&slug)?)?,
        welcome: None,
        notes,
        milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    })
}

/// Makes a store of a backup whose slug is free. Under another name it is a copy that lives beside the store.
async fn beside(
    kernel: &Arc<Kernel>,
    slug: &str,
    facts: &BackupFacts,
    source: &Source,
    notes: &mut Vec<String>,
    progress: &Progress,
) -> Result<()> {
    let was = &facts.store;
    let is_same = slug == was.slug;
    let free = |domain: &&String| kernel.check_domains(slug, &[(*domain).clone()]).is_ok();
    let (domains, taken): (Vec<&String>, Vec<&String>) = match is_same {
        true => was.domains.iter().partition(free),
        false => (Vec::new(), Vec::new()),
    };
    notes.extend(taken.iter().map(|domain| format!("another store answers on {domain} now")));
    let new = NewStore {
        slug: slug.to_owned(),
        name: was.name.clone(),
        locales: was.locales.clone(),
        currency: was.currency,
        time_zone: was.time_zone.clone(),
        domains: domains.into_iter().cloned().collect(),
        components: None,
        preparing: true,
    };
    let (which, key) = match is_same {
        true => (Which::All, Key::Same),
        false => (Which::Beside, Key::Fresh),
    };
    let origin = format!("backup:{}", was.slug);
    let store = create::begin_copy(kernel, new, origin, source, which, key, progress).await?;
    if is_same {
        kernel.edit_record(slug, |record| record.id = was.id).await?;
    }
    drop(store);
    kernel.activate(slug).await
}

/// Makes the data of a backup those of a store. They are copied beside first; only then the store is closed.
/// What it holds at that moment is backed up before it goes, so that nothing is lost that was written meanwhile.
async fn replace_with(
    kernel: &Arc<Kernel>,
    slug: &str,
    source: &Source,
    is_kept: bool,
    progress: &Progress,
) -> Result<Option<BackupInfo>> {
    let folder = kernel.folder_of(slug);
    let side = folder.with_file_name(format!(".{slug}{RESTORING}"));
    let known = match is_kept {
        true => Some(kernel.store(slug).await?.known()),
        false => None,
    };
    remove_folder(&side)?;
    private_folder(&side)?;
    let target = kernel.target(slug, &kernel.store_settings(slug)?);
    let to = match &target {
        DatabaseTarget::Sqlite(_) => DatabaseTarget::Sqlite(side.join("store.db")),
        DatabaseTarget::Postgres { url, schema } => {
            let schema = format!("{schema}_restoring");
            DatabaseTarget::Postgres { url: url.clone(), schema }
        }
    };
    let replaced = async {
        discard(&to).await?;
        let copying = Copying {
            from: source,
            to: &to,
            folder: &side,
            which: Which::All,
            key: Key::Same,
            progress,
        };
        copying::copy(kernel, copying).await?;
        let swap = async || {
            let kept = match known {
                Some(known) => {
                    progress.report(0, None, "backing up what is there");
                    let there = Source::of_closed(&target, &folder, known).await?;
                    let kept = kernel.write_backup(slug, &there, progress).await;
                    there.close().await?;
                    Some(kept?)
                }
                None => None,
            };
            progress.report(0, None, "putting it in place");
            let old = folder.with_file_name(format!(".{slug}{REPLACED}"));
            remove_folder(&old)?;
            put_in_place(&to, &target).await?;
            std::fs::rename(&folder, &old).map_err(|error| unusable(&old, &error))?;
            std::fs::rename(&side, &folder).map_err(|error| unusable(&folder, &error))?;
            kernel
                .edit_record(slug, |record| {
                    record.database = match target {
                        DatabaseTarget::Sqlite(_) => DatabaseKind::Sqlite,
                        DatabaseTarget::Postgres { .. } => DatabaseKind::Postgres,
                    };
                    record.deleted_at = None;
                    record.state = match record.suspension {
                        Some(_) => StoreState::Suspended,
                        None => StoreState::Active,
                    };
                })
                .await?;
            remove_folder(&old)?;
            Ok(kept)
        };
        kernel.while_closed(slug, swap).await
    };
    let replaced = replaced.await;
    if replaced.is_err() {
        discard(&to).await?;
        remove_folder(&side)?;
    }
    replaced
}
