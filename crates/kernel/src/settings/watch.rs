//! Noticing that a settings file was edited, or a component file changed.

use std::path::Path;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// How long the folder must be quiet before it is read: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(250);

/// Tells that something in a folder changed. Dropping it ends the watch.
pub struct Watch {
    changes: mpsc::UnboundedReceiver<()>,
    _watcher: RecommendedWatcher,
}

/// Watches folders and those below them.
///
/// # Errors
/// A folder is not there or the system has no watches left.
pub fn watch(folders: &[&Path]) -> notify::Result<Watch> {
    let (tell, changes) = mpsc::unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading is an event as well; acting on it would never end.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // The receiver is gone when the watch ends; nobody is left to tell.
            let _ = tell.send(());
        }
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::Recursive)?;
    }
    Ok(Watch { changes, _watcher: watcher })
}

impl Watch {
    /// Waits until something changed and the folder is quiet again.
    pub async fn changed(&mut self) {
        if self.changes.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        while let Ok(Some(())) = tokio::time::timeout(QUIET, self.changes.recv()).await {}
    }
}
