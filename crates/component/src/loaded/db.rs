//! The host's database, as calls to the host.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use sea_orm::{DbBackend, DbErr, ExecResult, ProxyExecResult, QueryResult, Statement};

use crate::db::Connection;
use crate::error::{Error, Result};
use crate::host::Unit;
use crate::loaded::host::Calls;
use crate::loaded::rows;
use crate::wire::{self, Executed, Outgoing, Rows, StatementWire, context};

/// A read-only connection, or that of a unit of work.
pub(super) struct RemoteConnection {
    calls: Arc<Calls>,
    unit: Option<u64>,
}

impl RemoteConnection {
    pub(super) fn reader(calls: Arc<Calls>) -> Self {
        Self { calls, unit: None }
    }

    fn header(&self) -> Outgoing {
        Outgoing { unit: self.unit, ..Outgoing::default() }
    }

    /// Errors of the database come as texts that keep their kind.
    async fn run<T: serde::de::DeserializeOwned>(
        &self,
        method: u32,
        args: Vec<u8>,
    ) -> Result<T, DbErr> {
        let result = self.calls.send(method, &self.header(), args).await.map_err(database_error)?;
        wire::decode(result.as_slice()).map_err(database_error)
    }

    async fn rows(&self, method: u32, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let statement = wire::encode(&StatementWire::new(statement)?).map_err(database_error)?;
        rows::results(self.run::<Rows>(method, statement).await?)
    }
}

fn database_error(error: Error) -> DbErr {
    DbErr::Custom(match error.code() {
        wire::DATABASE_ERROR => error.message().to_owned(),
        _ => error.chain(),
    })
}

fn executed(done: Executed) -> ExecResult {
    ProxyExecResult::new(done.last_insert_id, done.rows).into()
}

#[async_trait]
impl Connection for RemoteConnection {
    fn backend(&self) -> DbBackend {
        self.calls.backend
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let statement = wire::encode(&StatementWire::new(statement)?).map_err(database_error)?;
        self.run(context::EXECUTE, statement).await.map(executed)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = wire::encode(sql).map_err(database_error)?;
        self.run(context::EXECUTE_UNPREPARED, sql).await.map(executed)
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.rows(context::QUERY_ONE, statement).await?.into_iter().next())
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.rows(context::QUERY_ALL, statement).await
    }
}

/// A unit of work of the host: one that the call came with, or one that was begun here.
pub(super) struct RemoteUnit {
    connection: Arc<RemoteConnection>,
    id: u64,
    /// Whether it ends here; true for one that was begun here and has not ended.
    is_open: AtomicBool,
}

impl RemoteUnit {
    /// The unit that a call runs in. It ends where it began.
    pub(super) fn joined(calls: Arc<Calls>, id: u64) -> Self {
        Self::new(calls, id, false)
    }

    /// A unit begun here.
    pub(super) fn begun(calls: Arc<Calls>, id: u64) -> Self {
        Self::new(calls, id, true)
    }

    fn new(calls: Arc<Calls>, id: u64, is_open: bool) -> Self {
        let connection = Arc::new(RemoteConnection { calls, unit: Some(id) });
        Self { connection, id, is_open: AtomicBool::new(is_open) }
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        method: u32,
        args: &(impl serde::Serialize + Sync),
    ) -> Result<T> {
        self.connection.calls.ask(method, &self.connection.header(), args).await
    }

    fn close(&self) -> bool {
        self.is_open.swap(false, Ordering::AcqRel)
    }
}

#[async_trait]
impl Unit for RemoteUnit {
    fn id(&self) -> u64 {
        self.id
    }

    async fn commit(&self) -> Result<()> {
        self.close();
        self.ask(context::COMMIT, &()).await
    }

    async fn rollback(&self) -> Result<()> {
        self.close();
        self.ask(context::ROLLBACK, &()).await
    }

    async fn savepoint(&self) -> Result<u32> {
        self.ask(context::SAVEPOINT, &()).await
    }

    async fn release(&self, savepoint: u32) -> Result<()> {
        self.ask(context::RELEASE, &savepoint).await
    }

    async fn rollback_to(&self, savepoint: u32) -> Result<()> {
        self.ask(context::ROLLBACK_TO, &savepoint).await
    }

    fn connection(self: Arc<Self>) -> Arc<dyn Connection> {
        // The unit itself, so that it is not dropped while its connection is used.
        self
    }
}

#[async_trait]
impl Connection for RemoteUnit {
    fn backend(&self) -> DbBackend {
        self.connection.backend()
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.connection.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.connection.execute_unprepared(sql).await
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.connection.query_one(statement).await
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.connection.query_all(statement).await
    }
}

impl Drop for RemoteUnit {
    fn drop(&mut self) {
        if self.close() {
            let calls = &self.connection.calls;
            if let Err(error) =
                calls.look_up::<()>(context::ABANDON, &self.connection.header(), &())
            {
                tracing::error!("a unit of work could not be dropped: {}", error.chain());
            }
        }
    }
}
