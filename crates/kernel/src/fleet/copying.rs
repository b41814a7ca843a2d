//! Copying a store: its database at one moment, its files, its key. Serves backup, restore, clone and eject.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hatchery_component::{Db, Error, Migration, Progress, Result};
use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel};
use serde_json::Value;
use uuid::Uuid;

use super::backup::unusable;
use crate::copy::{self, Choice, LeftOut};
use crate::db::entity::{field_value, file, setting};
use crate::db::{DatabaseTarget, StoreDb};
use crate::folder;
use crate::kernel::Kernel;
use crate::known::Known;
use crate::platform::files;
use crate::settings::Vault;
use crate::solver::KERNEL;
use crate::store::Store;

/// Tables of the kernel that hold what the owner made.
const SETUP: [&str; 5] =
    ["kernel_component", "kernel_field", "kernel_field_value", "kernel_file", "kernel_setting"];
/// Tables of the kernel that mean something only where they came to be: who is signed in, what was answered.
const OF_THE_PLACE: [&str; 3] = ["kernel_idempotency", "kernel_session", "kernel_task"];
/// Tables of the kernel with what is still to be done, which only one store may do.
const TO_BE_DONE: [&str; 2] = ["kernel_job", "kernel_retry"];

/// Files that are copied at once.
const COPIERS: usize = 8;

/// A copy to be made.
pub(super) struct Copying<'a> {
    /// What is copied.
    pub(super) from: &'a Source,
    /// Where its data go.
    pub(super) to: &'a DatabaseTarget,
    /// Where its files and its key go.
    pub(super) folder: &'a Path,
    /// How much of it.
    pub(super) which: Which,
    /// What becomes of its key.
    pub(super) key: Key,
    /// Who watches.
    pub(super) progress: &'a Progress,
}

/// A store's data: of an open store, of a closed one, or as they lie in a backup.
pub(super) struct Source {
    db: StoreDb,
    folder: PathBuf,
    key: [u8; 32],
    known: Arc<Known>,
    /// Whether nobody else has the database open.
    is_own: bool,
}

impl Source {
    /// The data of an open store.
    pub(super) fn of_store(store: &Store) -> Self {
        let (db, folder, key) = (store.db.clone(), store.folder.clone(), store.key);
        Self { db, folder, key, known: store.known(), is_own: false }
    }

    /// The data in a backup.
    pub(super) async fn of_backup(kernel: &Kernel, folder: &Path) -> Result<Self> {
        let path = folder.join("store.db");
        if !path.is_file() {
            let message = format!("{} is missing", path.display());
            return Err(Error::invalid("backup.unreadable", message));
        }
        let db = StoreDb::open(&DatabaseTarget::Sqlite(path)).await?;
        let (key, known) = (folder::key(folder)?, kernel.known());
        Ok(Self { db, folder: folder.to_owned(), key, known, is_own: true })
    }

    /// The data of a store that is closed.
    pub(super) async fn of_closed(
        target: &DatabaseTarget,
        folder: &Path,
        known: Arc<Known>,
    ) -> Result<Self> {
        let db = StoreDb::open(target).await?;
        Ok(Self { db, folder: folder.to_owned(), key: folder::key(folder)?, known, is_own: true })
    }

    /// Lets go of data that nobody else has open.
    pub(super) async fn close(self) -> Result<()> {
        if self.is_own { self.db.close().await } else { Ok(()) }
    }
}

/// How much of a store is copied.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Everything: the copy can take the place of the store.
    All,
    /// Everything but who is signed in: the store goes on elsewhere.
    Moved,
    /// Everything but what only one of both may go on with, such as mails to be sent.
    Beside,
    /// What the owner made.
    Setup,
}

/// What becomes of the key of a store, by which cookies and links are signed and secrets are sealed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The copy has the same.
    Same,
    /// The copy has a new one, and secrets are sealed with that.
    Fresh,
    /// The copy has a new one and no secrets.
    FreshWithoutSecrets,
}

/// What was copied.
pub(super) struct Copied {
    pub(super) rows: u64,
    /// Tables that no component of the host knows, when they could not be copied.
    pub(super) left_out: Vec<String>,
}

