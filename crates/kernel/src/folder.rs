//! The data folder: one process at a time, one folder per store, one key per store.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use hatchery_component::{Error, Result};
use rand::RngCore;

/// Name of the local socket in the data folder, by which commands reach the running host.
pub const SOCKET: &str = "hatchery.sock";
const LOCK: &str = "hatchery.lock";

/// The data folder, locked for this process until it is dropped.
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it is absent and locks it. `who` is what others are told: `hatchery serve`.
    ///
    /// # Errors
    /// Another process has it, by name; the folder cannot be written.
    pub(crate) fn lock(path: &Path, who: &str) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let message = format!("the data folder {} cannot be used: {error}", path.display());
            Error::invalid("data.folder", message)
        };
        fs::create_dir_all(path).map_err(failed)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(LOCK))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Whoever has it may not have written its name yet.
                let _ = lock.read_to_string(&mut holder);
                let holder = if holder.is_empty() { "another process" } else { holder.trim() };
                let message = format!(
                    "the data folder {} is in use by {holder}; stop it or use another folder with --data",
                    path.display()
                );
                return Err(Error::conflict("data.locked", message));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        lock.set_len(0).map_err(failed)?;
        lock.rewind().map_err(failed)?;
        writeln!(lock, "{who} (process {})", std::process::id()).map_err(failed)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The folder of a store.
    pub(crate) fn store(&self, slug: &str) -> PathBuf {
        self.stores().join(slug)
    }

    /// The folder of all stores.
    pub(crate) fn stores(&self) -> PathBuf {
        self.path.join("stores")
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// The key of a store; made at first use and readable by its owner only.
pub(crate) fn key(folder: &Path) -> Result<[u8; 32]> {
    let path = folder.join("key");
    let failed = |error: std::io::Error| {
        let message = format!("the key {} cannot be used: {error}", path.display());
        Error::invalid("data.key", message)
    };
    if !path.exists() {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        // Written beside and renamed, so that a crash never leaves half a key.
        let draft = folder.join("key.new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        // Elsewhere it is as private as the folder is.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft).map_err(failed)?;
        file.write_all(&key).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&draft, &path).map_err(failed)?;
    }
    let bytes = fs::read(&path).map_err(failed)?;
    bytes.try_into().map_err(|bytes: Vec<u8>| {
        let message = format!("the key {} has {} bytes instead of 32", path.display(), bytes.len());
        Error::invalid("data.key", message)
    })
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_second_process_is_refused_by_name() {
        let folder = TempDir::new().unwrap();
        let first = DataFolder::lock(folder.path(), "hatchery serve").unwrap();
        let refused = DataFolder::lock(folder.path(), "hatchery import").err().unwrap();
        let name = format!("is in use by hatchery serve (process {})", std::process::id());
        assert!(refused.message().contains(&name), "{refused}");
        drop(first);
        assert!(DataFolder::lock(folder.path(), "hatchery import").is_ok());
    }

    #[test]
    fn a_key_is_made_once_and_kept_private() {
        let folder = TempDir::new().unwrap();
        let key_made = key(folder.path()).unwrap();
        assert_eq!(key(folder.path()).unwrap(), key_made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join("key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(folder.path().join("key"), "short").unwrap();
        assert!(key(folder.path()).is_err());
    }
}
