//! PostgreSQL: one schema per store, lazy pools, and units of work that are plain transactions.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hatchery_component::db::Connection;
use hatchery_component::error::Result;
use hatchery_component::host::Unit;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions, Postgres};
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use uuid::Uuid;

use super::Snapshot;
use super::driver::{explain, postgres};
use super::pools::{self, Place, Pool, Purpose};
use super::unit::{End, OpenUnit, Requests, Savepoint, Work, transaction_refused};
use super::writes::Writes;
use super::written::{Effect, effect, effect_of_all};

/// An open schema of a PostgreSQL database.
pub(crate) struct PostgresStore {
    reader: Arc<PostgresReader>,
    writer: Arc<Pool>,
    reading: PgConnectOptions,
    writes: Arc<Writes>,
    requests: Requests,
}

impl PostgresStore {
    /// Opens the schema, and makes it when it is absent.
    pub(crate) async fn open(url: &str, schema: &str, writes: Arc<Writes>) -> Result<Self, DbErr> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if schema.is_empty() || !schema.bytes().all(fits) {
            let text = format!("'{schema}' is no name for a schema; use a-z, 0-9 and '_'");
            return Err(DbErr::Custom(text));
        }
        let options: PgConnectOptions = url.parse().map_err(explain)?;
        let options = options
            .application_name("hatchery")
            .statement_cache_capacity(256)
            .options([("search_path", schema), ("timezone", "UTC")])
            .disable_statement_logging();
        let reading = options.clone().options([("default_transaction_read_only", "on")]);
        let writer = Pool::new(options, Purpose::Writing);
        make_schema(&writer, schema).await?;
        let reader = Pool::new(reading.clone(), Purpose::Reading);
        Ok(Self {
            reader: Arc::new(PostgresReader { pool: reader }),
            reading,
            writer,
            writes,
            requests: Requests::default(),
        })
    }

    /// A read-only connection.
    pub(crate) fn reader(&self) -> Arc<dyn Connection> {
        self.reader.clone()
    }

    /// Opens a unit of work.
    pub(crate) async fn begin(&self, request: Uuid, limit: Duration) -> Result<Arc<dyn Unit>> {
        let seat = self.requests.enter(request)?;
        let connection = self.writer.acquire().await?;
        let mut work = PostgresWork {
            connection: Some(connection),
            writes: self.writes.clone(),
            aborted: false,
        };
        work.open(limit).await?;
        Ok(Arc::new(OpenUnit::new(work, seat, limit)))
    }

    /// A connection of its own that sees one moment.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot, DbErr> {
        Snapshot::of_postgres(pools::single(&self.reading).await?).await
    }

    /// Closes all connections.
    pub(crate) async fn close(&self) {
        self.reader.pool.close().await;
        self.writer.close().await;
    }
}

/// Makes the schema when it is absent.
async fn make_schema(pool: &Pool, schema: &str) -> Result<(), DbErr> {
    let (mut connection, _place) = pool.acquire().await?;
    let count =
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM pg_namespace WHERE nspname = $1");
    if count.bind(schema).fetch_one(&mut *connection).await.map_err(explain)? > 0 {
        return Ok(());
    }
    let sql = format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut *connection).await.map(drop).map_err(explain)
}

/// An open transaction.
struct PostgresWork {
    /// Present until it ends.
    connection: Option<(PoolConnection<Postgres>, Place)>,
    writes: Arc<Writes>,
    /// Whether a statement failed: PostgreSQL then refuses all others until a savepoint is undone.
    aborted: bool,
}

impl PostgresWork {
    /// The server has the deadline too, so that no statement outlives its unit.
    async fn open(&mut self, limit: Duration) -> Result<(), DbErr> {
        let limit = limit.as_millis();
        let begin = format!(
            "BEGIN; SET LOCAL statement_timeout = {limit}; \
             SET LOCAL idle_in_transaction_session_timeout = {limit}"
        );
        postgres::execute_unprepared(self.connection()?, &begin).await.map(drop)
    }

