//! The writing side of a copy.

use std::sync::Arc;
use std::time::Duration;

use hatchery_component::host::Unit;
use hatchery_component::{Db, Result};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use uuid::Uuid;

use crate::db::StoreDb;

/// How long a whole copy may take, or on PostgreSQL one statement of it.
const LIMIT: Duration = Duration::from_secs(12 * 3600);

/// Writes to a database that nobody else uses yet.
///
/// On SQLite everything is one unit of work, so that references are checked at its end, in whatever order
/// the rows came. On PostgreSQL every statement is one of its own: an open transaction that writes holds
/// back the events of all stores of the server.
pub(super) struct Writer {
    db: StoreDb,
    /// SQLite's.
    unit: Option<Arc<dyn Unit>>,
}

impl Writer {
    pub(super) async fn open(db: &StoreDb) -> Result<Self> {
        let db = db.clone();
        if db.backend() == DbBackend::Postgres {
            return Ok(Self { db, unit: None });
        }
        let unit = db.begin_long(Uuid::now_v7(), LIMIT).await?;
        Db::unit(unit.clone()).execute_unprepared("PRAGMA defer_foreign_keys = ON").await?;
        Ok(Self { db, unit: Some(unit) })
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.db.backend()
    }

    /// A connection that sees what was written.
    pub(super) fn read(&self) -> Db {
        self.unit.as_ref().map_or_else(|| self.db.read(), |unit| Db::unit(unit.clone()))
    }

    /// Runs SQL without parameters.
    pub(super) async fn execute(&self, sql: String) -> Result<()> {
        Ok(self.write(Statement::from_string(self.backend(), sql)).await?)
    }

    /// Runs a statement.
    pub(super) async fn write(&self, statement: Statement) -> Result<(), DbErr> {
        if let Some(unit) = &self.unit {
            return Db::unit(unit.clone()).execute_raw(statement).await.map(drop);
        }
        let failed = |error| DbErr::Custom(format!("{error}"));
        let unit = self.db.begin_long(Uuid::now_v7(), LIMIT).await.map_err(failed)?;
        match Db::unit(unit.clone()).execute_raw(statement).await {
            Ok(_) => unit.commit().await.map_err(failed),
            Err(error) => {
                unit.rollback().await.map_err(failed)?;
                Err(error)
            }
        }
    }

    /// Keeps what was written when all went well.
    pub(super) async fn end<T>(self, result: Result<T>) -> Result<T> {
        match (self.unit, result) {
            (Some(unit), Ok(value)) => unit.commit().await.map(|()| value),
            (Some(unit), Err(error)) => unit.rollback().await.and(Err(error)),
            (None, result) => result,
        }
    }
}
