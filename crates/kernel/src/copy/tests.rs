//! Copies in all four directions; those with PostgreSQL when `HATCHERY_TEST_POSTGRES` names a server.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use hatchery_component::Db;
use hatchery_component::db::schema as statements;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{ColumnDef, ForeignKey, Table};
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use super::fingerprint::{fingerprint, fingerprint_of};
use super::*;
use crate::db::DatabaseTarget;
use crate::db::entity::{cursor, field_value, idempotency, migration, outbox, retry};
use crate::db::tests::{TestDb, both};
use crate::migrate::{self, run_kernel};

/// Makes a test of a function for each way from one kind of database to another.
macro_rules! ways {
    ($($name:ident),+ $(,)?) => {
        ways!(@ sqlite_to_sqlite, sqlite, sqlite, $($name),+);
        ways!(@ sqlite_to_postgres, sqlite, postgres, $($name),+);
        ways!(@ postgres_to_sqlite, postgres, sqlite, $($name),+);
        ways!(@ postgres_to_postgres, postgres, postgres, $($name),+);
    };
    (@ $way:ident, $from:ident, $to:ident, $($name:ident),+) => {
        mod $way {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(from) = super::$from().await else { return };
                let Some(to) = super::$to().await else { return };
                super::$name(&from.db, &to.db).await;
                from.end().await;
                to.end().await;
            })+
        }
    };
}

ways!(
    every_type_comes_over,
    events_keep_their_order_and_cursors_their_place,
    numbers_go_on_where_they_were,
    references_hold,
    tables_are_left_empty_by_choice,
    only_what_ran_is_run,
    many_rows_go_in_batches,
    a_store_that_goes_on_is_copied_whole,
    the_target_must_be_empty,
);

both!(
    a_snapshot_sees_one_moment,
    a_snapshot_cannot_write_and_ends,
    the_size_grows,
    prints_tell_what_differs
);

async fn sqlite() -> Option<TestDb> {
    Some(TestDb::sqlite().await)
}

async fn postgres() -> Option<TestDb> {
    TestDb::postgres().await
}

mod pane {
    use sea_orm::entity::prelude::*;

    /// A value of every type, and the same again that may be absent.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "window_pane")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub flag: bool,
        pub flag_or: Option<bool>,
        pub small: i32,
        pub small_or: Option<i32>,
        pub big: i64,
        pub big_or: Option<i64>,
        pub ratio: f64,
        pub ratio_or: Option<f64>,
        pub narrow: f32,
        pub narrow_or: Option<f32>,
        pub words: String,
        pub words_or: Option<String>,
        pub short: String,
        pub short_or: Option<String>,
        pub bytes: Vec<u8>,
        pub bytes_or: Option<Vec<u8>>,
        pub other: Uuid,
        pub other_or: Option<Uuid>,
        pub plain: Json,
        pub plain_or: Option<Json>,
        pub binary: Json,
        pub binary_or: Option<Json>,
        pub moment: DateTimeUtc,
        pub moment_or: Option<DateTimeUtc>,
        pub local: DateTime,
        pub local_or: Option<DateTime>,
        pub day: Date,
        pub day_or: Option<Date>,
        pub hour: Time,
        pub hour_or: Option<Time>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The component of the tests. Its last step never ran in any store.
fn window() -> Vec<(String, Vec<Migration>)> {
    let steps = vec![
        Migration::expand("0001_create_pane", create_pane),
        Migration::expand("0002_create_node", create_node),
        Migration::expand("0003_create_count", create_count),
        Migration::expand("0004_add_late", |backend| {
            let late = ColumnDef::new("late").text().null().take();
            statements(backend)
                .alter(&Table::alter().table("window_count").add_column(late).take())
                .into_statements()
        }),
    ];
    vec![("window".to_owned(), steps)]
}

fn create_pane(backend: DbBackend) -> Vec<String> {
    let mut table = Table::create().table("window_pane").take();
    table.col(ColumnDef::new("id").uuid().not_null().primary_key());
    let mut both = |name: &str, column: &dyn Fn(&mut ColumnDef)| {
        let mut must = ColumnDef::new(name.to_owned());
        column(must.not_null());
        let mut may = ColumnDef::new(format!("{name}_or"));
        column(may.null());
        table.col(must).col(may);
    };
    both("flag", &|it| {
        it.boolean();
    });
    both("small", &|it| {
        it.integer();
    });
    both("big", &|it| {
        it.big_integer();
    });
    both("ratio", &|it| {
        it.double();
    });
    both("narrow", &|it| {
        it.float();
    });
    both("words", &|it| {
        it.text();
    });
    both("short", &|it| {
        it.string_len(40);
    });
    both("bytes", &|it| {
        it.blob();
    });
    both("other", &|it| {
        it.uuid();
    });
    both("plain", &|it| {
        it.json();
    });
    both("binary", &|it| {
        it.json_binary();
    });
    both("moment", &|it| {
        it.timestamp_with_time_zone();
    });
    both("local", &|it| {
        it.date_time();
    });
    both("day", &|it| {
        it.date();
    });
    both("hour", &|it| {
        it.time();
    });
    table.col(ColumnDef::new("exact").decimal_len(16, 4).null());
    table.col(ColumnDef::new("weight").decimal().null());
    statements(backend).table(&table).into_statements()
}

/// `window_leaf` sorts before what it refers to; nodes refer to each other.
fn create_node(backend: DbBackend) -> Vec<String> {
    let parent = ForeignKey::create()
        .name("window_node_parent")
        .from("window_node", "parent")
        .to("window_node", "id")
        .take();
    let node = Table::create()
        .table("window_node")
        .col(ColumnDef::new("id").big_integer().not_null().primary_key())
        .col(ColumnDef::new("parent").big_integer().null())
        .foreign_key(&mut parent.clone())
        .take();
    let of = ForeignKey::create()
        .name("window_leaf_node")
        .from("window_leaf", "node")
        .to("window_node", "id")
        .take();
    let leaf = Table::create()
        .table("window_leaf")
        .col(ColumnDef::new("id").big_integer().not_null().primary_key())
        .col(ColumnDef::new("node").big_integer().not_null())
        .foreign_key(&mut of.clone())
        .take();
    statements(backend).table(&node).table(&leaf).into_statements()
}

fn create_count(backend: DbBackend) -> Vec<String> {
    let count = Table::create()
        .table("window_count")
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("name").text().not_null())
        .take();
    statements(backend).table(&count).into_statements()
}

