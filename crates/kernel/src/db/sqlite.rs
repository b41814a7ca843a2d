//! SQLite: readers, and one writer that commits waiting units of work in groups.
//!
//! A commit costs an fsync, whatever is in it. So units that wait for the writer share one: an outer
//! transaction holds the *group*; its first unit runs directly in it, each later one in a savepoint. A unit
//! that ends leaves its acknowledgement with the group. When nobody waits, or the group is large or old
//! enough, the outer transaction is committed and all are acknowledged; if that fails, all of them fail.
//! One that rolls back waits too: why it did may be what a unit before it wrote, which nobody else sees
//! before the commit.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hatchery_component::db::Connection;
use hatchery_component::error::Result;
use hatchery_component::host::Unit;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions, Connection as _, Sqlite};
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::Snapshot;
use super::driver::{ends_transaction, explain, marked, sqlite};
use super::unit::{End, OpenUnit, Requests, Savepoint, Work, transaction_refused};
use super::writes::Writes;
use super::written::{Effect, effect, effect_of_all};
use super::{LONG_UNIT, WRITER_WAIT};

/// The most units in one commit.
const GROUP_UNITS: usize = 128;
/// A group that is older than this is committed when its running unit ends.
const GROUP_AGE: Duration = Duration::from_millis(20);
/// Connections that read. More than there are cores gain nothing.
const READERS: u32 = 4;

/// An open SQLite database.
pub(crate) struct SqliteStore {
    options: SqliteConnectOptions,
    reader: Arc<SqliteReader>,
    writer: Arc<Writer>,
    requests: Requests,
}

impl SqliteStore {
    /// Opens the file, and makes it when it is absent.
    pub(crate) async fn open(path: &Path, writes: Arc<Writes>) -> Result<Self, DbErr> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(256)
            .row_buffer_size(256)
            .pragma("cache_size", "-16000")
            .disable_statement_logging();
        let writing = options
            .clone()
            .create_if_missing(true)
            .pragma("wal_autocheckpoint", "4000")
            .pragma("journal_size_limit", "67108864");
        let connection = writing.connect().await.map_err(explain)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(WRITER_WAIT)
            .idle_timeout(Duration::from_secs(60))
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(reading(options.clone()));
        let line = Line { connection: Some(connection), group: None };
        let writer =
            Writer { line: Arc::new(Mutex::new(line)), waiting: AtomicUsize::new(0), writes };
        Ok(Self {
            options,
            reader: Arc::new(SqliteReader { pool: readers }),
            writer: Arc::new(writer),
            requests: Requests::default(),
        })
    }

    /// A read-only connection.
    pub(crate) fn reader(&self) -> Arc<dyn Connection> {
        self.reader.clone()
    }

    /// Waits for the writer and opens a unit of work.
    pub(crate) async fn begin(&self, request: Uuid, limit: Duration) -> Result<Arc<dyn Unit>> {
        let seat = self.requests.enter(request)?;
        let mut line = self.writer.turn().await?;
        if limit > LONG_UNIT && line.group.is_some() {
            // Those who committed must not wait for a long unit.
            line = self.writer.clone().commit_now(line).await?;
        }
        let mut work =
            SqliteWork { writer: self.writer.clone(), line: Some(line), savepoint: false };
        work.open().await?;
        Ok(Arc::new(OpenUnit::new(work, seat, limit)))
    }

    /// A connection of its own that sees one moment.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, DbErr> {
        let connection = reading(self.options.clone()).connect().await.map_err(explain)?;
        Snapshot::of_sqlite(connection).await
    }

    /// Writes what is committed now to a new file, without its gaps. Does not hinder the writer.
    pub(crate) async fn copy_file(&self, to: &Path) -> Result<(), DbErr> {
        let name = to.to_str().ok_or_else(|| {
            DbErr::Custom(format!("{} is no name for a database: it is not UTF-8", to.display()))
        })?;
        // Not a reader: `query_only` refuses the new file too.
        let mut connection = self.options.clone().connect().await.map_err(explain)?;
        let copy = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await;
        connection.close().await.map_err(explain)?;
        copy.map(drop).map_err(explain)
    }

    /// Commits what is open, moves the log into the database file and closes all connections.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        self.reader.pool.close().await;
        let mut line = self.writer.line.lock().await;
        line.commit(&self.writer.writes).await;
        let Some(mut connection) = line.connection.take() else { return Ok(()) };
        run(&mut connection, "PRAGMA optimize").await?;
        run(&mut connection, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
        connection.close().await.map_err(explain)
    }
}

