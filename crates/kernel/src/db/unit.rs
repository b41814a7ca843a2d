//! A unit of work, whatever the database: its deadline, its end, its savepoints, who may use it when.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hatchery_component::db::{Connection, DbErrorKind, db_error_kind};
use hatchery_component::error::{Error, Result};
use hatchery_component::host::Unit;
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{Mutex as AsyncMutex, MutexGuard};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::driver::marked;
use super::writes::ALL_TABLES;
use super::written::{Effect, effect, effect_of_all};

/// An open transaction of a database.
#[async_trait]
pub(crate) trait Work: Send + Sync + 'static {
    /// Which SQL it speaks.
    const BACKEND: DbBackend;

    /// Runs a statement.
    async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr>;
    /// Runs SQL without parameters.
    async fn execute_unprepared(&mut self, sql: &str) -> Result<ExecResult, DbErr>;
    /// The first row.
    async fn query_one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr>;
    /// All rows.
    async fn query_all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr>;
    /// Opens, keeps or undoes a savepoint of this number.
    async fn savepoint(&mut self, act: Savepoint, number: u32) -> Result<(), DbErr>;
    /// Ends it. Runs on a task of its own, so that nobody can stop it half-way. Dropped without, it is
    /// rolled back in the background, before anybody else gets the connection.
    async fn finish(self, end: End) -> Result<(), DbErr>;
}

/// What happens to a savepoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Savepoint {
    /// It is opened.
    Open,
    /// What came after it is kept.
    Release,
    /// What came after it is undone.
    Undo,
}

impl Savepoint {
    /// The SQL, the same in both databases.
    pub(crate) fn sql(self, number: u32) -> Vec<String> {
        match self {
            Self::Open => vec![format!("SAVEPOINT inner_{number}")],
            Self::Release => vec![format!("RELEASE SAVEPOINT inner_{number}")],
            Self::Undo => vec![
                format!("ROLLBACK TO SAVEPOINT inner_{number}"),
                format!("RELEASE SAVEPOINT inner_{number}"),
            ],
        }
    }
}

/// How a unit ends.
#[derive(Debug)]
pub(crate) enum End {
    /// Everything is made durable; these tables were written.
    Commit(BTreeSet<String>),
    /// Everything is undone.
    Rollback,
}

/// Requests that have a unit of work, or wait for one.
#[derive(Clone, Default)]
pub(crate) struct Requests(Arc<Mutex<HashSet<Uuid>>>);

impl Requests {
    /// Takes the only place of a request.
    pub(crate) fn enter(&self, request: Uuid) -> Result<Seat> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.insert(request) {
            return Ok(Seat { requests: self.clone(), request });
        }
        let message = format!(
            "request {request} has a unit of work already; pass on the Ctx that ctx.transaction gives, or end \
             the first unit before the second"
        );
        Err(Error::internal(message))
    }
}

/// The place of a request; given back when dropped.
pub(crate) struct Seat {
    requests: Requests,
    request: Uuid,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.requests.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.request);
    }
}

/// A unit of work over an open transaction.
pub(crate) struct OpenUnit<W: Work> {
    id: u64,
    core: Arc<Core<W>>,
    watchdog: AbortHandle,
}

struct Core<W: Work> {
    slot: AsyncMutex<Slot<W>>,
    deadline: Instant,
    limit: Duration,
}

enum Slot<W: Work> {
    Open(Box<Open<W>>),
    Ended(&'static str),
    Expired,
}

struct Open<W: Work> {
    work: W,
    seat: Seat,
    tables: BTreeSet<String>,
    savepoints: Vec<u32>,
    next_savepoint: u32,
}

impl<W: Work> OpenUnit<W> {
    /// A unit that must end within `limit` from now.
    pub(crate) fn new(work: W, seat: Seat, limit: Duration) -> Self {
        static IDS: AtomicU64 = AtomicU64::new(1);
        let open =
            Open { work, seat, tables: BTreeSet::new(), savepoints: Vec::new(), next_savepoint: 1 };
        let core = Arc::new(Core {
            slot: AsyncMutex::new(Slot::Open(Box::new(open))),
            deadline: Instant::now() + limit,
            limit,
        });
        let watched = Arc::downgrade(&core);
        let deadline = core.deadline;
        let watchdog = tokio::spawn(async move {
            tokio::time::sleep_until(deadline).await;
            if let Some(core) = watched.upgrade() {
                core.expire().await;
            }
        });
        Self { id: IDS.fetch_add(1, Ordering::Relaxed), core, watchdog: watchdog.abort_handle() }
    }