/// A store with the kernel's tables and those of the test component.
async fn prepare(db: &StoreDb) {
    run_kernel(db).await.unwrap();
    for (component, mut steps) in window() {
        steps.pop();
        migrate::run(db, &component, &steps).await.unwrap();
    }
}

/// Runs SQL in a unit of work.
async fn run(db: &StoreDb, sql: &str) {
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    Db::unit(unit.clone()).execute_unprepared(sql).await.unwrap();
    unit.commit().await.unwrap();
}

/// The only value of a query.
async fn one<T: sea_orm::TryGetable>(db: &Db, sql: &str) -> T {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn copy_all(from: &StoreDb, to: &StoreDb) -> Copied {
    let (from, to) = (from.clone(), to.clone());
    // Like a task of its own, as a long one runs.
    let copying = async move {
        copy_database(&from, &to, &window(), &|_| Choice::Rows, &|_| {}).await.unwrap()
    };
    tokio::spawn(copying).await.unwrap()
}

fn panes() -> Vec<pane::Model> {
    let moment = |text: &str| text.parse().unwrap();
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    let hour = |hour, micro| NaiveTime::from_hms_micro_opt(hour, 59, 59, micro).unwrap();
    let empty = pane::Model {
        id: Uuid::nil(),
        flag: false,
        flag_or: None,
        small: 0,
        small_or: None,
        big: 0,
        big_or: None,
        ratio: 0.0,
        ratio_or: None,
        narrow: 0.0,
        narrow_or: None,
        words: String::new(),
        words_or: None,
        short: String::new(),
        short_or: None,
        bytes: Vec::new(),
        bytes_or: None,
        other: Uuid::nil(),
        other_or: None,
        plain: json!(null),
        plain_or: None,
        binary: json!({}),
        binary_or: None,
        moment: Utc.timestamp_opt(0, 0).unwrap(),
        moment_or: None,
        local: NaiveDateTime::default(),
        local_or: None,
        day: day(1970, 1, 1),
        day_or: None,
        hour: NaiveTime::MIN,
        hour_or: None,
    };
    let nested = json!({
        "z": [1, 2.5, -0.125, 1e-7, null, true, {"b": {"a": []}, "a": {}}],
        "": "\"quoted\" \\ back\nline\ttab \u{1}",
        "größe": "茶 🫖 \u{202e}rtl", "big": u64::MAX, "small": i64::MIN,
        "10": "keys, that: {look} [like]  JSON", "9": 9_007_199_254_740_993_u64,
    });
    let full = pane::Model {
        id: Uuid::from_u128(u128::MAX),
        flag: true,
        flag_or: Some(false),
        small: i32::MIN,
        small_or: Some(i32::MAX),
        big: i64::MIN,
        big_or: Some(i64::MAX),
        ratio: f64::MAX,
        ratio_or: Some(f64::MIN_POSITIVE),
        narrow: 0.1,
        narrow_or: Some(f32::MAX),
        words: "O'Neill \"said\"; DROP TABLE -- \\ \r\n 茶 🫖 e\u{301} \u{202e}".into(),
        words_or: Some("x".repeat(3000)),
        short: "ä".repeat(40),
        short_or: Some("  blanks  ".into()),
        bytes: (0..=255).collect(),
        bytes_or: Some(vec![0; 3]),
        other: Uuid::from_u128(1),
        other_or: Some(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000)),
        plain: nested.clone(),
        plain_or: Some(json!("text")),
        binary: nested,
        binary_or: Some(json!([1, [2, [3, {"four": 4}]]])),
        moment: moment("2024-02-29T23:59:59.123456Z"),
        moment_or: Some(moment("1969-12-31T23:59:59.999999Z")),
        local: moment("9999-12-31T23:59:59.999999Z").naive_utc(),
        local_or: Some(moment("1582-10-15T00:00:00.5Z").naive_utc()),
        day: day(1, 1, 1),
        day_or: Some(day(9999, 12, 31)),
        hour: hour(23, 999_999),
        hour_or: Some(hour(0, 1)),
    };
    let plain = pane::Model {
        id: Uuid::from_u128(7),
        moment: moment("2024-01-01T00:00:00Z"),
        ..full.clone()
    };
    vec![empty, plain, full]
}

