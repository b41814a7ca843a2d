//! The trash: stores that were deleted, until their time is over.

use crate::kernel::Kernel;
use crate::registry::StoreState;

impl Kernel {
    /// Removes what has been in the trash for long enough.
    pub async fn empty_trash(&self) {
        let days = chrono::Duration::days(self.host_settings().trash_days.into());
        let now = self.options().clock.now();
        let over: Vec<String> = self
            .records()
            .values()
            .filter(|record| record.state == StoreState::Deleted)
            .filter(|record| record.deleted_at.is_some_and(|at| at + days <= now))
            .map(|record| record.slug.clone())
            .collect();
        for slug in over {
            match self.remove_store(&slug).await {
                Ok(()) => {
                    tracing::info!(store = %slug, "'{slug}' was taken out of the trash for good")
                }
                Err(error) => {
                    tracing::error!(store = %slug, "'{slug}' stays in the trash: {}", error.chain());
                }
            }
        }
    }
}
