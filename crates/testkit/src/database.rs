//! The databases a test runs on.

use std::future::Future;

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

/// Names the PostgreSQL database that tests may make schemas in. `cargo xtask test` sets it.
const POSTGRES_VARIABLE: &str = "HATCHERY_TEST_POSTGRES";

/// Where the data of a test's store are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TestDatabase {
    /// A file in the test's folder.
    #[default]
    Sqlite,
    /// A schema of its own in this database; dropped by [`close`](crate::TestStore::close).
    Postgres {
        /// The database.
        url: String,
        /// The schema.
        schema: String,
    },
}

impl TestDatabase {
    /// A schema of its own, when there is a PostgreSQL database for tests.
    pub fn postgres() -> Option<Self> {
        let url = std::env::var(POSTGRES_VARIABLE).ok()?;
        Some(Self::Postgres { url, schema: format!("test_{}", Uuid::now_v7().simple()) })
    }

    /// The settings that put a store there.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        match self {
            Self::Sqlite => Vec::new(),
            Self::Postgres { url, schema } => vec![
                ("HATCHERY__DATABASE__URL".into(), url.clone()),
                ("HATCHERY__DATABASE__SCHEMA".into(), schema.clone()),
            ],
        }
    }

    /// Leaves nothing behind.
    pub(crate) async fn drop_schema(&self) {
        let Self::Postgres { url, schema } = self else { return };
        let database = Database::connect(url).await.expect("the test database is there");
        let drop = format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE");
        database.execute_unprepared(&drop).await.expect("the schema of the test can be dropped");
        database.close().await.expect("the connection closes");
    }
}

/// Runs a test on SQLite, and on PostgreSQL when there is one for tests.
pub async fn for_each_database<F, Fut>(test: F)
where
    F: Fn(TestDatabase) -> Fut,
    Fut: Future<Output = ()>,
{
    test(TestDatabase::Sqlite).await;
    match TestDatabase::postgres() {
        Some(postgres) => test(postgres).await,
        None => eprintln!("SKIPPED on PostgreSQL: {POSTGRES_VARIABLE} is not set"),
    }
}