async fn all_panes(db: &StoreDb) -> Vec<pane::Model> {
    pane::Entity::find().order_by_asc(pane::Column::Id).all(&db.read()).await.unwrap()
}

async fn every_type_comes_over(from: &StoreDb, to: &StoreDb) {
    prepare(from).await;
    let unit = from.begin(Uuid::now_v7()).await.unwrap();
    let db = Db::unit(unit.clone());
    for pane in panes() {
        pane::Entity::insert(pane.into_active_model()).exec_without_returning(&db).await.unwrap();
    }
    // Rows of the kernel with types that the component has not.
    let now = Utc.timestamp_opt(1_700_000_000, 0).unwrap();
    let answer = idempotency::Model {
        scope: "a".into(),
        key: "b".into(),
        request_hash: "c".into(),
        owner: None,
        status: Some(201),
        content_type: None,
        location: None,
        body: Some(vec![0, 159, 146, 150]),
        created_at: now,
    };
    let answer = idempotency::Entity::insert(answer.into_active_model());
    answer.exec_without_returning(&db).await.unwrap();
    let value = field_value::Model {
        resource: "a".into(),
        record_id: "b".into(),
        key: "c".into(),
        text_value: None,
        number_value: Some(0.1),
        date_value: NaiveDate::from_ymd_opt(2024, 2, 29),
        bool_value: Some(true),
    };
    let value = field_value::Entity::insert(value.into_active_model());
    value.exec_without_returning(&db).await.unwrap();
    unit.commit().await.unwrap();
    run(
        from,
        "UPDATE window_pane SET exact = 12345678901.2345, weight = 0.5 WHERE flag_or IS NOT NULL",
    )
    .await;

    assert_eq!(all_panes(from).await, panes());
    let copied = copy_all(from, to).await;
    assert_eq!(copied.left_out, []);
    assert_eq!(all_panes(to).await, panes());
    const DECIMALS: &str = "SELECT CAST(sum(exact) / 2 AS text) || '/' || CAST(sum(weight) AS text) \
         FROM window_pane WHERE exact = 12345678901.2345";
    let decimals = one::<String>(&to.read(), DECIMALS).await;
    let (exact, weight) = decimals.split_once('/').unwrap();
    assert_eq!(exact.trim_end_matches('0'), "12345678901.2345");
    assert_eq!(weight, "1.0");
    let (source, target) = (fingerprint(from).await.unwrap(), fingerprint(to).await.unwrap());
    assert_eq!(source, target);
    assert_eq!(source["window_pane"].rows, 3);
    assert_eq!(
        copied.rows,
        source.values().map(|print| print.rows).sum::<u64>() + ledger(from, to).await
    );

    // And back, or on: nothing was lost on the way.
    for back in [sqlite().await, postgres().await].into_iter().flatten() {
        copy_all(to, &back.db).await;
        assert_eq!(all_panes(&back.db).await, panes());
        assert_eq!(fingerprint(&back.db).await.unwrap(), source);
        back.end().await;
    }
}

/// Rows of the ledger that are copied like others.
async fn ledger(from: &StoreDb, to: &StoreDb) -> u64 {
    match (from.backend(), to.backend()) {
        (DbBackend::Sqlite, DbBackend::Sqlite) => {
            migration::Entity::find().count(&from.read()).await.unwrap()
        }
        _ => 0,
    }
}

/// An event in the outbox, by its subject.
async fn emit(db: &Db, subject: &str) {
    let row = outbox::ActiveModel {
        event_id: Set(Uuid::now_v7()),
        event_type: Set("pane.broken.v1".into()),
        subject: Set(subject.into()),
        data: Set(json!({"subject": subject})),
        source: Set("window".into()),
        actor: Set("system".into()),
        correlation_id: Set(Uuid::nil()),
        occurred_at: Set(Utc.timestamp_opt(0, 0).unwrap()),
        ..Default::default()
    };
    outbox::Entity::insert(row).exec_without_returning(db).await.unwrap();
}

