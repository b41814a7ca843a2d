//! Units of work, on SQLite always and on PostgreSQL when `HATCHERY_TEST_POSTGRES` names one.

use std::task::Poll;
use std::time::{Duration, Instant};

use futures::future::join_all;
use hatchery_component::Kind;
use hatchery_component::db::{DbErrorKind, db_error_kind, is_unique};
use sea_orm::{DbErr, Statement};

use super::*;
use crate::migrate;

/// A database that goes away with the test.
pub(crate) struct TestDb {
    pub(crate) db: StoreDb,
    pub(crate) target: DatabaseTarget,
    _folder: tempfile::TempDir,
    server: Option<String>,
}

impl TestDb {
    /// On SQLite.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = DatabaseTarget::Sqlite(folder.path().join("store.db"));
        let db = StoreDb::open(&target).await.unwrap();
        Self { db, target, _folder: folder, server: None }
    }

    /// On PostgreSQL, in a schema of its own; none when no server is given.
    pub(crate) async fn postgres() -> Option<Self> {
        let Ok(url) = std::env::var("HATCHERY_TEST_POSTGRES") else {
            eprintln!("skipped: HATCHERY_TEST_POSTGRES is not set");
            return None;
        };
        let schema = format!("test_{}", Uuid::now_v7().simple());
        let target = DatabaseTarget::Postgres { url: url.clone(), schema };
        let db = StoreDb::open(&target).await.unwrap();
        Some(Self { db, target, _folder: tempfile::tempdir().unwrap(), server: Some(url) })
    }

    /// Closes it and drops the schema.
    pub(crate) async fn end(self) {
        self.db.close().await.unwrap();
        if let (Some(url), DatabaseTarget::Postgres { schema, .. }) = (&self.server, &self.target) {
            let server = sea_orm::Database::connect(url).await.unwrap();
            server.execute_unprepared(&format!("DROP SCHEMA \"{schema}\" CASCADE")).await.unwrap();
            server.close().await.unwrap();
        }
    }
}

/// Makes two tests of a function, one per database.
macro_rules! both {
    ($($(#[$attribute:meta])* $name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let test = crate::db::tests::TestDb::sqlite().await;
                super::$name(&test).await;
                test.end().await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(test) = crate::db::tests::TestDb::postgres().await else { return };
                super::$name(&test).await;
                test.end().await;
            })+
        }
    };
}
pub(crate) use both;

both!(
    a_unit_commits_or_leaves_nothing,
    a_failing_unit_does_not_hurt_others,
    two_hundred_units_at_once_all_commit,
    a_unit_that_is_dropped_rolls_back,
    a_unit_that_is_kept_too_long_rolls_back,
    a_request_has_one_unit,
    a_unit_is_used_by_one_call_at_a_time,
    savepoints_undo_only_themselves,
    errors_tell_what_to_do,
    outside_of_units_nothing_is_written,
    generations_tell_what_was_written,
    a_unit_whose_task_is_gone_still_commits_wholly,
    migrations_run_once_and_in_order,
);

async fn make_table(db: &StoreDb) {
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    for sql in [
        "CREATE TABLE thing_a (id integer NOT NULL PRIMARY KEY, text text NOT NULL)",
        "CREATE TABLE other_b (id integer NOT NULL PRIMARY KEY, a integer NOT NULL REFERENCES thing_a (id))",
    ] {
        unit.execute_unprepared(sql).await.unwrap();
    }
    unit.commit().await.unwrap();
}

fn insert(db: &StoreDb, id: i32) -> Statement {
    let sql = match db.backend() {
        DbBackend::Postgres => r#"INSERT INTO "thing_a" ("id", "text") VALUES ($1, $2)"#,
        _ => r#"INSERT INTO "thing_a" ("id", "text") VALUES (?, ?)"#,
    };
    Statement::from_sql_and_values(db.backend(), sql, [id.into(), "x".into()])
}