/// The only connection that writes, and who waits for it.
struct Writer {
    line: Arc<Mutex<Line>>,
    waiting: AtomicUsize,
    writes: Arc<Writes>,
}

/// The writer's connection with the group that is open on it.
struct Line {
    /// Absent when the store is closed.
    connection: Option<SqliteConnection>,
    group: Option<Group>,
}

/// Units of work that commit together.
struct Group {
    acknowledge: Vec<oneshot::Sender<Result<(), DbErr>>>,
    tables: BTreeSet<String>,
    units: usize,
    since: Instant,
    /// Why it can only be rolled back.
    broken: Option<DbErr>,
}

impl Writer {
    /// Waits for the line, first come first served.
    async fn turn(self: &Arc<Self>) -> Result<OwnedMutexGuard<Line>, DbErr> {
        let mut place = Place::take(self);
        let waited = tokio::time::timeout(WRITER_WAIT, self.line.clone().lock_owned()).await;
        let line = waited.map_err(|_| {
            marked("timeout", format_args!("nobody could write for {WRITER_WAIT:?}"))
        })?;
        place.served();
        Ok(line)
    }

    /// Commits the group on a task of its own, so that a caller that goes away cannot stop it half-way.
    async fn commit_now(
        self: Arc<Self>,
        mut line: OwnedMutexGuard<Line>,
    ) -> Result<OwnedMutexGuard<Line>, DbErr> {
        let committed = tokio::spawn(async move {
            line.commit(&self.writes).await;
            line
        });
        committed.await.map_err(|error| DbErr::Custom(format!("the commit broke off: {error}")))
    }
}

/// A place among those who wait. Who leaves as the last without being served commits the group, which
/// waits for somebody to come.
struct Place {
    writer: Arc<Writer>,
    waits: bool,
}

impl Place {
    fn take(writer: &Arc<Writer>) -> Self {
        writer.waiting.fetch_add(1, Ordering::SeqCst);
        Self { writer: writer.clone(), waits: true }
    }

    fn served(&mut self) {
        self.waits = false;
        self.writer.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.waits || self.writer.waiting.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let writer = self.writer.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let mut line = writer.line.lock().await;
                if writer.waiting.load(Ordering::SeqCst) == 0 {
                    line.commit(&writer.writes).await;
                }
            });
        }
    }
}

impl Line {
    fn connection(&mut self) -> Result<&mut SqliteConnection, DbErr> {
        self.connection.as_mut().ok_or_else(|| DbErr::Custom("the store is closed".into()))
    }

    fn break_group(&mut self, error: &DbErr) {
        if let Some(group) = &mut self.group {
            let why =
                || marked("retry", format_args!("the group of units was rolled back ({error})"));
            group.broken.get_or_insert_with(why);
        }
    }

    /// Commits the open group, if any, and tells its units.
    async fn commit(&mut self, writes: &Writes) {
        let Some(group) = self.group.take() else { return };
        let result = match (group.broken, self.connection()) {
            (None, Ok(connection)) => run(connection, "COMMIT").await,
            (Some(why), _) => Err(why),
            (None, Err(closed)) => Err(closed),
        };
        match &result {
            Ok(()) => writes.committed(group.tables),
            Err(error) => {
                let units = group.acknowledge.len();
                tracing::error!(%error, units, "a group of units of work could not be committed");
                if let Ok(connection) = self.connection() {
                    // Fails when SQLite has rolled back already.
                    let _ = run(connection, "ROLLBACK").await;
                }
            }
        }
        for waiting in group.acknowledge {
            let _ = waiting.send(result.clone());
        }
    }
}

/// For connections that only read.
fn reading(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.pragma("query_only", "ON").pragma("temp_store", "MEMORY")
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), DbErr> {
    sqlx::query(sql).execute(connection).await.map(drop).map_err(explain)
}

/// A unit in the group that is open.
struct SqliteWork {
    writer: Arc<Writer>,
    /// Present until it ends.
    line: Option<OwnedMutexGuard<Line>>,
    /// Whether it runs in a savepoint, as all but the first of a group do.
    savepoint: bool,
}

impl SqliteWork {
    /// Opens the group, or a savepoint in it. What was sent to the connection is done even when the
    /// caller goes away, so the state is set before.
    async fn open(&mut self) -> Result<(), DbErr> {
        let line = self.line.as_mut().ok_or_else(ended)?;
        if line.group.is_some() {
            self.savepoint = true;
            return run(line.connection()?, "SAVEPOINT unit").await;
        }
        line.connection()?;
        line.group = Some(Group {
            acknowledge: Vec::new(),
            tables: BTreeSet::new(),
            units: 0,
            since: Instant::now(),
            broken: None,
        });
        run(line.connection()?, "BEGIN IMMEDIATE").await
    }