async fn put_aside(db: &StoreDb, subscriber: &str, event: &outbox::Model) {
    let row = retry::Model {
        id: Uuid::now_v7(),
        subscriber: subscriber.to_owned(),
        transaction_id: event.transaction_id,
        outbox_id: event.id,
        event_id: event.event_id,
        event_type: event.event_type.clone(),
        subject: event.subject.clone(),
        data: event.data.clone(),
        source: event.source.clone(),
        actor: event.actor.clone(),
        correlation_id: event.correlation_id,
        occurred_at: event.occurred_at,
        state: "retrying".into(),
        attempts: 1,
        next_at: event.occurred_at,
        error: "broken".into(),
        created_at: event.occurred_at,
        updated_at: event.occurred_at,
    };
    let unit = db.begin(Uuid::now_v7()).await.unwrap();
    let row = retry::Entity::insert(row.into_active_model());
    row.exec_without_returning(&Db::unit(unit.clone())).await.unwrap();
    unit.commit().await.unwrap();
}

/// Events in the order of delivery, behind a cursor if one is named.
async fn delivered(db: &StoreDb, subscriber: Option<&str>) -> Vec<String> {
    let after = match subscriber {
        Some(name) => {
            let row = cursor::Entity::find_by_id(name).one(&db.read()).await.unwrap().unwrap();
            (row.transaction_id, row.outbox_id)
        }
        None => (0, 0),
    };
    let rows = outbox::Entity::find()
        .order_by_asc(outbox::Column::TransactionId)
        .order_by_asc(outbox::Column::Id)
        .all(&db.read())
        .await
        .unwrap();
    let behind = rows.into_iter().filter(|row| (row.transaction_id, row.id) > after);
    behind.map(|row| row.subject).collect()
}

async fn events_keep_their_order_and_cursors_their_place(from: &StoreDb, to: &StoreDb) {
    prepare(from).await;
    let now = Utc.timestamp_opt(0, 0).unwrap();
    let set_cursor = async |name: &str, transaction: i64, id: i64| {
        let unit = from.begin(Uuid::now_v7()).await.unwrap();
        let row = cursor::ActiveModel {
            subscriber: Set(name.to_owned()),
            transaction_id: Set(transaction),
            outbox_id: Set(id),
            updated_at: Set(now),
        };
        let row = cursor::Entity::insert(row);
        row.exec_without_returning(&Db::unit(unit.clone())).await.unwrap();
        unit.commit().await.unwrap();
    };
    set_cursor("window/first", 0, 0).await;
    if from.backend() == DbBackend::Postgres {
        // The first transaction writes its event last.
        let first = from.begin(Uuid::now_v7()).await.unwrap();
        let (old, new) = (Db::unit(first.clone()), from.begin(Uuid::now_v7()).await.unwrap());
        old.execute_unprepared("INSERT INTO window_count (name) VALUES ('x')").await.unwrap();
        emit(&Db::unit(new.clone()), "second").await;
        new.commit().await.unwrap();
        emit(&old, "first").await;
        first.commit().await.unwrap();
    } else {
        for subject in ["first", "second"] {
            let unit = from.begin(Uuid::now_v7()).await.unwrap();
            emit(&Db::unit(unit.clone()), subject).await;
            unit.commit().await.unwrap();
        }
    }
    let unit = from.begin(Uuid::now_v7()).await.unwrap();
    emit(&Db::unit(unit.clone()), "third").await;
    unit.commit().await.unwrap();
    let rows = outbox::Entity::find().all(&from.read()).await.unwrap();
    let place = |subject: &str| rows.iter().find(|row| row.subject == subject).unwrap();
    for row in &rows {
        set_cursor(&format!("window/after-{}", row.subject), row.transaction_id, row.id).await;
    }
    // As it is for a subscriber that came when everything was delivered.
    let last = place("third");
    let end = if from.backend() == DbBackend::Postgres { i64::MAX } else { last.id };
    set_cursor("window/end", last.transaction_id, end).await;
    put_aside(from, "window/first", place("second")).await;

    let check = async |db: &StoreDb| {
        assert_eq!(delivered(db, None).await, ["first", "second", "third"]);
        assert_eq!(delivered(db, Some("window/first")).await.len(), 3);
        assert_eq!(delivered(db, Some("window/after-first")).await, ["second", "third"]);
        assert_eq!(delivered(db, Some("window/after-second")).await, ["third"]);
        assert!(delivered(db, Some("window/after-third")).await.is_empty());
        let aside = retry::Entity::find().one(&db.read()).await.unwrap().unwrap();
        let event = outbox::Entity::find_by_id(aside.outbox_id).one(&db.read()).await.unwrap();
        let event = event.unwrap();
        assert_eq!((event.event_id, event.transaction_id), (aside.event_id, aside.transaction_id));
    };
    check(from).await;
    copy_all(from, to).await;
    check(to).await;
    assert_eq!(fingerprint(from).await.unwrap(), fingerprint(to).await.unwrap());
    let ids = async |db: &StoreDb| -> BTreeSet<i64> {
        let rows = outbox::Entity::find().all(&db.read()).await.unwrap();
        rows.iter().map(|row| row.id).collect()
    };
    assert_eq!(ids(from).await, ids(to).await);
    // What happens in the copy comes after, for everybody.
    let unit = to.begin(Uuid::now_v7()).await.unwrap();
    emit(&Db::unit(unit.clone()), "fourth").await;
    unit.commit().await.unwrap();
    for subscriber in ["window/end", "window/after-third"] {
        assert_eq!(delivered(to, Some(subscriber)).await, ["fourth"], "{subscriber}");
    }
    assert_eq!(delivered(to, None).await, ["first", "second", "third", "fourth"]);
}

