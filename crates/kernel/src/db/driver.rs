//! Statements on one driver connection, and what their errors mean.

use hatchery_component::db::ERROR_MARK;
use sea_orm::sqlx::{self, Postgres, Sqlite};
use sea_orm::{DbErr, RuntimeErr};

/// The four ways to run a statement, on a connection of one driver. A macro, because the bounds that
/// would make it a generic function are longer than the functions.
macro_rules! driver {
    ($module:ident, $database:ty, $doc:literal) => {
        #[doc = $doc]
        pub(crate) mod $module {
            use futures::StreamExt;
            use futures::stream::BoxStream;
            use sea_orm::sqlx::query::Query;
            use sea_orm::sqlx::{self, AssertSqlSafe, Database, Executor};
            use sea_orm::{DbErr, ExecResult, QueryResult, Statement};
            use sea_query_sqlx::SqlxValues;

            type Connection = <$database as Database>::Connection;

            /// Runs a statement.
            pub(crate) async fn execute(
                connection: &mut Connection,
                statement: Statement,
            ) -> Result<ExecResult, DbErr> {
                query(statement).execute(connection).await.map(Into::into).map_err(super::explain)
            }

            /// Runs SQL without parameters, possibly several statements.
            pub(crate) async fn execute_unprepared(
                connection: &mut Connection,
                sql: &str,
            ) -> Result<ExecResult, DbErr> {
                let sql = AssertSqlSafe(sql.to_owned());
                connection.execute(sql).await.map(Into::into).map_err(super::explain)
            }

            /// The first row.
            pub(crate) async fn query_one(
                connection: &mut Connection,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                let row =
                    query(statement).fetch_optional(connection).await.map_err(super::explain)?;
                Ok(row.map(Into::into))
            }

            /// All rows.
            pub(crate) async fn query_all(
                connection: &mut Connection,
                statement: Statement,
            ) -> Result<Vec<QueryResult>, DbErr> {
                let rows = query(statement).fetch_all(connection).await.map_err(super::explain)?;
                Ok(rows.into_iter().map(Into::into).collect())
            }

            /// The rows, one after the other.
            pub(crate) fn stream(
                connection: &mut Connection,
                statement: Statement,
            ) -> BoxStream<'_, Result<QueryResult, DbErr>> {
                let rows = query(statement).fetch(connection);
                rows.map(|row| row.map(Into::into).map_err(super::explain)).boxed()
            }

            fn query(statement: Statement) -> Query<'static, $database, SqlxValues> {
                let values = statement.values.unwrap_or_else(|| sea_orm::Values(Vec::new()));
                sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
            }
        }
    };
}

driver!(sqlite, super::Sqlite, "Statements on SQLite.");
driver!(postgres, super::Postgres, "Statements on PostgreSQL.");

/// An error with a mark that `db_error_kind` knows.
pub(crate) fn marked(kind: &str, text: impl std::fmt::Display) -> DbErr {
    DbErr::Custom(format!("{ERROR_MARK}{kind}: {text}"))
}

/// A driver error as sea-orm's, marked when it says "try again" or "too late". Unique and foreign keys
/// stay as they are; sea-orm recognizes them.
pub(crate) fn explain(error: sqlx::Error) -> DbErr {
    match meaning(&error) {
        Meaning::Retry => marked("retry", error),
        Meaning::Timeout => marked("timeout", error),
        Meaning::ReadOnly => DbErr::Custom(format!(
            "outside a unit of work the database is read-only; write inside ctx.transaction ({error})"
        )),
        Meaning::Other => DbErr::Exec(RuntimeErr::SqlxError(error.into())),
    }
}

/// Whether SQLite may have rolled the whole transaction back because of this error. See
/// <https://www.sqlite.org/lang_transaction.html>, "Response To Errors Within A Transaction".
pub(crate) fn ends_transaction(error: &DbErr) -> bool {
    const FULL: u32 = 13;
    const IOERR: u32 = 10;
    const NOMEM: u32 = 7;
    const BUSY: u32 = 5;
    const INTERRUPT: u32 = 9;
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match &**error {
                sqlx::Error::Database(database) => sqlite_code(&**database)
                    .is_some_and(|code| [FULL, IOERR, NOMEM, BUSY, INTERRUPT].contains(&code)),
                // The connection itself is gone.
                sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
                _ => false,
            }
        }
        // A marked error: busy.
        DbErr::Custom(text) => {
            text.strip_prefix(ERROR_MARK).is_some_and(|rest| rest.starts_with("retry"))
        }
        _ => false,
    }
}

enum Meaning {
    Retry,
    Timeout,
    ReadOnly,
    Other,
}

fn meaning(error: &sqlx::Error) -> Meaning {
    let database = match error {
        sqlx::Error::Database(database) => database,
        sqlx::Error::PoolTimedOut => return Meaning::Timeout,
        _ => return Meaning::Other,
    };
    if let Some(code) = sqlite_code(&**database) {
        const BUSY: u32 = 5;
        const LOCKED: u32 = 6;
        const READONLY: u32 = 8;
        return match code {
            BUSY | LOCKED => Meaning::Retry,
            READONLY => Meaning::ReadOnly,
            _ => Meaning::Other,
        };
    }
    match database.code().as_deref() {
        // serialization_failure, deadlock_detected, lock_not_available
        Some("40001" | "40P01" | "55P03") => Meaning::Retry,
        // query_canceled (statement_timeout), idle_in_transaction_session_timeout
        Some("57014" | "25P03") => Meaning::Timeout,
        // read_only_sql_transaction
        Some("25006") => Meaning::ReadOnly,
        _ => Meaning::Other,
    }
}

/// SQLite's primary result code.
fn sqlite_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    error.code()?.parse::<u32>().ok().map(|extended| extended & 0xff)
}
