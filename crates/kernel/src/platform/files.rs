//! The store's files, named by the SHA-256 of their content: `files/ab/cdef..` in its folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::thread;

use async_trait::async_trait;
use hatchery_component::platform::{FileInfo, Files};
use hatchery_component::{Ctx, Declaration, Error, Instance, Kind, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::entity::file;
use crate::platform::state;
use crate::store::Store;

/// Adds nothing; `/files/{hash}` is one of the kernel's own addresses.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    declaration
}

/// Provides the interface.
pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Files>(Arc::new(StoredFiles))
}

struct StoredFiles;

#[async_trait]
impl Files for StoredFiles {
    async fn put(&self, ctx: &Ctx, files: Vec<(String, Vec<u8>)>) -> Result<Vec<FileInfo>> {
        let state = state(ctx)?;
        leave_room(ctx, state.assembly.settings.limits.file_megabytes, &files).await?;
        let folder = state.store()?.folder.join("files");
        let kept = blocking(move || keep_all(&folder, files)).await?;
        // One row for each content, in an order that never makes two units wait for each other.
        let rows: BTreeMap<&str, &FileInfo> =
            kept.iter().map(|info| (info.hash.as_str(), info)).collect();
        let now = ctx.now();
        let component = ctx.header().component.to_string();
        let rows: Vec<file::ActiveModel> = rows
            .into_values()
            .map(|info| file::ActiveModel {
                hash: Set(info.hash.clone()),
                content_type: Set(info.content_type.clone()),
                size: Set(i64::try_from(info.size).unwrap_or(i64::MAX)),
                component: Set(component.clone()),
                created_at: Set(now),
            })
            .collect();
        if !rows.is_empty() {
            ctx.transaction(|ctx| async move {
                let known = OnConflict::column(file::Column::Hash).do_nothing().to_owned();
                file::Entity::insert_many(rows)
                    .on_conflict(known)
                    .exec_without_returning(&ctx.db())
                    .await?;
                Ok(())
            })
            .await?;
        }
        Ok(kept)
    }