async fn numbers_go_on_where_they_were(from: &StoreDb, to: &StoreDb) {
    prepare(from).await;
    run(from, "INSERT INTO window_count (name) VALUES ('a'), ('b'), ('c')").await;
    run(from, "DELETE FROM window_count WHERE id = 3").await;
    // Its number is gone for good, even when the table is left empty.
    let (first, second) = (sqlite().await, postgres().await);
    for (empty, db) in [
        (false, Some(to)),
        (true, first.as_ref().map(|it| &it.db)),
        (true, second.as_ref().map(|it| &it.db)),
    ] {
        let Some(db) = db else { continue };
        let choose = |table: &str| match table {
            "window_count" if empty => Choice::Empty,
            _ => Choice::Rows,
        };
        copy_database(from, db, &window(), &choose, &|_| {}).await.unwrap();
        run(db, "INSERT INTO window_count (name) VALUES ('d')").await;
        assert_eq!(one::<i64>(&db.read(), "SELECT max(id) FROM window_count").await, 4);
        let count = one::<i64>(&db.read(), "SELECT count(*) FROM window_count").await;
        assert_eq!(count, if empty { 1 } else { 3 });
    }
    for db in [first, second].into_iter().flatten() {
        db.end().await;
    }
}

async fn references_hold(from: &StoreDb, to: &StoreDb) {
    prepare(from).await;
    // The last node is the root: every row refers to one that is copied later.
    let rows: Vec<String> = (1..600).rev().map(|id| format!("({id}, {})", id + 1)).collect();
    run(from, "INSERT INTO window_node VALUES (600, NULL)").await;
    run(from, &format!("INSERT INTO window_node VALUES {}", rows.join(", "))).await;
    run(from, "INSERT INTO window_leaf VALUES (1, 1), (2, 600)").await;
    copy_all(from, to).await;
    assert_eq!(fingerprint(from).await.unwrap(), fingerprint(to).await.unwrap());
    for wrong in
        ["INSERT INTO window_leaf VALUES (3, 601)", "INSERT INTO window_node VALUES (0, 601)"]
    {
        let unit = to.begin(Uuid::now_v7()).await.unwrap();
        let refused = Db::unit(unit.clone()).execute_unprepared(wrong).await.unwrap_err();
        unit.rollback().await.unwrap();
        assert!(
            matches!(refused.sql_err(), Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_))),
            "{refused}"
        );
    }
}

async fn tables_are_left_empty_by_choice(from: &StoreDb, to: &StoreDb) {
    prepare(from).await;
    run(from, "INSERT INTO window_node VALUES (1, NULL)").await;
    run(from, "INSERT INTO window_leaf VALUES (1, 1)").await;
    let asked = Mutex::new(BTreeSet::new());
    let choose = |table: &str| {
        assert!(asked.lock().unwrap().insert(table.to_owned()), "asked twice for {table}");
        if table == "window_leaf" { Choice::Empty } else { Choice::Rows }
    };
    let copied = copy_database(from, to, &window(), &choose, &|_| {}).await.unwrap();
    let asked = asked.into_inner().unwrap();
    assert!(asked.contains("kernel_outbox") && asked.contains("window_pane"), "{asked:?}");
    assert!(!asked.contains(LEDGER), "the ledger tells which tables there are");
    let prints = fingerprint(to).await.unwrap();
    assert_eq!(prints["window_leaf"].rows, 0);
    assert_eq!(prints["window_node"].rows, 1);
    assert_eq!(copied.tables as u64, prints.len() as u64 + ledger(from, to).await.min(1));
    assert_eq!(copied.rows, 1 + ledger(from, to).await);
}

