//! The store's database as component code sees it: an ordinary sea-orm connection.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, SqlErr, Statement, sea_query,
};

use crate::host::Unit;

/// A connection of a home, made object-safe.
#[async_trait]
pub trait Connection: Send + Sync + 'static {
    /// Which SQL it speaks.
    fn backend(&self) -> DbBackend;
    /// Runs a statement.
    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr>;
    /// Runs SQL without parameters, possibly several statements.
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr>;
    /// The first row, if any.
    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr>;
    /// All rows.
    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr>;
}

/// The store's database. Implements sea-orm's [`ConnectionTrait`]; give `&ctx.db()` to entities.
///
/// Outside a unit of work it is read-only. Transactions are `ctx.transaction`, so that every component
/// that is called shares them.
#[derive(Clone)]
pub struct Db {
    connection: Arc<dyn Connection>,
}

impl Db {
    /// A read-only connection.
    pub fn reader(connection: Arc<dyn Connection>) -> Self {
        Self { connection }
    }

    /// The connection of a unit of work.
    pub fn unit(unit: Arc<dyn Unit>) -> Self {
        Self { connection: unit.connection() }
    }
}

#[async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.connection.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.connection.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.connection.query_one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.connection.query_all(statement).await
    }
}

/// What a database error means for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DbErrorKind {
    /// A unique key is taken.
    Unique,
    /// A foreign key does not fit.
    ForeignKey,
    /// A serialization failure, a deadlock or a busy database: try again.
    Retry,
    /// The unit of work passed its deadline.
    Timeout,
    /// Anything else.
    Other,
}

/// Prefix by which a home marks the kind of an error that has no driver error inside.
pub const ERROR_MARK: &str = "hatchery:";

/// Classifies a database error, in both homes.
pub fn db_error_kind(error: &DbErr) -> DbErrorKind {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => return DbErrorKind::Unique,
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => return DbErrorKind::ForeignKey,
        _ => {}
    }
    let DbErr::Custom(text) = error else { return DbErrorKind::Other };
    match text.strip_prefix(ERROR_MARK).and_then(|rest| rest.split(':').next()) {
        Some("unique") => DbErrorKind::Unique,
        Some("foreign-key") => DbErrorKind::ForeignKey,
        Some("retry") => DbErrorKind::Retry,
        Some("timeout") => DbErrorKind::Timeout,
        _ => DbErrorKind::Other,
    }
}

/// Whether a unique key is taken.
pub fn is_unique(error: &DbErr) -> bool {
    db_error_kind(error) == DbErrorKind::Unique
}

/// Collects the statements of a migration for a backend: `schema(backend).table(&t).into_statements()`.
pub fn schema(backend: DbBackend) -> Schema {
    Schema { backend, statements: Vec::new() }
}

/// Statements of a migration in the making.
#[derive(Debug)]
pub struct Schema {
    backend: DbBackend,
    statements: Vec<String>,
}

impl Schema {
    /// Creates a table.
    #[must_use]
    pub fn table(self, table: &sea_query::TableCreateStatement) -> Self {
        self.statement(table)
    }

    /// Creates an index.
    #[must_use]
    pub fn index(self, index: &sea_query::IndexCreateStatement) -> Self {
        self.statement(index)
    }

    /// Alters a table. SQLite takes one change per statement.
    #[must_use]
    pub fn alter(self, table: &sea_query::TableAlterStatement) -> Self {
        self.statement(table)
    }

    /// The statements, one each.
    pub fn into_statements(self) -> Vec<String> {
        self.statements
    }

    fn statement(mut self, statement: &impl sea_query::SchemaStatementBuilder) -> Self {
        self.statements.push(match self.backend {
            DbBackend::Postgres => statement.to_string(sea_query::PostgresQueryBuilder),
            _ => statement.to_string(sea_query::SqliteQueryBuilder),
        });
        self
    }
}
