//! A reader that sees one moment of a store, however long it reads.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use hatchery_component::Db;
use hatchery_component::db::Connection;
use hatchery_component::error::Result;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::sqlx::{self, Connection as _};
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{Mutex, MutexGuard};

use super::driver::{explain, postgres, sqlite};
use super::pools::Place;
use super::unit::transaction_refused;
use super::written::{Effect, effect, effect_of_all};

/// A connection of its own with an open read transaction. It blocks nobody; on SQLite the log cannot be
/// emptied while it is open, on PostgreSQL dead rows cannot. Dropped, it is closed.
pub(crate) struct Snapshot {
    pinned: Arc<Pinned>,
}

struct Pinned {
    backend: DbBackend,
    /// Absent when it is closed.
    link: Mutex<Option<Link>>,
}

/// The connection.
enum Link {
    Sqlite(Box<SqliteConnection>),
    /// With its place among the connections of this host.
    Postgres(Box<PgConnection>, Place),
}

impl Snapshot {
    /// Pins a connection to what is committed now.
    pub(super) async fn of_sqlite(mut connection: SqliteConnection) -> Result<Self, DbErr> {
        // The moment is that of the first read.
        for sql in ["BEGIN", "SELECT count(*) FROM sqlite_master"] {
            sqlx::query(sql).execute(&mut connection).await.map_err(explain)?;
        }
        Ok(Self::new(DbBackend::Sqlite, Link::Sqlite(Box::new(connection))))
    }

    /// Pins a connection to what is committed now.
    pub(super) async fn of_postgres(
        (mut connection, place): (PgConnection, Place),
    ) -> Result<Self, DbErr> {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
        postgres::execute_unprepared(&mut connection, BEGIN).await?;
        // The moment is that of the first query.
        postgres::execute_unprepared(&mut connection, "SELECT 1").await?;
        Ok(Self::new(DbBackend::Postgres, Link::Postgres(Box::new(connection), place)))
    }

    fn new(backend: DbBackend, link: Link) -> Self {
        Self { pinned: Arc::new(Pinned { backend, link: Mutex::new(Some(link)) }) }
    }

    /// Which SQL it speaks.
    pub(crate) fn backend(&self) -> DbBackend {
        self.pinned.backend
    }

    /// A connection for entities and statements. It sees the moment until the snapshot is closed.
    pub(crate) fn read(&self) -> Db {
        Db::reader(self.pinned.clone())
    }

    /// Takes the connection for reading row by row; others wait meanwhile.
    pub(crate) async fn hold(&self) -> Held<'_> {
        Held { link: self.pinned.link.lock().await }
    }

    /// Closes it, and waits until it is.
    pub(crate) async fn close(self) -> Result<()> {
        let closed = match self.pinned.link.lock().await.take() {
            Some(Link::Sqlite(connection)) => connection.close().await,
            Some(Link::Postgres(connection, _place)) => connection.close().await,
            None => Ok(()),
        };
        Ok(closed.map_err(explain)?)
    }
}

/// The connection of a snapshot, held by one.
pub(crate) struct Held<'a> {
    link: MutexGuard<'a, Option<Link>>,
}

impl Held<'_> {
    /// The rows of a statement, of which only a few are in memory at a time.
    pub(crate) fn stream(
        &mut self,
        statement: Statement,
    ) -> BoxStream<'_, Result<QueryResult, DbErr>> {
        match &mut *self.link {
            Some(Link::Sqlite(connection)) => sqlite::stream(connection, statement),
            Some(Link::Postgres(connection, _)) => postgres::stream(connection, statement),
            None => stream::once(async { Err(closed()) }).boxed(),
        }
    }
}

fn closed() -> DbErr {
    DbErr::Custom("the snapshot is closed".into())
}

#[async_trait]
impl Connection for Pinned {
    fn backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        refuse_transaction(&effect(&statement.sql))?;
        match self.link.lock().await.as_mut().ok_or_else(closed)? {
            Link::Sqlite(connection) => sqlite::execute(connection, statement).await,
            Link::Postgres(connection, _) => postgres::execute(connection, statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        refuse_transaction(&effect_of_all(sql))?;
        match self.link.lock().await.as_mut().ok_or_else(closed)? {
            Link::Sqlite(connection) => sqlite::execute_unprepared(connection, sql).await,
            Link::Postgres(connection, _) => postgres::execute_unprepared(connection, sql).await,
        }
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        refuse_transaction(&effect(&statement.sql))?;
        match self.link.lock().await.as_mut().ok_or_else(closed)? {
            Link::Sqlite(connection) => sqlite::query_one(connection, statement).await,
            Link::Postgres(connection, _) => postgres::query_one(connection, statement).await,
        }
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        refuse_transaction(&effect(&statement.sql))?;
        match self.link.lock().await.as_mut().ok_or_else(closed)? {
            Link::Sqlite(connection) => sqlite::query_all(connection, statement).await,
            Link::Postgres(connection, _) => postgres::query_all(connection, statement).await,
        }
    }
}

fn refuse_transaction(effect: &Effect) -> Result<(), DbErr> {
    if *effect == Effect::Transaction { Err(transaction_refused()) } else { Ok(()) }
}