    async fn get(
        &self,
        ctx: &Ctx,
        hashes: Vec<String>,
    ) -> Result<BTreeMap<String, (FileInfo, Vec<u8>)>> {
        let rows =
            file::Entity::find().filter(file::Column::Hash.is_in(hashes)).all(&ctx.db()).await?;
        let folder = state(ctx)?.store()?.folder.join("files");
        blocking(move || {
            let mut found = BTreeMap::new();
            for row in rows {
                match fs::read(path(&folder, &row.hash)) {
                    Ok(bytes) => {
                        found.insert(row.hash.clone(), (info(row), bytes));
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        tracing::error!(
                            hash = row.hash,
                            "the content of file {} is missing",
                            row.hash
                        );
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        })
        .await
    }
}

/// Refuses files that are more than the store may keep. 0 for no limit.
async fn leave_room(ctx: &Ctx, megabytes: u64, files: &[(String, Vec<u8>)]) -> Result<()> {
    if megabytes == 0 {
        return Ok(());
    }
    // A sum of integers is a decimal on PostgreSQL.
    let sum = Expr::cust("CAST(COALESCE(SUM(size), 0) AS BIGINT)");
    let kept = file::Entity::find().select_only().column_as(sum, "bytes").into_tuple::<i64>();
    let kept = kept.one(&ctx.db()).await?.unwrap_or_default();
    let new: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let total = u64::try_from(kept).unwrap_or_default().saturating_add(new as u64);
    if total <= megabytes.saturating_mul(1_000_000) {
        return Ok(());
    }
    let message =
        format!("This store may keep {megabytes} MB of files; there is no room for these.");
    Err(Error::new(Kind::TooLarge, "file.limit", message))
}

fn info(row: file::Model) -> FileInfo {
    FileInfo {
        hash: row.hash,
        content_type: row.content_type,
        size: u64::try_from(row.size).unwrap_or(0),
    }
}

/// Files that are written at the same time: a disk syncs many together in little more than the time of one.
const WRITERS: usize = 16;

/// Writes contents where their hashes say, durably, unless they are there.
fn keep_all(folder: &Path, files: Vec<(String, Vec<u8>)>) -> io::Result<Vec<FileInfo>> {
    let mut missing: BTreeMap<PathBuf, &[u8]> = BTreeMap::new();
    let mut kept = Vec::with_capacity(files.len());
    for (content_type, bytes) in &files {
        let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let (size, target) = (bytes.len() as u64, path(folder, &hash));
        if !fs::metadata(&target).is_ok_and(|there| there.len() == size) {
            missing.insert(target, bytes);
        }
        kept.push(FileInfo { hash, content_type: content_type.clone(), size });
    }
    let missing: Vec<(PathBuf, &[u8])> = missing.into_iter().collect();
    let parents: BTreeSet<&Path> =
        missing.iter().filter_map(|(target, _)| target.parent()).collect();
    let parents: Vec<&Path> = parents.into_iter().collect();
    for parent in &parents {
        fs::create_dir_all(parent)?;
    }
    at_once(&missing, |(target, bytes)| keep(target, bytes))?;
    // The names too must be on disk before anybody refers to them.
    at_once(&parents, |parent| sync_names(parent))?;
    if !missing.is_empty() {
        sync_names(folder)?;
    }
    Ok(kept)
}

/// Writes a content beside its place and then moves it there.
fn keep(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = target.with_file_name(format!(".{}", Uuid::now_v7().simple()));
    let written = write(&draft, bytes).and_then(|()| fs::rename(&draft, target));
    if written.is_err() {
        // What is left of it is of no use; the error is what matters.
        let _ = fs::remove_file(&draft);
    }
    written
}

/// Does something with all items, several at a time; the first failure is the answer.
fn at_once<T: Sync>(items: &[T], work: impl Fn(&T) -> io::Result<()> + Sync) -> io::Result<()> {
    let share = items.len().div_ceil(WRITERS).max(1);
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = items
            .chunks(share)
            .map(|items| scope.spawn(move || items.iter().try_for_each(work)))
            .collect();
        running.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("writing a file panicked")))
        })
    })
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the names in a folder are on disk.
#[cfg(unix)]
fn sync_names(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Windows opens no folder as a file; its file system keeps names in a journal of its own.
#[cfg(not(unix))]
fn sync_names(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Where a content is. A hash comes from a row, so it is one.
pub(crate) fn path(folder: &Path, hash: &str) -> PathBuf {
    let (first, rest) = hash.split_at_checked(2).unwrap_or(("", hash));
    folder.join(first).join(rest)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_is_kept_once_and_a_broken_one_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let hello = || vec![("text/plain".to_owned(), b"hello".to_vec())];
        let first = keep_all(folder.path(), hello()).unwrap().remove(0);
        assert_eq!(first.hash, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        let there = path(folder.path(), &first.hash);
        assert_eq!(there, folder.path().join("2c").join(&first.hash[2..]));
        assert_eq!(fs::read(&there).unwrap(), b"hello");
        fs::write(&there, b"hel").unwrap();
        assert_eq!(keep_all(folder.path(), hello()).unwrap(), [first]);
        assert_eq!(fs::read(&there).unwrap(), b"hello");
        assert_eq!(fs::read_dir(folder.path().join("2c")).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn files_are_kept_with_their_rows() {
        use hatchery_component::Actor;

        let (kernel, store, _folder) = crate::kernel::testing::store(Vec::new()).await;
        let ctx = store.ctx("kernel".into(), Actor::Guest, None);
        let files = ctx.get::<dyn Files>().unwrap();
        let given = |text: &str| ("text/plain".to_owned(), text.as_bytes().to_vec());
        let kept = files.put(&ctx, vec![given("b"), given("a"), given("b")]).await.unwrap();
        assert_eq!(kept[0], kept[2]);
        assert_eq!((kept[1].size, kept[1].content_type.as_str()), (1, "text/plain"));
        // Again, and in a unit of work that is undone: what was there stays.
        let undone: Result<()> = ctx
            .transaction(|ctx| async move {
                ctx.get::<dyn Files>()?.put(&ctx, vec![given("a"), given("c")]).await?;
                Err(Error::conflict("test", "no"))
            })
            .await;
        assert!(undone.is_err());
        let hash_of_c = "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6";
        let asked = vec![kept[0].hash.clone(), hash_of_c.to_owned(), "../../store.db".to_owned()];
        let found = files.get(&ctx, asked).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[&kept[0].hash], (kept[0].clone(), b"b".to_vec()));
        assert!(files.put(&ctx, Vec::new()).await.unwrap().is_empty());
        kernel.shutdown().await;
    }
}