    fn connection(&mut self) -> Result<&mut SqliteConnection, DbErr> {
        self.line.as_mut().ok_or_else(ended)?.connection()
    }

    /// Remembers when an error took the whole transaction with it: nothing more may be written then, or
    /// it would be written outside of any.
    fn check<T>(&mut self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        if let (Err(error), Some(line)) = (&result, &mut self.line)
            && ends_transaction(error)
        {
            line.break_group(error);
        }
        result
    }

    fn refuse_broken(&self) -> Result<(), DbErr> {
        let group = self.line.as_ref().and_then(|line| line.group.as_ref());
        match group.and_then(|group| group.broken.as_ref()) {
            Some(why) => Err(why.clone()),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Work for SqliteWork {
    const BACKEND: DbBackend = DbBackend::Sqlite;

    async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.refuse_broken()?;
        let result = sqlite::execute(self.connection()?, statement).await;
        self.check(result)
    }

    async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        self.refuse_broken()?;
        let result = sqlite::execute_unprepared(self.connection()?, sql).await;
        self.check(result)
    }

    async fn query_one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.refuse_broken()?;
        let result = sqlite::query_one(self.connection()?, statement).await;
        self.check(result)
    }

    async fn query_all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.refuse_broken()?;
        let result = sqlite::query_all(self.connection()?, statement).await;
        self.check(result)
    }

    async fn savepoint(&mut self, act: Savepoint, number: u32) -> Result<(), DbErr> {
        self.refuse_broken()?;
        for sql in act.sql(number) {
            let query = sqlx::query(AssertSqlSafe(sql));
            let result = query.execute(self.connection()?).await.map(drop).map_err(explain);
            self.check(result)?;
        }
        Ok(())
    }

    async fn finish(mut self, end: End) -> Result<(), DbErr> {
        let line = self.line.take().ok_or_else(ended)?;
        finish(self.writer.clone(), line, self.savepoint, end).await
    }
}

impl Drop for SqliteWork {
    fn drop(&mut self) {
        let Some(line) = self.line.take() else { return };
        // Without a runtime the process is ending, and SQLite rolls back.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let rollback = finish(self.writer.clone(), line, self.savepoint, End::Rollback);
            runtime.spawn(async move {
                if let Err(error) = rollback.await {
                    tracing::warn!(%error, "an abandoned unit of work could not be rolled back");
                }
            });
        }
    }
}

fn ended() -> DbErr {
    DbErr::Custom("the unit of work has ended".into())
}

/// Ends a unit, commits the group when it is time, hands the line on, and waits for the commit.
async fn finish(
    writer: Arc<Writer>,
    mut line: OwnedMutexGuard<Line>,
    savepoint: bool,
    end: End,
) -> Result<(), DbErr> {
    let commands: &[&'static str] = match (&end, savepoint) {
        (End::Commit(_), true) => &["RELEASE SAVEPOINT unit"],
        (End::Commit(_), false) => &[],
        (End::Rollback, true) => &["ROLLBACK TO SAVEPOINT unit", "RELEASE SAVEPOINT unit"],
        (End::Rollback, false) => {
            // The group is this unit only. The command fails when SQLite has rolled back already.
            line.group = None;
            let _ = run(line.connection()?, "ROLLBACK").await;
            return Ok(());
        }
    };
    for sql in commands {
        if let Err(error) = run(line.connection()?, sql).await {
            line.break_group(&error);
        }
    }
    let Some(group) = &mut line.group else { return Err(ended()) };
    group.units += 1;
    let (sender, acknowledged) = oneshot::channel();
    group.acknowledge.push(sender);
    if let End::Commit(tables) = end {
        group.tables.extend(tables);
    }
    let due =
        group.broken.is_some() || group.units >= GROUP_UNITS || group.since.elapsed() >= GROUP_AGE;
    if due || writer.waiting.load(Ordering::SeqCst) == 0 {
        line.commit(&writer.writes).await;
    }
    drop(line);
    acknowledged.await.map_err(|_| DbErr::Custom("the writer has stopped".into()))?
}

/// Connections that cannot write.
struct SqliteReader {
    pool: SqlitePool,
}

impl SqliteReader {
    async fn acquire(&self, effect: Effect) -> Result<PoolConnection<Sqlite>, DbErr> {
        if effect == Effect::Transaction {
            return Err(transaction_refused());
        }
        self.pool.acquire().await.map_err(explain)
    }
}

