//! Backups: a folder per backup, written while the store sells.
//!
//! `backup.json` says what it is, `store.db` is the database at one moment (an SQLite file, whatever the store
//! runs on), `files/` are the store's files, `key` is its key. A backup that was interrupted is called `.new`
//! and is not looked at.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hatchery_component::stores::BackupInfo;
use hatchery_component::{Error, Progress, Result};
use serde::{Deserialize, Serialize};

use super::copying::{self, Copying, Key, Source, Which};
use crate::db::DatabaseTarget;
use crate::kernel::Kernel;
use crate::kernel::remove_folder;
use crate::registry::{StoreRecord, StoreState};

/// What the name of a backup ends with while it is written.
pub(super) const DRAFT: &str = ".new";
/// The file that says what a backup is.
const FACTS: &str = "backup.json";
/// The layout that is written; others are refused.
const FORMAT: u32 = 1;

/// What a backup is of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BackupFacts {
    format: u32,
    /// The store as it was.
    pub(crate) store: StoreRecord,
    made_at: DateTime<Utc>,
    /// The version of Hatchery that wrote it.
    hatchery: String,
    rows: u64,
    bytes: u64,
    /// Tables that could not be copied, because no component of the host knows them.
    left_out: Vec<String>,
}

impl Kernel {
    /// Copies a store into a backup, while it sells.
    pub(crate) async fn back_up(
        self: &Arc<Self>,
        slug: &str,
        progress: &Progress,
    ) -> Result<BackupInfo> {
        let store = self.store(slug).await?;
        self.write_backup(slug, &Source::of_store(&store), progress).await
    }

    /// Writes a backup of a store that is open, or of one whose data lie still.
    pub(super) async fn write_backup(
        &self,
        slug: &str,
        source: &Source,
        progress: &Progress,
    ) -> Result<BackupInfo> {
        let record = self.record(slug)?;
        let made_at = self.options().clock.now();
        let stamp = made_at.format("%Y%m%dT%H%M%S%.3fZ").to_string().replace('.', "-");
        let (name, folder) = self.free_name(&format!("{slug}-{stamp}"));
        let draft = folder.with_file_name(format!("{name}{DRAFT}"));
        remove_folder(&draft)?;
        private_folder(&draft)?;
        let copying = Copying {
            from: source,
            to: &DatabaseTarget::Sqlite(draft.join("store.db")),
            folder: &draft,
            which: Which::All,
            key: Key::Same,
            progress,
        };
        let made = async {
            let copied = copying::copy(self, copying).await?;
            let bytes = super::folder_bytes(&draft);
            let facts = BackupFacts {
                format: FORMAT,
                store: record,
                made_at,
                hatchery: env!("CARGO_PKG_VERSION").to_owned(),
                rows: copied.rows,
                bytes,
                left_out: copied.left_out,
            };
            write(&draft.join(FACTS), &serde_json::to_vec_pretty(&facts)?)?;
            std::fs::rename(&draft, &folder).map_err(|error| unusable(&folder, &error))?;
            Ok(info(name, &folder, facts))
        };
        let made = made.await;
        if made.is_err() {
            remove_folder(&draft)?;
        }
        made
    }

