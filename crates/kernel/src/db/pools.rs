//! The PostgreSQL connections of this host: each open store has pools of its own, all together have a bound.
//!
//! A store that needs one more when there are as many as may be takes the place of an idle one, that of the
//! pool that was unused for longest. So few busy stores keep theirs among many that do little.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sea_orm::DbErr;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sea_orm::sqlx::{ConnectOptions, Postgres};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use super::WRITER_WAIT;
use super::driver::{explain, marked};

/// Connections in all pools of this host. With [`SINGLE_CONNECTIONS`] they stay below PostgreSQL's own default
/// limit, 100, of which 3 are kept for its administrators.
const HOST_CONNECTIONS: usize = 80;
/// Connections outside the pools, for reading what a store was at one moment.
const SINGLE_CONNECTIONS: usize = 16;
/// The most connections of one pool.
const POOL_CONNECTIONS: u32 = 8;
/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(60);
/// How long to wait for one that is on its way back.
const MOMENT: Duration = Duration::from_millis(1);

/// Places for connections in use. Whoever has a unit of work may read beside it; as reading needs nothing more,
/// the two kinds never wait for each other in a circle.
static READING: Semaphore = Semaphore::const_new(HOST_CONNECTIONS / 2);
static WRITING: Semaphore = Semaphore::const_new(HOST_CONNECTIONS / 2);
static SINGLE: Semaphore = Semaphore::const_new(SINGLE_CONNECTIONS);
static POOLS: Mutex<Vec<Weak<Pool>>> = Mutex::new(Vec::new());
/// Connections that are about to be made.
static COMING: AtomicUsize = AtomicUsize::new(0);
/// Counts uses, to tell which pool was used last.
static USES: AtomicU64 = AtomicU64::new(0);

/// What the connections of a pool are for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Reading,
    Writing,
}

/// Connections to one schema, made when they are needed.
pub(super) struct Pool {
    connections: PgPool,
    purpose: Purpose,
    /// Places in this pool, so that who waits for one store takes no place from others.
    places: Arc<Semaphore>,
    /// The number of its last use.
    used: AtomicU64,
}

/// The right to use a connection.
pub(super) struct Place {
    _host: SemaphorePermit<'static>,
    _pool: Option<OwnedSemaphorePermit>,
}

impl Pool {
    /// A pool without any connection.
    pub(super) fn new(options: PgConnectOptions, purpose: Purpose) -> Arc<Self> {
        let connections = PgPoolOptions::new()
            .max_connections(POOL_CONNECTIONS)
            .min_connections(0)
            .idle_timeout(IDLE)
            .acquire_timeout(WRITER_WAIT)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let places = Arc::new(Semaphore::new(POOL_CONNECTIONS as usize));
        let pool = Arc::new(Self { connections, purpose, places, used: AtomicU64::default() });
        let mut pools = pools();
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(Arc::downgrade(&pool));
        pool
    }

    /// A connection that nobody else uses.
    pub(super) async fn acquire(&self) -> Result<(PoolConnection<Postgres>, Place), DbErr> {
        let acquired = in_time(async {
            let own = self.places.clone().acquire_owned().await.map_err(closed)?;
            let places = match self.purpose {
                Purpose::Reading => &READING,
                Purpose::Writing => &WRITING,
            };
            let place = Place { _host: places.acquire().await.map_err(closed)?, _pool: Some(own) };
            self.used.store(USES.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
            let _coming = self.room().await;
            Ok((self.connections.acquire().await.map_err(explain)?, place))
        });
        acquired.await
    }

    /// Waits until there is a connection, or room for one more.
    async fn room(&self) -> Option<Coming> {
        if self.connections.size() > 0 && self.connections.num_idle() == 0 {
            // One that was just given back is there in a moment.
            tokio::task::yield_now().await;
        }
        while self.connections.num_idle() == 0 {
            match look() {
                Room::Free(coming) => return Some(coming),
                // Whether it says goodbye or not, it is gone.
                Room::Idle(connection) => drop(connection.close().await),
                Room::Soon => tokio::time::sleep(MOMENT).await,
            }
        }
        None
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        self.connections.close().await;
    }
}

/// A connection that belongs to no pool.
pub(super) async fn single(options: &PgConnectOptions) -> Result<(PgConnection, Place), DbErr> {
    let place = in_time(async { SINGLE.acquire().await.map_err(closed) }).await?;
    let connection = options.connect().await.map_err(explain)?;
    Ok((connection, Place { _host: place, _pool: None }))
}

/// Whether one more connection can be made.
enum Room {
    /// It can.
    Free(Coming),
    /// It can when this one is closed, of the pool that was unused for longest.
    Idle(PoolConnection<Postgres>),
    /// One is on its way back to its pool: fewer are in use than there are.
    Soon,
}

/// Counts a connection until its pool does.
struct Coming;

impl Drop for Coming {
    fn drop(&mut self) {
        COMING.fetch_sub(1, Ordering::Relaxed);
    }
}

fn look() -> Room {
    // Two that look at once must not both take the last place.
    let guard = pools();
    let mut pools: Vec<Arc<Pool>> = guard.iter().filter_map(Weak::upgrade).collect();
    let made: u32 = pools.iter().map(|pool| pool.connections.size()).sum();
    if made as usize + COMING.load(Ordering::Relaxed) < HOST_CONNECTIONS {
        COMING.fetch_add(1, Ordering::Relaxed);
        return Room::Free(Coming);
    }
    pools.retain(|pool| pool.connections.num_idle() > 0);
    pools.sort_by_key(|pool| pool.used.load(Ordering::Relaxed));
    let idle = pools.iter().find_map(|pool| pool.connections.try_acquire());
    drop(guard);
    idle.map_or(Room::Soon, Room::Idle)
}

fn pools() -> MutexGuard<'static, Vec<Weak<Pool>>> {
    POOLS.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn in_time<T>(work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let waited = tokio::time::timeout(WRITER_WAIT, work).await;
    waited.unwrap_or_else(|_| {
        let message = format_args!("no connection to PostgreSQL was free for {WRITER_WAIT:?}");
        Err(marked("timeout", message))
    })
}

/// Places are never closed.
fn closed(error: tokio::sync::AcquireError) -> DbErr {
    DbErr::Custom(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hatchery_component::Db;
    use sea_orm::{ConnectionTrait, DbBackend, Statement};

    use super::*;
    use crate::db::tests::TestDb;

    async fn number(db: &Db, sql: &str) -> i32 {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_stores_of_postgres_have_a_bound_and_the_last_keep_theirs() {
        const PROCESS: &str = "SELECT pg_backend_pid()";
        const ALL: &str =
            "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'hatchery'";
        let mut stores = Vec::new();
        // Each has made its schema by one connection, and reads by another.
        for _ in 0..HOST_CONNECTIONS {
            let Some(store) = TestDb::postgres().await else { return };
            let process = number(&store.db.read(), PROCESS).await;
            stores.push((store, process));
        }
        let (last, process) = stores.last().unwrap();
        let mut processes = BTreeSet::from([*process]);
        for _ in 0..10 {
            processes.insert(number(&last.db.read(), PROCESS).await);
        }
        // One that was just given back may not be there yet.
        assert!(processes.len() <= 3, "a connection for each statement: {processes:?}");
        let all = number(&last.db.read(), ALL).await;
        assert!(all as usize <= HOST_CONNECTIONS + SINGLE_CONNECTIONS, "{all}");
        let (first, process) = stores.first().unwrap();
        assert_ne!(number(&first.db.read(), PROCESS).await, *process, "its place was taken");
        for (store, _) in stores {
            store.end().await;
        }
    }
}