async fn only_what_ran_is_run(from: &StoreDb, to: &StoreDb) {
    prepare(from).await;
    // One that is known to nobody here, whose name begins with that of another.
    const UNKNOWN: [&str; 2] = [
        "CREATE TABLE window_blind_slat (id integer NOT NULL PRIMARY KEY)",
        "INSERT INTO window_blind_slat VALUES (1)",
    ];
    let statements = || UNKNOWN.map(str::to_owned).to_vec();
    let step = Migration::given(
        "0001_a",
        hatchery_component::MigrationKind::Expand,
        statements(),
        statements(),
    );
    migrate::run(from, "window-blind", &[step]).await.unwrap();
    // A column that a newer version has made.
    run(from, "ALTER TABLE window_pane ADD COLUMN newer text").await;
    let copied = copy_all(from, to).await;
    let has = async |sql: &str| {
        to.read().query_all_raw(Statement::from_string(to.backend(), sql)).await.is_ok()
    };
    let as_it_stands = (from.backend(), to.backend()) == (DbBackend::Sqlite, DbBackend::Sqlite);
    assert!(!has("SELECT late FROM window_count").await, "its step did not run in the source");
    assert_eq!(has("SELECT id FROM window_blind_slat").await, as_it_stands);
    assert_eq!(has("SELECT newer FROM window_pane").await, as_it_stands);
    let steps = async |db: &StoreDb| -> Vec<String> {
        let rows = migration::Entity::find().all(&db.read()).await.unwrap();
        rows.iter().map(|row| format!("{} {}", row.component, row.step)).collect()
    };
    let (mut expected, ran) = (steps(from).await, steps(to).await);
    if as_it_stands {
        assert_eq!(copied.left_out, []);
    } else {
        expected.retain(|step| !step.starts_with("window-blind"));
        let left = |component: &str, tables: &[&str], columns: &[&str]| LeftOut {
            component: component.to_owned(),
            tables: tables.iter().map(|it| (*it).to_owned()).collect(),
            columns: columns.iter().map(|it| (*it).to_owned()).collect(),
        };
        assert_eq!(
            copied.left_out,
            [
                left("window", &[], &["window_pane.newer"]),
                left("window-blind", &["window_blind_slat"], &[]),
            ]
        );
    }
    assert_eq!(BTreeSet::from_iter(ran), BTreeSet::from_iter(expected));
    // The copy can be brought up to date like any store.
    let (component, all) = window().remove(0);
    assert_eq!(migrate::run(to, &component, &all).await.unwrap(), ["0004_add_late"]);
    assert!(run_kernel(to).await.unwrap().is_empty());
}

async fn many_rows_go_in_batches(from: &StoreDb, to: &StoreDb) {
    const ROWS: i64 = 20_000;
    prepare(from).await;
    run(
        from,
        &format!(
            "INSERT INTO window_count (name) WITH RECURSIVE n(i) AS \
             (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) SELECT 'row ' || i FROM n"
        ),
    )
    .await;
    let seen = Mutex::new(Vec::new());
    let progress = |told: Progress<'_>| {
        if told.table == "window_count" {
            seen.lock().unwrap().push(told.rows);
            assert!(told.tables_done < told.tables);
        }
    };
    let copied = copy_database(from, to, &window(), &|_| Choice::Rows, &progress).await.unwrap();
    assert_eq!(copied.rows, ROWS as u64 + ledger(from, to).await);
    let seen = seen.into_inner().unwrap();
    assert!(seen.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] - pair[0] <= 250), "{seen:?}");
    assert_eq!(seen.last().unwrap() - seen[0], ROWS as u64);
    assert_eq!(fingerprint(from).await.unwrap(), fingerprint(to).await.unwrap());
}

/// Writes units of two rows each, the second of which refers to the first, until told to stop.
async fn go_on_selling(db: &StoreDb, done: &AtomicI64, stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        let id = done.load(Ordering::SeqCst) + 1;
        let unit = db.begin(Uuid::now_v7()).await.unwrap();
        let connection = Db::unit(unit.clone());
        let node = format!("INSERT INTO window_node VALUES ({id}, NULL)");
        connection.execute_unprepared(&node).await.unwrap();
        let leaf = format!("INSERT INTO window_leaf VALUES ({id}, {id})");
        connection.execute_unprepared(&leaf).await.unwrap();
        unit.commit().await.unwrap();
        done.store(id, Ordering::SeqCst);
    }
}

/// Takes a copy while somebody writes, when some is written and more will be; gives how many units had
/// committed before and after.
async fn while_selling(db: &StoreDb, copy: impl Future<Output = ()>) -> (i64, i64) {
    let (done, stop) = (AtomicI64::new(0), AtomicBool::new(false));
    let reached = async |units| {
        while done.load(Ordering::SeqCst) < units {
            tokio::task::yield_now().await;
        }
        done.load(Ordering::SeqCst)
    };
    let copying = async {
        let before = reached(20).await;
        copy.await;
        let after = done.load(Ordering::SeqCst);
        reached(after + 5).await;
        stop.store(true, Ordering::SeqCst);
        (before, after)
    };
    tokio::join!(go_on_selling(db, &done, &stop), copying).1
}