async fn count(db: &StoreDb) -> i64 {
    let statement = Statement::from_string(db.backend(), "SELECT count(*) AS n FROM thing_a");
    db.reader().query_one(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

async fn a_unit_commits_or_leaves_nothing(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    unit.execute(insert(db, 1)).await.unwrap();
    assert_eq!(count(db).await, 0);
    unit.commit().await.unwrap();
    assert_eq!(count(db).await, 1);
    let error = unit.execute(insert(db, 2)).await.unwrap_err();
    assert!(error.to_string().contains("committed before"), "{error}");
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    unit.execute(insert(db, 2)).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(count(db).await, 1);
}

async fn a_failing_unit_does_not_hurt_others(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let tasks = (0..60).map(|number| {
        let db = db.clone();
        tokio::spawn(async move {
            let unit = db.begin(Uuid::now_v7()).await.unwrap();
            // Every third one collides with the one before.
            let id = if number % 3 == 2 { number - 1 } else { number };
            match unit.execute(insert(&db, id)).await {
                Ok(_) => unit.commit().await.map(|()| true).unwrap(),
                Err(error) => {
                    assert!(is_unique(&error), "{error}");
                    unit.rollback().await.map(|()| false).unwrap()
                }
            }
        })
    });
    let done = join_all(tasks).await;
    let committed = done.into_iter().filter(|task| *task.as_ref().unwrap()).count();
    assert_eq!(committed, 40);
    assert_eq!(count(db).await, 40);
}

async fn two_hundred_units_at_once_all_commit(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let begun = Instant::now();
    let tasks = (0..200).map(|number| {
        let db = db.clone();
        tokio::spawn(async move {
            let unit = db.begin(Uuid::now_v7()).await.unwrap();
            unit.execute(insert(&db, number)).await.unwrap();
            unit.commit().await.unwrap();
            // What is acknowledged can be read.
            let sql = format!("SELECT id FROM thing_a WHERE id = {number}");
            let row =
                db.reader().query_one(Statement::from_string(db.backend(), sql)).await.unwrap();
            assert!(row.is_some(), "{number}");
        })
    });
    for task in join_all(tasks).await {
        task.unwrap();
    }
    eprintln!("200 units at once: {:?}", begun.elapsed());
    assert_eq!(count(db).await, 200);
}

async fn a_unit_that_is_dropped_rolls_back(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let request = Uuid::now_v7();
    let unit = db.begin(request).await.unwrap();
    unit.execute(insert(db, 1)).await.unwrap();
    drop(unit);
    // The request may begin anew, and what the dropped one wrote is gone before it does.
    let unit = db.begin(request).await.unwrap();
    unit.execute(insert(db, 1)).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(count(db).await, 1);
}

async fn a_unit_that_is_kept_too_long_rolls_back(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let unit = db.begin_long(Uuid::now_v7(), Duration::from_millis(150)).await.unwrap();
    unit.execute(insert(db, 1)).await.unwrap();
    // Others wait no longer than its deadline.
    let next = tokio::time::timeout(Duration::from_secs(5), db.begin(Uuid::now_v7()))
        .await
        .unwrap()
        .unwrap();
    tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_millis(200)).await;
    let error = unit.execute(insert(db, 2)).await.unwrap_err();
    assert_eq!(db_error_kind(&error), DbErrorKind::Timeout, "{error}");
    assert_eq!(unit.commit().await.unwrap_err().kind(), Kind::Timeout);
    unit.rollback().await.unwrap();
    next.execute(insert(db, 1)).await.unwrap();
    next.commit().await.unwrap();
    assert_eq!(count(db).await, 1);
}

async fn a_request_has_one_unit(test: &TestDb) {
    let db = &test.db;
    let request = Uuid::now_v7();
    let unit = db.begin(request).await.unwrap();
    let Err(error) = db.begin(request).await else { panic!("a second unit") };
    assert!(error.chain().contains("has a unit of work already"), "{}", error.chain());
    unit.commit().await.unwrap();
    db.begin(request).await.unwrap().rollback().await.unwrap();
}

async fn a_unit_is_used_by_one_call_at_a_time(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    // A statement may be over at its first poll, so this tries until one is still under way.
    let mut done = 0;
    let refused = loop {
        let mut first = std::pin::pin!(unit.execute(insert(db, done)));
        let Poll::Ready(result) = futures::poll!(&mut first) else {
            let refused = unit.execute(insert(db, -1)).await.unwrap_err();
            first.await.unwrap();
            break refused;
        };
        result.unwrap();
        done += 1;
    };
    assert!(refused.to_string().contains("at the same time"), "{refused}");
    unit.commit().await.unwrap();
    assert_eq!(count(db).await, i64::from(done) + 1);
}

async fn savepoints_undo_only_themselves(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    unit.execute(insert(db, 1)).await.unwrap();
    let outer = unit.savepoint().await.unwrap();
    unit.execute(insert(db, 2)).await.unwrap();
    let inner = unit.savepoint().await.unwrap();
    unit.execute(insert(db, 3)).await.unwrap();
    // A statement that fails is undone with its savepoint, and the unit goes on.
    assert!(is_unique(&unit.execute(insert(db, 1)).await.unwrap_err()));
    unit.rollback_to(inner).await.unwrap();
    assert!(unit.release(inner).await.is_err());
    unit.execute(insert(db, 4)).await.unwrap();
    unit.release(outer).await.unwrap();
    let lost = unit.savepoint().await.unwrap();
    unit.savepoint().await.unwrap();
    unit.execute(insert(db, 5)).await.unwrap();
    unit.rollback_to(lost).await.unwrap();
    unit.commit().await.unwrap();
    let all = Statement::from_string(db.backend(), "SELECT id FROM thing_a ORDER BY id");
    let rows = db.reader().query_all(all).await.unwrap();
    let ids: Vec<i32> = rows.iter().map(|row| row.try_get("", "id").unwrap()).collect();
    assert_eq!(ids, [1, 2, 4]);
}

async fn errors_tell_what_to_do(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let failing = async |sql: &str| -> DbErr {
        let unit = db.begin(Uuid::now_v7()).await.unwrap();
        unit.execute_unprepared("INSERT INTO thing_a VALUES (1, 'x')").await.unwrap();
        let error = unit.execute_unprepared(sql).await.unwrap_err();
        unit.rollback().await.unwrap();
        error
    };
    let unique = failing("INSERT INTO thing_a VALUES (1, 'x')").await;
    assert_eq!(db_error_kind(&unique), DbErrorKind::Unique, "{unique}");
    let foreign = failing("INSERT INTO other_b VALUES (1, 9)").await;
    assert_eq!(db_error_kind(&foreign), DbErrorKind::ForeignKey, "{foreign}");
    let syntax = failing("NONSENSE").await;
    assert_eq!(db_error_kind(&syntax), DbErrorKind::Other, "{syntax}");
    for sql in ["COMMIT", "BEGIN", "ROLLBACK", "SAVEPOINT x"] {
        let error = failing(sql).await;
        assert!(error.to_string().contains("ctx.transaction"), "{sql}: {error}");
    }
    if db.backend() == DbBackend::Postgres {
        let raised = failing("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$").await;
        assert_eq!(db_error_kind(&raised), DbErrorKind::Retry, "{raised}");
        let raised = failing("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$").await;
        assert_eq!(db_error_kind(&raised), DbErrorKind::Retry, "{raised}");
        // A failure that nobody looked at must not look like success.
        let unit = db.begin(Uuid::now_v7()).await.unwrap();
        let _ = unit.execute_unprepared("NONSENSE").await;
        assert!(unit.commit().await.is_err());
    }
}

async fn outside_of_units_nothing_is_written(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let error = db.reader().execute(insert(db, 1)).await.unwrap_err();
    assert!(error.to_string().contains("inside ctx.transaction"), "{error}");
    let error = db.reader().execute_unprepared("BEGIN").await.unwrap_err();
    assert!(error.to_string().contains("ctx.transaction"), "{error}");
    assert_eq!(count(db).await, 0);
}

async fn generations_tell_what_was_written(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    let (thing, other) = (db.generation("thing"), db.generation("other"));
    let mut writes = db.writes();
    writes.mark_unchanged();
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    unit.execute(insert(db, 1)).await.unwrap();
    assert_eq!(db.generation("thing"), thing);
    unit.commit().await.unwrap();
    assert!(writes.has_changed().unwrap());
    assert!(db.generation("thing") > thing);
    assert_eq!(db.table_generation("thing_a"), db.generation("thing"));
    assert_eq!(db.generation("other"), other);
    let thing = db.generation("thing");
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    unit.execute(insert(db, 2)).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(db.generation("thing"), thing);
}

async fn a_unit_whose_task_is_gone_still_commits_wholly(test: &TestDb) {
    let db = &test.db;
    make_table(db).await;
    for id in 0..50 {
        let unit = db.begin(Uuid::now_v7()).await.unwrap();
        unit.execute(insert(db, id)).await.unwrap();
        // Polled once and dropped: whether it counts or not, the next one must work.
        let _ = futures::FutureExt::now_or_never(unit.commit());
    }
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    unit.execute(insert(db, 100)).await.unwrap();
    unit.commit().await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), async {
        while count(db).await != 51 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

async fn migrations_run_once_and_in_order(test: &TestDb) {
    use hatchery_component::Migration;
    let db = &test.db;
    let ran = migrate::run_kernel(db).await.unwrap();
    assert_eq!(ran.len(), schema::migrations().len());
    assert!(migrate::run_kernel(db).await.unwrap().is_empty());
    let one = |_: DbBackend| vec!["CREATE TABLE shop_x (id integer)".to_owned()];
    let other = |_: DbBackend| vec!["CREATE TABLE shop_z (id integer)".to_owned()];
    let broken =
        |_: DbBackend| vec!["CREATE TABLE shop_y (id integer)".to_owned(), "NONSENSE".to_owned()];
    let first = [Migration::expand("0001_x", one)];
    assert_eq!(migrate::run(db, "shop", &first).await.unwrap(), ["0001_x"]);
    assert!(migrate::run(db, "shop", &first).await.unwrap().is_empty());
    let error = migrate::run(db, "shop", &[Migration::expand("0001_x", other)]).await.unwrap_err();
    assert!(error.to_string().contains("was changed after it ran"), "{error}");
    let two = [Migration::expand("0001_x", one), Migration::expand("0002_y", broken)];
    let error = migrate::run(db, "shop", &two).await.unwrap_err();
    assert!(error.to_string().contains("0002_y of 'shop' failed"), "{error}");
    // Nothing of the failed step is left.
    let rest =
        db.reader().query_all(Statement::from_string(db.backend(), "SELECT * FROM shop_y")).await;
    assert!(rest.is_err());
    let early = [Migration::expand("0000_w", other), Migration::expand("0001_x", one)];
    let error = migrate::run(db, "shop", &early).await.unwrap_err();
    assert!(error.to_string().contains("put the new step at the end"), "{error}");
    let twice = [Migration::expand("0001_x", one), Migration::expand("0001_x", one)];
    assert!(migrate::run(db, "shop", &twice).await.unwrap_err().to_string().contains("twice"));
    // A swap stops before the first contract step; finishing the upgrade runs the rest.
    let three = [Migration::expand("0001_x", one), Migration::contract("0002_z", other)];
    let ledger = migrate::Ledger::read(&db.read()).await.unwrap();
    assert!(
        migrate::run_steps(db, &ledger, "shop", &three, migrate::Steps::Expand)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(migrate::run(db, "shop", &three).await.unwrap(), ["0002_z"]);
    let error = migrate::run(db, "shop", &first).await.unwrap_err();
    assert!(error.to_string().contains("use the newer version"), "{error}");
}

/// What things cost; run with `--ignored --nocapture` in release.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measure() {
    let test = TestDb::sqlite().await;
    let db = &test.db;
    make_table(db).await;
    let begun = Instant::now();
    for id in 0..500 {
        let unit = db.begin(Uuid::now_v7()).await.unwrap();
        unit.execute(insert(db, id)).await.unwrap();
        unit.commit().await.unwrap();
    }
    eprintln!("one after the other: {:?} per unit", begun.elapsed() / 500);
    let begun = Instant::now();
    let tasks = (1000..3000).map(|id| {
        let db = db.clone();
        tokio::spawn(async move {
            let unit = db.begin(Uuid::now_v7()).await.unwrap();
            unit.execute(insert(&db, id)).await.unwrap();
            unit.commit().await.unwrap();
        })
    });
    join_all(tasks).await;
    eprintln!("2000 at once: {:?} per unit", begun.elapsed() / 2000);
    let begun = Instant::now();
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    for id in 3000..8000 {
        unit.execute(insert(db, id)).await.unwrap();
    }
    unit.commit().await.unwrap();
    eprintln!("5000 inserts in one unit: {:?} each", begun.elapsed() / 5000);
    let rows = |from: i32| {
        let values: Vec<String> = (from..from + 1000).map(|_| "(?, ?)".to_owned()).collect();
        let sql = format!("INSERT INTO thing_a (id, text) VALUES {}", values.join(", "));
        let values =
            (from..from + 1000).flat_map(|id| [sea_orm::Value::from(id), "some text".into()]);
        Statement::from_sql_and_values(db.backend(), sql, values)
    };
    let begun = Instant::now();
    for batch in 0..100 {
        let unit = db.begin(Uuid::now_v7()).await.unwrap();
        unit.execute(rows(10_000 + batch * 1000)).await.unwrap();
        unit.commit().await.unwrap();
    }
    eprintln!("100 x 1000 rows: {:?} per row", begun.elapsed() / 100_000);
    let begun = Instant::now();
    for id in 0..2000 {
        let sql = "SELECT id FROM thing_a WHERE id = ?";
        let statement = Statement::from_sql_and_values(db.backend(), sql, [id.into()]);
        db.reader().query_one(statement).await.unwrap();
    }
    eprintln!("reads: {:?} each", begun.elapsed() / 2000);
    test.end().await;
}
