//! What a process that was killed left half-made is cleared up at the next start: nobody else has the data
//! folder, so nothing of it is still being worked on.

use std::path::Path;

use hatchery_component::Result;

use super::backup::{DRAFT, unusable};
use super::restore::{REPLACED, RESTORING};
use crate::kernel::{Kernel, remove_folder};
use crate::registry::StoreState;

impl Kernel {
    /// Removes stores that were being made and drafts of backups; puts a store back that was being replaced.
    pub(crate) async fn clear_up(&self) -> Result<()> {
        let stores = self.stores_folder();
        let left = names(&stores);
        let sides = |end: &'static str| {
            let stores = &stores;
            left.iter().filter_map(move |name| {
                let slug = name.strip_prefix('.')?.strip_suffix(end)?;
                Some((stores.join(name), stores.join(slug)))
            })
        };
        for (new, place) in sides(RESTORING) {
            if place.exists() {
                remove_folder(&new)?;
            } else {
                // It was whole before the old one was taken away.
                std::fs::rename(&new, &place).map_err(|error| unusable(&place, &error))?;
                tracing::info!("{} is in place", place.display());
            }
        }
        for (old, _) in sides(REPLACED) {
            remove_folder(&old)?;
        }
        let backups = self.backups_folder();
        for name in names(&backups).iter().filter(|name| name.ends_with(DRAFT)) {
            remove_folder(&backups.join(name))?;
        }
        let records = self.records();
        for record in records.values().filter(|record| record.state == StoreState::Preparing) {
            let slug = &record.slug;
            match self.discard_store(slug).await {
                Ok(()) => {
                    tracing::warn!(store = %slug, "'{slug}' was being made when the process ended; make it again")
                }
                // It answers nobody; the next start tries again.
                Err(error) => {
                    tracing::error!(store = %slug, "what is left of '{slug}' is not removed: {}", error.chain());
                }
            }
        }
        Ok(())
    }
}

/// The names in a folder, those first that sort first.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}
