//! A store's database: readers, and units of work.
//!
//! Both databases are used in the same way. Outside a unit of work everything is read-only; what changes
//! something opens a unit ([`StoreDb::begin`]), one per request, which ends by its deadline at the latest.
//! [`StoreDb::generation`] tells whether a component has written since something was read.

pub(crate) mod discard;
mod driver;
pub mod entity;
mod pools;
mod postgres;
pub mod schema;
pub(crate) mod size;
mod snapshot;
mod sqlite;
mod unit;
mod writes;
mod written;

#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hatchery_component::db::Connection;
use hatchery_component::error::Result;
use hatchery_component::host::Unit;
use hatchery_component::{Db, Error};
use sea_orm::{ConnectionTrait, DbBackend};
use tokio::sync::watch;
use uuid::Uuid;

use postgres::PostgresStore;
pub(crate) use snapshot::Snapshot;
use sqlite::SqliteStore;
use writes::Writes;

/// How long a unit of work may run.
pub const UNIT_LIMIT: Duration = Duration::from_secs(2);
/// A unit that may run longer than this does not share a commit with others.
const LONG_UNIT: Duration = Duration::from_secs(6);
/// How long to wait for the writer or a connection.
const WRITER_WAIT: Duration = Duration::from_secs(10);

/// Where a store's data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseTarget {
    /// A file.
    Sqlite(PathBuf),
    /// A schema of a PostgreSQL database.
    Postgres {
        /// `postgres://user@host/database`
        url: String,
        /// The schema: `a-z`, `0-9` and `_`.
        schema: String,
    },
}

/// A store's open database. Cheap to clone.
#[derive(Clone)]
pub struct StoreDb {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    writes: Arc<Writes>,
}

enum Database {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

impl StoreDb {
    /// Opens a database, and makes the file or the schema when it is absent.
    ///
    /// # Errors
    /// It cannot be reached or made.
    pub async fn open(target: &DatabaseTarget) -> Result<Self> {
        let writes = Arc::new(Writes::new());
        let database = match target {
            DatabaseTarget::Sqlite(path) => {
                Database::Sqlite(SqliteStore::open(path, writes.clone()).await?)
            }
            DatabaseTarget::Postgres { url, schema } => {
                Database::Postgres(PostgresStore::open(url, schema, writes.clone()).await?)
            }
        };
        Ok(Self { inner: Arc::new(Inner { database, writes }) })
    }

    /// Which SQL it speaks.
    pub fn backend(&self) -> DbBackend {
        match self.inner.database {
            Database::Sqlite(_) => DbBackend::Sqlite,
            Database::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// A read-only connection.
    pub fn reader(&self) -> Arc<dyn Connection> {
        match &self.inner.database {
            Database::Sqlite(store) => store.reader(),
            Database::Postgres(store) => store.reader(),
        }
    }

    /// A read-only connection for entities.
    pub fn read(&self) -> Db {
        Db::reader(self.reader())
    }

    /// Opens a unit of work for a request, which then has [`UNIT_LIMIT`] to end.
    ///
    /// # Errors
    /// The request has one already; nobody could write for too long; the database.
    pub async fn begin(&self, request: Uuid) -> Result<Arc<dyn Unit>> {
        self.begin_long(request, UNIT_LIMIT).await
    }

    /// Opens a unit of work that may take longer, for imports and migrations. On SQLite nobody else can
    /// write meanwhile.
    ///
    /// # Errors
    /// Those of [`begin`](Self::begin).
    pub async fn begin_long(&self, request: Uuid, limit: Duration) -> Result<Arc<dyn Unit>> {
        match &self.inner.database {
            Database::Sqlite(store) => store.begin(request, limit).await,
            Database::Postgres(store) => store.begin(request, limit).await,
        }
    }

    /// Number of the last commit that wrote something. Never comes again, not even after a restart.
    pub fn sequence(&self) -> u64 {
        self.inner.writes.sequence()
    }

    /// Tells of every commit that wrote something, by its number.
    pub fn writes(&self) -> watch::Receiver<u64> {
        self.inner.writes.subscribe()
    }

    /// Number of the last commit that wrote a table of a component. Components whose names begin alike
    /// may count for each other: that makes caches forget too much, never too little.
    pub fn generation(&self, component: &str) -> u64 {
        let prefix = format!("{}_", component.replace('-', "_"));
        self.inner.writes.last(|table| table.starts_with(&prefix))
    }

    /// Number of the last commit that wrote a table.
    pub fn table_generation(&self, table: &str) -> u64 {
        self.inner.writes.last(|written| written == table)
    }

    /// A reader that sees what is committed now for as long as it is open, while the store goes on.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        match &self.inner.database {
            Database::Sqlite(store) => Ok(store.snapshot().await?),
            Database::Postgres(store) => Ok(store.snapshot().await?),
        }
    }

    /// Writes what is committed now to a new SQLite file; see [`crate::copy::copy_file`].
    pub(crate) async fn copy_file(&self, to: &Path) -> Result<()> {
        let Database::Sqlite(store) = &self.inner.database else {
            let message = "only the database of a store on SQLite is a file that can be copied";
            return Err(Error::invalid("copy.no_file", message));
        };
        Ok(store.copy_file(to).await?)
    }

    /// How large the store's data are, with indexes and free pages.
    ///
    /// # Errors
    /// The database.
    pub async fn bytes(&self) -> Result<u64> {
        size::bytes(&self.read()).await
    }

    /// Checks that the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<()> {
        self.read().execute_unprepared("SELECT 1").await?;
        Ok(())
    }

    /// Commits what is open and closes all connections. On SQLite the log is moved into the file, which
    /// then stands alone.
    ///
    /// # Errors
    /// The database.
    pub async fn close(&self) -> Result<()> {
        match &self.inner.database {
            Database::Sqlite(store) => Ok(store.close().await?),
            Database::Postgres(store) => {
                store.close().await;
                Ok(())
            }
        }
    }
}