/// Copies a store. When it fails, what was written is of no use and must go.
pub(super) async fn copy(kernel: &Kernel, copying: Copying<'_>) -> Result<Copied> {
    let Copying { from, to, folder, which, key, progress } = copying;
    let known = &from.known;
    let as_file = match to {
        DatabaseTarget::Sqlite(path) if which == Which::All => Some(path),
        _ => None,
    };
    progress.report(0, None, "copying the database");
    let copied = match as_file {
        Some(path) if from.db.backend() == sea_orm::DbBackend::Sqlite => {
            copy::copy_file(&from.db, path).await?;
            None
        }
        _ => Some(copy_rows(kernel, from, to, which, progress).await?),
    };
    let db = StoreDb::open(to).await?;
    let worked = async {
        let rows = match &copied {
            Some((rows, _)) => *rows,
            None => count_rows(&db).await?,
        };
        if which == Which::Setup {
            keep_setup(&db, known).await?;
        }
        match key {
            Key::Same => copy_key(&from.folder, folder)?,
            Key::Fresh | Key::FreshWithoutSecrets => {
                let fresh = folder::key(folder)?;
                let vaults = (Vault::new(&from.key), Vault::new(&fresh));
                seal_again(&db, known, vaults, key == Key::Fresh).await?;
            }
        }
        progress.report(0, None, "copying files");
        copy_files(&db, &from.folder.join("files"), &folder.join("files"), progress).await?;
        Ok(rows)
    };
    let worked: Result<u64> = worked.await;
    let closed = db.close().await;
    let rows = worked?;
    closed?;
    let left_out = copied.map(|(_, left_out)| left_out).unwrap_or_default();
    Ok(Copied { rows, left_out: left_out.into_iter().map(sentence).collect() })
}

async fn copy_rows(
    kernel: &Kernel,
    from: &Source,
    to: &DatabaseTarget,
    which: Which,
    progress: &Progress,
) -> Result<(u64, Vec<LeftOut>)> {
    let known = &from.known;
    let setup: BTreeSet<&str> = known
        .iter()
        .flat_map(|(_, known)| known.manifest.data.setup.iter().map(String::as_str))
        .chain(SETUP)
        .collect();
    let local: BTreeSet<&str> = known
        .iter()
        .flat_map(|(_, known)| known.manifest.data.local.iter().map(String::as_str))
        .chain(OF_THE_PLACE)
        .collect();
    let is_local = |table: &str| local.contains(table);
    let choose = |table: &str| {
        let wanted = match which {
            Which::All => true,
            Which::Moved => !is_local(table),
            Which::Beside => !is_local(table) && !TO_BE_DONE.contains(&table),
            Which::Setup => setup.contains(table),
        };
        if wanted { Choice::Rows } else { Choice::Empty }
    };
    let told = |it: copy::Progress<'_>| {
        let what = format!("{}: {} rows", it.table, it.rows);
        progress.report(it.tables_done as u64, Some(it.tables as u64), &what);
    };
    let components = steps(kernel, known);
    let target = StoreDb::open(to).await?;
    let snapshot = from.db.snapshot().await?;
    let copied = async {
        let copied = copy::copy_snapshot(&snapshot, &target, &components, &choose, &told).await?;
        let (tables, rows) = (copied.tables, copied.rows);
        tracing::info!(tables, rows, "copied {rows} rows in {tables} tables");
        progress.report(0, None, "comparing the copy");
        let (source, copy) =
            (copy::fingerprint_of(&snapshot).await?, copy::fingerprint(&target).await?);
        // A table that lacks columns is another one; it is told as left out.
        let is_whole = |table: &str| {
            let lacks = |it: &LeftOut| {
                let column = |column: &String| column.split('.').next() == Some(table);
                it.tables.iter().any(|it| it == table) || it.columns.iter().any(column)
            };
            choose(table) == Choice::Rows && !copied.left_out.iter().any(lacks)
        };
        let differs =
            source.iter().find(|(table, print)| is_whole(table) && copy.get(*table) != Some(print));
        match differs {
            None => Ok((copied.rows, copied.left_out)),
            Some((table, _)) => {
                let message = format!("the copy of the table '{table}' differs from the store's");
                Err(Error::internal(message))
            }
        }
    };
    let copied = copied.await;
    snapshot.close().await?;
    target.close().await?;
    copied
}

/// The steps of all components that this host knows, in the builds that the store has chosen.
fn steps(kernel: &Kernel, known: &Known) -> Vec<(String, Vec<Migration>)> {
    let general = kernel.known();
    let mut steps: BTreeMap<String, Vec<Migration>> = BTreeMap::new();
    for (id, component) in general.iter().chain(known.iter()).filter(|(id, _)| *id != KERNEL) {
        steps.insert(id.to_owned(), component.declaration.migrations.clone());
    }
    steps.into_iter().collect()
}