    fn connection(&mut self) -> Result<&mut PoolConnection<Postgres>, DbErr> {
        self.connection.as_mut().map(|(connection, _)| connection).ok_or_else(ended)
    }

    fn check<T>(&mut self, result: Result<T, DbErr>) -> Result<T, DbErr> {
        self.aborted |= result.is_err();
        result
    }
}

#[async_trait]
impl Work for PostgresWork {
    const BACKEND: DbBackend = DbBackend::Postgres;

    async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let result = postgres::execute(self.connection()?, statement).await;
        self.check(result)
    }

    async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let result = postgres::execute_unprepared(self.connection()?, sql).await;
        self.check(result)
    }

    async fn query_one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let result = postgres::query_one(self.connection()?, statement).await;
        self.check(result)
    }

    async fn query_all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let result = postgres::query_all(self.connection()?, statement).await;
        self.check(result)
    }

    async fn savepoint(&mut self, act: Savepoint, number: u32) -> Result<(), DbErr> {
        let sql = act.sql(number).join("; ");
        let result = postgres::execute_unprepared(self.connection()?, &sql).await.map(drop);
        if act == Savepoint::Undo && result.is_ok() {
            self.aborted = false;
        }
        self.check(result)
    }

    async fn finish(mut self, end: End) -> Result<(), DbErr> {
        let (mut connection, place) = self.connection.take().ok_or_else(ended)?;
        match end {
            // PostgreSQL answers COMMIT of a failed transaction with success and rolls back.
            End::Commit(_) if self.aborted => {
                rollback(connection).await?;
                drop(place);
                Err(DbErr::Custom(
                    "a statement of the unit of work failed and nobody looked at its error; \
                     what may fail belongs into ctx.savepoint"
                        .into(),
                ))
            }
            End::Commit(tables) => {
                if let Err(error) = postgres::execute_unprepared(&mut connection, "COMMIT").await {
                    connection.close_on_drop();
                    return Err(error);
                }
                self.writes.committed(tables);
                Ok(())
            }
            End::Rollback => rollback(connection).await,
        }
    }
}

impl Drop for PostgresWork {
    fn drop(&mut self) {
        let Some((mut connection, place)) = self.connection.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    if let Err(error) = rollback(connection).await {
                        tracing::warn!(%error, "an abandoned unit of work could not be rolled back");
                    }
                    drop(place);
                });
            }
            Err(_) => connection.close_on_drop(),
        }
    }
}

/// Rolls back; a connection on which that fails is not used again, and the server rolls back.
async fn rollback(mut connection: PoolConnection<Postgres>) -> Result<(), DbErr> {
    match postgres::execute_unprepared(&mut connection, "ROLLBACK").await {
        Ok(_) => Ok(()),
        Err(error) => {
            connection.close_on_drop();
            // A connection that is gone has rolled back.
            if matches!(&error, DbErr::Exec(RuntimeErr::SqlxError(inner)) if matches!(**inner, sqlx::Error::Io(_)))
            {
                return Ok(());
            }
            Err(error)
        }
    }
}

fn ended() -> DbErr {
    DbErr::Custom("the unit of work has ended".into())
}

/// Connections on which every transaction is read-only.
struct PostgresReader {
    pool: Arc<Pool>,
}

impl PostgresReader {
    async fn acquire(&self, effect: Effect) -> Result<(PoolConnection<Postgres>, Place), DbErr> {
        if effect == Effect::Transaction {
            return Err(transaction_refused());
        }
        self.pool.acquire().await
    }
}

#[async_trait]
impl Connection for PostgresReader {
    fn backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (mut connection, _place) = self.acquire(effect(&statement.sql)).await?;
        postgres::execute(&mut connection, statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let (mut connection, _place) = self.acquire(effect_of_all(sql)).await?;
        postgres::execute_unprepared(&mut connection, sql).await
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (mut connection, _place) = self.acquire(effect(&statement.sql)).await?;
        postgres::query_one(&mut connection, statement).await
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (mut connection, _place) = self.acquire(effect(&statement.sql)).await?;
        postgres::query_all(&mut connection, statement).await
    }
}