    /// All backups that can be read, the newest first.
    pub fn backups(&self) -> Vec<BackupInfo> {
        let Ok(entries) = std::fs::read_dir(self.backups_folder()) else { return Vec::new() };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let (name, folder) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            if !folder.join(FACTS).is_file() || folder.extension().is_some() {
                continue;
            }
            match read(&folder) {
                Ok(facts) => found.push(info(name, &folder, facts)),
                Err(error) => tracing::warn!("the backup '{name}' is left out: {error}"),
            }
        }
        found.sort_by(|left, right| (right.made_at, &right.name).cmp(&(left.made_at, &left.name)));
        found
    }

    /// Removes a backup, also one that is damaged. The last one of a store in the trash stays, as the store's way
    /// back.
    pub(super) fn remove_backup(&self, name: &str) -> Result<()> {
        let Ok(_alone) = self.keeping_backups.try_write() else {
            let message = "Something is done with backups now; try again when it has ended.";
            return Err(Error::conflict("backup.in_use", message));
        };
        let folder = self.backups_folder().join(name);
        let is_name = !name.contains(['/', '\\', '.']);
        if !is_name || !folder.join(FACTS).is_file() {
            return Err(unknown(name));
        }
        let slug = self.store_of_backup(name).unwrap_or_default();
        let is_deleted = |record: &StoreRecord| record.state == StoreState::Deleted;
        if self.records().get(&slug).is_some_and(is_deleted)
            && !self.backups().iter().any(|other| other.slug == slug && other.name != name)
        {
            let message = format!(
                "'{name}' is the last backup of '{slug}', which is in the trash; take the store out first."
            );
            return Err(Error::conflict("backup.last", message));
        }
        // Half of a backup is none: what an interrupted process leaves of this is cleared up.
        let draft = folder.with_file_name(format!("{name}{DRAFT}"));
        std::fs::rename(&folder, &draft).map_err(|error| unusable(&folder, &error))?;
        remove_folder(&draft)
    }

    /// The store that a backup is of, when it can be read.
    pub(super) fn store_of_backup(&self, backup: &str) -> Option<String> {
        self.find_backup(backup).ok().map(|(_, facts)| facts.store.slug)
    }

    /// The folder and the facts of a backup, by its name or its folder.
    pub(super) fn find_backup(&self, backup: &str) -> Result<(PathBuf, BackupFacts)> {
        let named = self.backups_folder().join(backup);
        let is_name = !backup.contains(['/', '\\']) && backup != "..";
        let folder = if is_name && named.is_dir() { named } else { PathBuf::from(backup) };
        if !folder.join(FACTS).is_file() {
            return Err(unknown(backup));
        }
        let facts = read(&folder)?;
        Ok((folder, facts))
    }

    /// A name that no backup has yet, and its folder.
    fn free_name(&self, wanted: &str) -> (String, PathBuf) {
        let further = (2..).map(|number| format!("{wanted}-{number}"));
        let names = std::iter::once(wanted.to_owned()).chain(further);
        let mut places = names.map(|name| {
            let folder = self.backups_folder().join(&name);
            (name, folder)
        });
        let free = places.find(|(_, folder)| !folder.exists());
        free.unwrap_or_else(|| (wanted.to_owned(), self.backups_folder().join(wanted)))
    }

    pub(super) fn backups_folder(&self) -> PathBuf {
        self.options().data.join("backups")
    }
}

fn unknown(backup: &str) -> Error {
    let message = format!("There is no backup '{backup}'; `hatchery store backups` lists them.");
    Error::not_found("backup.unknown", message)
}

fn read(folder: &Path) -> Result<BackupFacts> {
    let path = folder.join(FACTS);
    let bytes = std::fs::read(&path).map_err(|error| unusable(&path, &error))?;
    let facts: BackupFacts = serde_json::from_slice(&bytes).map_err(|error| {
        Error::invalid("backup.unreadable", format!("{} is damaged: {error}", path.display()))
    })?;
    if facts.format != FORMAT {
        let message = format!(
            "{} has the layout {}, this host reads {FORMAT}; use the Hatchery {} that wrote it",
            path.display(),
            facts.format,
            facts.hatchery
        );
        return Err(Error::invalid("backup.format", message));
    }
    Ok(facts)
}

fn info(name: String, folder: &Path, facts: BackupFacts) -> BackupInfo {
    BackupInfo {
        name,
        slug: facts.store.slug,
        store_name: facts.store.name,
        made_at: facts.made_at,
        rows: facts.rows,
        bytes: facts.bytes,
        folder: folder.display().to_string(),
    }
}

/// A folder that only its owner can look into.
pub(super) fn private_folder(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    // Elsewhere it is as private as the folder above it.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| unusable(folder, &error))
}

/// Writes a file that is on the disk when this returns.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = std::fs::write(path, bytes)
        .and_then(|()| std::fs::File::open(path))
        .and_then(|file| file.sync_all());
    written.map_err(|error| unusable(path, &error))
}

pub(super) fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::invalid("data.folder", format!("{} cannot be used: {error}", path.display()))
}