#[async_trait]
impl Connection for SqliteReader {
    fn backend(&self) -> DbBackend {
        DbBackend::Sqlite
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        sqlite::execute(&mut *self.acquire(effect(&statement.sql)).await?, statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        sqlite::execute_unprepared(&mut *self.acquire(effect_of_all(sql)).await?, sql).await
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        sqlite::query_one(&mut *self.acquire(effect(&statement.sql)).await?, statement).await
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        sqlite::query_all(&mut *self.acquire(effect(&statement.sql)).await?, statement).await
    }
}

#[cfg(test)]
mod tests {
    use hatchery_component::Kind;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(2);

    async fn unit(store: &SqliteStore, sql: &str) -> Arc<dyn Unit> {
        let unit = store.begin(Uuid::now_v7(), LIMIT).await.unwrap();
        unit.execute_unprepared(sql).await.unwrap();
        unit
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_whole_group_and_nobody_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = Arc::new(SqliteStore::open(&path, Arc::new(Writes::new())).await.unwrap());
        unit(&store, "CREATE TABLE thing (x blob NOT NULL)").await.commit().await.unwrap();
        unit(&store, "PRAGMA max_page_count = 20").await.commit().await.unwrap();

        let first = unit(&store, "INSERT INTO thing VALUES (1)").await;
        let beginning = tokio::spawn({
            let store = store.clone();
            async move { store.begin(Uuid::now_v7(), LIMIT).await }
        });
        while store.writer.waiting.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        // Somebody waits, so the first one leaves its acknowledgement with the group.
        let committing = tokio::spawn(async move { first.commit().await });
        let second = beginning.await.unwrap().unwrap();
        let error = second.execute_unprepared("INSERT INTO thing VALUES (zeroblob(1000000))").await;
        assert!(error.unwrap_err().to_string().contains("full"));
        // SQLite has rolled back: what came now would be outside of any transaction.
        let error = second.execute_unprepared("INSERT INTO thing VALUES (2)").await;
        assert!(error.unwrap_err().to_string().contains("rolled back"));
        assert_eq!(second.commit().await.unwrap_err().kind(), Kind::Retry);
        assert_eq!(committing.await.unwrap().unwrap_err().kind(), Kind::Retry);

        unit(&store, "PRAGMA max_page_count = 1000000").await.commit().await.unwrap();
        unit(&store, "INSERT INTO thing VALUES (3)").await.commit().await.unwrap();
        let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) AS n FROM thing");
        let row = store.reader().query_one(count).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), 1);
        store.close().await.unwrap();
        assert!(!path.with_extension("db-wal").exists());
    }

    #[tokio::test]
    async fn who_gives_up_for_what_another_wrote_hears_of_it_after_the_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = Arc::new(SqliteStore::open(&path, Arc::new(Writes::new())).await.unwrap());
        unit(&store, "CREATE TABLE thing (x blob NOT NULL)").await.commit().await.unwrap();
        let begin = |store: &Arc<SqliteStore>| {
            let store = store.clone();
            tokio::spawn(async move { store.begin(Uuid::now_v7(), LIMIT).await.unwrap() })
        };
        let wait = async || {
            while store.writer.waiting.load(Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
        };
        let first = unit(&store, "INSERT INTO thing VALUES (1)").await;
        let second = begin(&store);
        wait().await;
        let committing = tokio::spawn(async move { first.commit().await });
        let second = second.await.unwrap();
        let third = begin(&store);
        wait().await;
        let count = || Statement::from_string(DbBackend::Sqlite, "SELECT count(*) AS n FROM thing");
        let seen = second.query_one(count()).await.unwrap().unwrap();
        assert_eq!(seen.try_get::<i64>("", "n").unwrap(), 1);
        let giving_up = tokio::spawn(async move { second.rollback().await });
        let third = third.await.unwrap();
        assert!(!giving_up.is_finished(), "the commit is still to come");
        third.commit().await.unwrap();
        giving_up.await.unwrap().unwrap();
        let seen = store.reader().query_one(count()).await.unwrap().unwrap();
        assert_eq!(seen.try_get::<i64>("", "n").unwrap(), 1);
        committing.await.unwrap().unwrap();
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_group_commits_although_the_one_it_waits_for_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = Arc::new(SqliteStore::open(&path, Arc::new(Writes::new())).await.unwrap());
        let first = unit(&store, "CREATE TABLE thing (x blob NOT NULL)").await;
        let beginning = tokio::spawn({
            let store = store.clone();
            async move { store.begin(Uuid::now_v7(), LIMIT).await }
        });
        while store.writer.waiting.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let committing = tokio::spawn(async move { first.commit().await });
        beginning.abort();
        tokio::time::timeout(LIMIT, committing).await.unwrap().unwrap().unwrap();
        store.close().await.unwrap();
    }
}