    async fn end(&self, how: &'static str, keep: Keep) -> Result<(), DbErr> {
        let open = {
            let mut slot = self.core.enter()?;
            slot.open(self.core.limit)?;
            match std::mem::replace(&mut *slot, Slot::Ended(how)) {
                Slot::Open(open) => *open,
                ended => {
                    *slot = ended;
                    return Err(self.core.expired());
                }
            }
        };
        self.watchdog.abort();
        let late = keep == Keep::Everything && Instant::now() >= self.core.deadline;
        let end = if keep == Keep::Everything && !late {
            End::Commit(open.tables)
        } else {
            End::Rollback
        };
        let (work, seat) = (open.work, open.seat);
        // A caller that goes away must not stop the end half-way.
        let finished = tokio::spawn(async move {
            let result = work.finish(end).await;
            drop(seat);
            result
        });
        finished
            .await
            .map_err(|error| DbErr::Custom(format!("the unit of work broke off: {error}")))??;
        if late { Err(self.core.expired()) } else { Ok(()) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Everything,
    Nothing,
}

impl<W: Work> Drop for OpenUnit<W> {
    fn drop(&mut self) {
        self.watchdog.abort();
        // Dropping the work rolls it back. Whoever holds the lock now is the watchdog, which does the same.
        if let Ok(mut slot) = self.core.slot.try_lock() {
            *slot = Slot::Ended("dropped");
        }
    }
}

impl<W: Work> Core<W> {
    /// The slot, for one call at a time.
    fn enter(&self) -> Result<MutexGuard<'_, Slot<W>>, DbErr> {
        self.slot.try_lock().map_err(|_| {
            if Instant::now() >= self.deadline {
                return self.expired();
            }
            DbErr::Custom(
                "two calls use one unit of work at the same time; await one before the next (no join!)".into(),
            )
        })
    }

    async fn expire(&self) {
        let open = {
            let mut slot = self.slot.lock().await;
            match std::mem::replace(&mut *slot, Slot::Expired) {
                Slot::Open(open) => *open,
                ended => {
                    *slot = ended;
                    return;
                }
            }
        };
        tracing::warn!(limit = ?self.limit, "a unit of work passed its deadline and was rolled back");
        drop(open);
    }

    fn expired(&self) -> DbErr {
        expired(self.limit)
    }
}

impl<W: Work> Slot<W> {
    fn open(&mut self, limit: Duration) -> Result<&mut Open<W>, DbErr> {
        match self {
            Self::Open(open) => Ok(open),
            Self::Expired => Err(expired(limit)),
            Self::Ended(how) => Err(DbErr::Custom(format!("the unit of work was {how} before"))),
        }
    }
}

impl<W: Work> Open<W> {
    fn note(&mut self, effect: Effect) -> Result<(), DbErr> {
        match effect {
            Effect::Reads => {}
            Effect::Writes(tables) => self.tables.extend(tables),
            Effect::Unknown => {
                self.tables.insert(ALL_TABLES.to_owned());
            }
            Effect::Transaction => return Err(transaction_refused()),
        }
        Ok(())
    }
}

/// The error for SQL that opens or ends transactions.
pub(crate) fn transaction_refused() -> DbErr {
    DbErr::Custom("transactions are ctx.transaction and ctx.savepoint, not SQL".into())
}

fn expired(limit: Duration) -> DbErr {
    marked(
        "timeout",
        format_args!("the unit of work took longer than {limit:?} and was rolled back"),
    )
}

#[async_trait]
impl<W: Work> Connection for OpenUnit<W> {
    fn backend(&self) -> DbBackend {
        W::BACKEND
    }

    async fn execute(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut slot = self.core.enter()?;
        let open = slot.open(self.core.limit)?;
        open.note(effect(&statement.sql))?;
        let result = timeout_at(self.core.deadline, open.work.execute(statement)).await;
        result.unwrap_or_else(|_| Err(self.core.expired()))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut slot = self.core.enter()?;
        let open = slot.open(self.core.limit)?;
        open.note(effect_of_all(sql))?;
        let result = timeout_at(self.core.deadline, open.work.execute_unprepared(sql)).await;
        result.unwrap_or_else(|_| Err(self.core.expired()))
    }

    async fn query_one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut slot = self.core.enter()?;
        let open = slot.open(self.core.limit)?;
        open.note(effect(&statement.sql))?;
        let result = timeout_at(self.core.deadline, open.work.query_one(statement)).await;
        result.unwrap_or_else(|_| Err(self.core.expired()))
    }

    async fn query_all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut slot = self.core.enter()?;
        let open = slot.open(self.core.limit)?;
        open.note(effect(&statement.sql))?;
        let result = timeout_at(self.core.deadline, open.work.query_all(statement)).await;
        result.unwrap_or_else(|_| Err(self.core.expired()))
    }
}

#[async_trait]
impl<W: Work> Unit for OpenUnit<W> {
    fn id(&self) -> u64 {
        self.id
    }

    async fn commit(&self) -> Result<()> {
        Ok(self.end("committed", Keep::Everything).await?)
    }

    async fn rollback(&self) -> Result<()> {
        match self.end("rolled back", Keep::Nothing).await {
            // What the deadline undid is undone.
            Err(error) if db_error_kind(&error) == DbErrorKind::Timeout => Ok(()),
            result => Ok(result?),
        }
    }

    async fn savepoint(&self) -> Result<u32> {
        let mut slot = self.core.enter()?;
        let open = slot.open(self.core.limit)?;
        let number = open.next_savepoint;
        open.next_savepoint += 1;
        open.savepoints.push(number);
        let opened =
            timeout_at(self.core.deadline, open.work.savepoint(Savepoint::Open, number)).await;
        opened.unwrap_or_else(|_| Err(self.core.expired()))?;
        Ok(number)
    }

    async fn release(&self, savepoint: u32) -> Result<()> {
        self.end_savepoint(Savepoint::Release, savepoint).await
    }

    async fn rollback_to(&self, savepoint: u32) -> Result<()> {
        self.end_savepoint(Savepoint::Undo, savepoint).await
    }

    fn connection(self: Arc<Self>) -> Arc<dyn Connection> {
        self
    }
}

impl<W: Work> OpenUnit<W> {
    async fn end_savepoint(&self, act: Savepoint, number: u32) -> Result<()> {
        let mut slot = self.core.enter()?;
        let open = slot.open(self.core.limit)?;
        let Some(place) = open.savepoints.iter().position(|open| *open == number) else {
            return Err(Error::internal(format!("savepoint {number} is not open")));
        };
        // Those inside of it end with it.
        open.savepoints.truncate(place);
        let ended = timeout_at(self.core.deadline, open.work.savepoint(act, number)).await;
        Ok(ended.unwrap_or_else(|_| Err(self.core.expired()))?)
    }
}