/// Takes away what went along with tables of the setup but belongs to records.
async fn keep_setup(db: &StoreDb, known: &Known) -> Result<()> {
    let data = || known.iter().map(|(id, known)| (id, &known.manifest.data));
    let resources: Vec<&str> =
        data().flat_map(|(_, data)| data.resources.iter().map(String::as_str)).collect();
    let with_files: Vec<&str> = data().filter(|(_, data)| data.files).map(|(id, _)| id).collect();
    let unit = db.begin(Uuid::now_v7()).await?;
    let connection = Db::unit(unit.clone());
    field_value::Entity::delete_many()
        .filter(field_value::Column::Resource.is_not_in(resources))
        .exec(&connection)
        .await?;
    file::Entity::delete_many()
        .filter(file::Column::Component.is_not_in(with_files))
        .exec(&connection)
        .await?;
    let there = crate::db::size::tables(&connection).await?;
    for (table, column) in data()
        .flat_map(|(_, data)| &data.reset)
        .filter_map(|name| name.split_once('.'))
        .filter(|(table, _)| there.iter().any(|it| it == table))
    {
        connection.execute_unprepared(&format!("UPDATE \"{table}\" SET \"{column}\" = 0")).await?;
    }
    unit.commit().await
}

/// Seals the secrets of a copy with its own key, or leaves them out.
async fn seal_again(
    db: &StoreDb,
    known: &Known,
    (old, new): (Vault, Vault),
    with_secrets: bool,
) -> Result<()> {
    let unit = db.begin(Uuid::now_v7()).await?;
    let connection = Db::unit(unit.clone());
    for row in setting::Entity::find().all(&connection).await? {
        let component = known.get(&row.component);
        let is_secret = component.is_some_and(|it| it.manifest.secrets.contains(&row.key));
        let Value::String(sealed) = &row.value else { continue };
        if !is_secret && !Vault::is_sealed(sealed) {
            continue;
        }
        let name = format!("{}.{}", row.component, row.key);
        match (with_secrets, old.open(&name, sealed)) {
            (true, Ok(text)) => {
                let sealed = new.seal(&name, &text)?;
                let mut row = row.into_active_model();
                row.value = Set(Value::String(sealed));
                setting::Entity::update(row).exec(&connection).await?;
            }
            _ => {
                let id = (row.component, row.key);
                setting::Entity::delete_by_id(id).exec(&connection).await?;
            }
        }
    }
    unit.commit().await
}

async fn count_rows(db: &StoreDb) -> Result<u64> {
    let (reader, mut rows) = (db.read(), 0);
    for table in crate::db::size::tables(&reader).await? {
        rows += crate::db::size::rows(&reader, &table).await?;
    }
    Ok(rows)
}

fn copy_key(from: &Path, to: &Path) -> Result<()> {
    // Makes it when the store never needed one.
    folder::key(from)?;
    let (from, to) = (from.join("key"), to.join("key"));
    std::fs::copy(&from, &to).map(drop).map_err(|error| unusable(&to, &error))
}

/// Copies the files that the rows of a copy name. A content that is missing is missing in the store too.
async fn copy_files(db: &StoreDb, from: &Path, to: &Path, progress: &Progress) -> Result<()> {
    let rows = file::Entity::find().all(&db.read()).await?;
    let total = rows.len() as u64;
    let (from, to, progress) = (from.to_owned(), to.to_owned(), progress.clone());
    let done = AtomicU64::new(0);
    let copy_some = move |rows: &[file::Model]| -> Result<()> {
        for row in rows {
            let done = done.fetch_add(1, Ordering::Relaxed);
            if done.is_multiple_of(100) {
                progress.report(done, Some(total), "copying files");
            }
            let (from, to) = (files::path(&from, &row.hash), files::path(&to, &row.hash));
            if to.exists() || !from.exists() {
                continue;
            }
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent).map_err(|error| unusable(parent, &error))?;
            }
            std::fs::copy(&from, &to)
                .and_then(|_| std::fs::File::open(&to)?.sync_all())
                .map_err(|error| unusable(&to, &error))?;
        }
        Ok(())
    };
    let copy_all = move || {
        // Most of the time is waiting for the disk; it takes many files at once.
        std::thread::scope(|scope| {
            let parts = rows.chunks(rows.len().div_ceil(COPIERS).max(1));
            let copiers: Vec<_> = parts.map(|part| scope.spawn(|| copy_some(part))).collect();
            copiers.into_iter().try_for_each(|copier| {
                copier.join().unwrap_or_else(|_| Err(Error::internal("copying files panicked")))
            })
        })
    };
    tokio::task::spawn_blocking(copy_all).await.map_err(Error::internal)?
}

fn sentence(left_out: LeftOut) -> String {
    let LeftOut { component, tables, columns } = left_out;
    let what: Vec<String> = tables.into_iter().chain(columns).collect();
    match component.as_str() {
        "" => format!("{} belong to no component and are not in the copy", what.join(", ")),
        _ => format!("'{component}' is not known here: {} are not in the copy", what.join(", ")),
    }
}