/// Checks that a copy has whole units, all that were committed before it and none that came after.
async fn check_prefix(copy: &StoreDb, (before, after): (i64, i64)) {
    let db = copy.read();
    let nodes: i64 = one(&db, "SELECT count(*) FROM window_node").await;
    // The unit that was running may have committed without having been counted.
    assert!((before..=after + 1).contains(&nodes), "{nodes} of {before}..={after}");
    assert_eq!(one::<i64>(&db, "SELECT max(id) FROM window_node").await, nodes);
    assert_eq!(one::<i64>(&db, "SELECT count(*) FROM window_leaf").await, nodes);
    if copy.backend() == DbBackend::Sqlite {
        assert_eq!(one::<String>(&db, "PRAGMA integrity_check").await, "ok");
        let check = Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_key_check");
        assert!(db.query_all_raw(check).await.unwrap().is_empty());
    }
}

async fn a_store_that_goes_on_is_copied_whole(from: &StoreDb, to: &StoreDb) {
    prepare(from).await;
    let told = while_selling(from, async { drop(copy_all(from, to).await) }).await;
    check_prefix(to, told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_copied_whole_while_the_store_goes_on() {
    let test = TestDb::sqlite().await;
    prepare(&test.db).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's a copy.db");
    let told = while_selling(&test.db, async { copy_file(&test.db, &path).await.unwrap() }).await;
    let copy = StoreDb::open(&DatabaseTarget::Sqlite(path.clone())).await.unwrap();
    check_prefix(&copy, told).await;
    // It is a store like any other.
    run(&copy, "INSERT INTO window_count (name) VALUES ('x')").await;
    copy.close().await.unwrap();
    assert!(copy_file(&test.db, &path).await.is_err(), "nothing is written over");

    let quiet = folder.path().join("quiet.db");
    copy_file(&test.db, &quiet).await.unwrap();
    let copy = StoreDb::open(&DatabaseTarget::Sqlite(quiet)).await.unwrap();
    assert_eq!(fingerprint(&copy).await.unwrap(), fingerprint(&test.db).await.unwrap());
    copy.close().await.unwrap();
    test.end().await;
}

async fn the_target_must_be_empty(from: &StoreDb, to: &StoreDb) {
    prepare(from).await;
    run_kernel(to).await.unwrap();
    let refused = copy_database(from, to, &window(), &|_| Choice::Rows, &|_| {}).await;
    assert_eq!(refused.unwrap_err().code(), "copy.not_empty");
    assert!(!fingerprint(to).await.unwrap().contains_key("window_pane"));
}

#[tokio::test]
async fn postgres_refuses_what_it_cannot_keep() {
    let (Some(from), Some(to)) = (sqlite().await, postgres().await) else { return };
    prepare(&from.db).await;
    run(&from.db, "INSERT INTO window_count (name) VALUES ('a' || char(0))").await;
    let refused = copy_database(&from.db, &to.db, &window(), &|_| Choice::Rows, &|_| {}).await;
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("'window_count'") && refused.contains("'name'") && refused.contains("NUL"),
        "{refused}"
    );
    from.end().await;
    to.end().await;
}

#[tokio::test]
async fn sqlite_refuses_what_it_cannot_keep_from_postgres() {
    let Some(from) = postgres().await else { return };
    prepare(&from.db).await;
    let mut pane = panes().remove(0);
    let unit = from.db.begin(Uuid::now_v7()).await.unwrap();
    let insert = pane::Entity::insert(pane.clone().into_active_model());
    insert.exec_without_returning(&Db::unit(unit.clone())).await.unwrap();
    pane.id = Uuid::from_u128(9);
    unit.commit().await.unwrap();
    for (set, column) in [
        ("weight = 1234567890123456.5", "'weight'"),
        ("weight = 'NaN'", "'weight'"),
        ("weight = NULL, ratio_or = 'NaN'", "'ratio_or'"),
    ] {
        run(&from.db, &format!("UPDATE window_pane SET {set}")).await;
        let to = TestDb::sqlite().await;
        let refused = copy_database(&from.db, &to.db, &window(), &|_| Choice::Rows, &|_| {}).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("'window_pane'") && refused.contains(column), "{refused}");
        // Nothing half-done is left, and the file can be used.
        assert_eq!(fingerprint(&to.db).await.unwrap()["window_pane"].rows, 0);
        run(&to.db, "INSERT INTO window_count (name) VALUES ('x')").await;
        to.end().await;
    }
    from.end().await;
}

#[tokio::test]
async fn a_step_that_was_changed_is_not_run_in_a_copy_to_postgres() {
    let (Some(from), Some(to)) = (sqlite().await, postgres().await) else { return };
    prepare(&from.db).await;
    let changed = Migration::expand("0001_create_pane", create_count);
    let components = [("window".to_owned(), vec![changed])];
    let refused = copy_database(&from.db, &to.db, &components, &|_| Choice::Rows, &|_| {}).await;
    assert_eq!(refused.unwrap_err().code(), "migration.changed");
    from.end().await;
    to.end().await;
}

