//! The PostgreSQL connections of this host: each open store has pools of its own, all together have a bound.
//!
//! A store that needs one more when there are as many as may be takes the place of an idle one, that of the
//! pool that was unused for longest. So few busy stores keep theirs among many that do little.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sea_orm::DbErr;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sea_orm::sqlx::{ConnectOptions, Postgres};
use tokio::sync::{Semaphore, SemaphorePermit};

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

/// Places for connections in use.
static PLACES: Semaphore = Semaphore::const_new(HOST_CONNECTIONS);
static SINGLE_PLACES: Semaphore = Semaphore::const_new(SINGLE_CONNECTIONS);
static POOLS: Mutex<Vec<Weak<Pool>>> = Mutex::new(Vec::new());
/// Counts uses, to tell which pool was used last.
static USES: AtomicU64 = AtomicU64::new(0);

/// Connections to one schema, made when they are needed.
pub(super) struct Pool {
    connections: PgPool,
    /// The number of its last use.
    used: AtomicU64,
}

/// A connection in use, with its place.
pub(super) type Place<C> = (C, SemaphorePermit<'static>);

impl Pool {
    /// A pool without any connection.
    pub(super) fn new(options: PgConnectOptions) -> Arc<Self> {
        let connections = PgPoolOptions::new()
            .max_connections(POOL_CONNECTIONS)
            .min_connections(0)
            .idle_timeout(IDLE)
            .acquire_timeout(WRITER_WAIT)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let pool = Arc::new(Self { connections, used: AtomicU64::default() });
        let mut pools = pools();
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(Arc::downgrade(&pool));
        pool
    }

    /// A connection that nobody else uses.
    pub(super) async fn acquire(&self) -> Result<Place<PoolConnection<Postgres>>, DbErr> {
        let place = place(&PLACES, HOST_CONNECTIONS).await?;
        self.used.store(USES.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        if self.connections.num_idle() == 0 && self.connections.size() > 0 {
            // One that was just given back is there in a moment.
            tokio::task::yield_now().await;
        }
        while self.connections.num_idle() == 0
            && let Some(surplus) = surplus()
        {
            // Whether it says goodbye or not, it is gone.
            let _ = surplus.close().await;
        }
        Ok((self.connections.acquire().await.map_err(explain)?, place))
    }

    /// Closes all connections.
    pub(super) async fn close(&self) {
        self.connections.close().await;
    }
}

/// A connection that belongs to no pool.
pub(super) async fn single(options: &PgConnectOptions) -> Result<Place<PgConnection>, DbErr> {
    let place = place(&SINGLE_PLACES, SINGLE_CONNECTIONS).await?;
    Ok((options.connect().await.map_err(explain)?, place))
}

/// When there is no room for one more: an idle connection of the pool that was unused for longest.
fn surplus() -> Option<PoolConnection<Postgres>> {
    let mut pools: Vec<Arc<Pool>> = pools().iter().filter_map(Weak::upgrade).collect();
    let all: u32 = pools.iter().map(|pool| pool.connections.size()).sum();
    if (all as usize) < HOST_CONNECTIONS {
        return None;
    }
    pools.retain(|pool| pool.connections.num_idle() > 0);
    pools.sort_by_key(|pool| pool.used.load(Ordering::Relaxed));
    pools.iter().find_map(|pool| pool.connections.try_acquire())
}

fn pools() -> MutexGuard<'static, Vec<Weak<Pool>>> {
    POOLS.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn place(
    places: &'static Semaphore,
    count: usize,
) -> Result<SemaphorePermit<'static>, DbErr> {
    let busy = || {
        let message = format_args!("all {count} connections were busy for {WRITER_WAIT:?}");
        marked("timeout", message)
    };
    let waited = tokio::time::timeout(WRITER_WAIT, places.acquire()).await;
    waited.map_err(|_| busy())?.map_err(|_| busy())
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