async fn a_snapshot_sees_one_moment(test: &TestDb) {
    let db = &test.db;
    prepare(db).await;
    const COUNT: &str = "SELECT count(*) FROM window_count";
    run(db, "INSERT INTO window_count (name) VALUES ('a')").await;
    let open = db.begin(Uuid::now_v7()).await.unwrap();
    let insert = "INSERT INTO window_count (name) VALUES ('b')";
    Db::unit(open.clone()).execute_unprepared(insert).await.unwrap();
    // While somebody writes, and before anything is read from it.
    let snapshot = db.snapshot().await.unwrap();
    open.commit().await.unwrap();
    run(db, "INSERT INTO window_count (name) VALUES ('c')").await;
    run(db, "DELETE FROM window_count WHERE name = 'a'").await;
    assert_eq!(one::<i64>(&snapshot.read(), COUNT).await, 1);
    assert_eq!(one::<String>(&snapshot.read(), "SELECT name FROM window_count").await, "a");
    let then = fingerprint_of(&snapshot).await.unwrap();
    assert_eq!(then["window_count"].rows, 1);
    assert_ne!(then, fingerprint(db).await.unwrap());
    assert_eq!(one::<i64>(&db.read(), COUNT).await, 2);
    snapshot.close().await.unwrap();
}

async fn a_snapshot_cannot_write_and_ends(test: &TestDb) {
    let db = &test.db;
    prepare(db).await;
    let snapshot = db.snapshot().await.unwrap();
    let read = snapshot.read();
    let commit = read.execute_unprepared("COMMIT").await.unwrap_err();
    assert!(commit.to_string().contains("ctx.transaction"), "{commit}");
    let write = read.execute_unprepared("INSERT INTO window_count (name) VALUES ('a')").await;
    assert!(write.unwrap_err().to_string().contains("read-only"));
    snapshot.close().await.unwrap();
    assert!(read.execute_unprepared("SELECT 1").await.is_err());
    let dropped = db.snapshot().await.unwrap();
    let read = dropped.read();
    drop(dropped);
    assert_eq!(one::<i64>(&read, "SELECT count(*) FROM window_count").await, 0, "while it is used");
}

async fn the_size_grows(test: &TestDb) {
    let db = &test.db;
    prepare(db).await;
    let before = db.bytes().await.unwrap();
    assert!(before > 0);
    let wide = "x".repeat(1000);
    let rows = vec![format!("('{wide}')"); 1000].join(", ");
    run(db, &format!("INSERT INTO window_count (name) VALUES {rows}")).await;
    let after = db.bytes().await.unwrap();
    assert!(after >= before + 1_000_000, "{before} {after}");
}

/// What a copy costs; run with `--ignored --nocapture` in release.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measure() {
    const ROWS: i64 = 500_000;
    let memory = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).map(str::to_owned);
        line.unwrap_or_default()
    };
    let source = TestDb::sqlite().await;
    prepare(&source.db).await;
    let unit = source.db.begin_long(Uuid::now_v7(), Duration::from_secs(60)).await.unwrap();
    let insert = format!(
        "INSERT INTO window_count (name) WITH RECURSIVE n(i) AS \
         (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) \
         SELECT 'a row with some words in it, number ' || i FROM n"
    );
    Db::unit(unit.clone()).execute_unprepared(&insert).await.unwrap();
    unit.commit().await.unwrap();
    let size = source.db.bytes().await.unwrap() / 1_000_000;
    eprintln!("{ROWS} rows, {size} MB, {}", memory());
    let begun = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    copy_file(&source.db, &folder.path().join("copy.db")).await.unwrap();
    eprintln!("as a file: {:?}, {}", begun.elapsed(), memory());
    for target in [sqlite().await, postgres().await].into_iter().flatten() {
        let begun = Instant::now();
        copy_all(&source.db, &target.db).await;
        eprintln!("to {:?}: {:?}, {}", target.db.backend(), begun.elapsed(), memory());
        let begun = Instant::now();
        fingerprint(&target.db).await.unwrap();
        eprintln!("its print: {:?}, {}", begun.elapsed(), memory());
        if target.db.backend() == DbBackend::Postgres {
            let back = TestDb::sqlite().await;
            let begun = Instant::now();
            copy_all(&target.db, &back.db).await;
            eprintln!("and back: {:?}, {}", begun.elapsed(), memory());
            back.end().await;
        }
        target.end().await;
    }
    source.end().await;
}

async fn prints_tell_what_differs(test: &TestDb) {
    let db = &test.db;
    prepare(db).await;
    run(db, "INSERT INTO window_count (id, name) VALUES (1, 'a'), (2, 'b')").await;
    let print = async || fingerprint(db).await.unwrap()["window_count"].clone();
    let first = print().await;
    run(db, "UPDATE window_count SET name = CASE id WHEN 1 THEN 'b' ELSE 'a' END").await;
    let swapped = print().await;
    assert_eq!((first.rows, swapped.rows), (2, 2));
    assert_ne!(first, swapped, "names belong to their ids");
    run(db, "UPDATE window_count SET name = CASE id WHEN 1 THEN 'a' ELSE 'b' END").await;
    assert_eq!(print().await, first);
}
