//! One query gives the same pages in memory, on SQLite and on PostgreSQL.

use chrono::{DateTime, NaiveDate, Utc};
use hatchery_component::sql::{self, Columns, json_text};
use hatchery_types::query::{Expr, Kind, Literal, Op, Sort};
use hatchery_types::{Page, Query};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::prelude::Json;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    IntoActiveModel, Schema,
};
use serde_json::json;
use uuid::Uuid;

/// A table with a column of every kind, with and without missing values.
mod sample {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Serialize)]
    #[sea_orm(table_name = "query_sample")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub note: Option<String>,
        pub stock: i32,
        pub price: Option<i64>,
        pub rating: f64,
        pub score: Option<f64>,
        pub active: Option<bool>,
        pub created_at: DateTimeUtc,
        pub seen_at: Option<DateTimeUtc>,
        pub born: Option<Date>,
        pub tags: Option<Json>,
        pub title: Json,
        pub owner: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The fields, and what they hold.
const FIELDS: [(&str, Kind); 14] = [
    ("id", Kind::Id),
    ("name", Kind::Text),
    ("note", Kind::Text),
    ("stock", Kind::Integer),
    ("price", Kind::Integer),
    ("rating", Kind::Decimal),
    ("score", Kind::Decimal),
    ("active", Kind::Bool),
    ("created_at", Kind::Time),
    ("seen_at", Kind::Time),
    ("born", Kind::Date),
    ("tags", Kind::List),
    ("title.en", Kind::Text),
    ("owner", Kind::Id),
];

fn columns() -> Columns<sample::Entity> {
    use sample::Column;
    Columns::new([
        ("id", Column::Id),
        ("name", Column::Name),
        ("note", Column::Note),
        ("stock", Column::Stock),
        ("price", Column::Price),
        ("rating", Column::Rating),
        ("score", Column::Score),
        ("active", Column::Active),
        ("created_at", Column::CreatedAt),
        ("seen_at", Column::SeenAt),
        ("born", Column::Born),
        ("tags", Column::Tags),
        ("owner", Column::Owner),
    ])
    .with_sorted_expr(
        "title.en",
        Kind::Text,
        |backend| json_text(Column::Title, backend, "en"),
        |row: &sample::Model| row.title.get("en").and_then(Json::as_str).into(),
    )
}

#[test]
fn sqlite_answers_as_memory_does() {
    compare("sqlite::memory:");
}

#[test]
fn postgres_answers_as_memory_does() {
    match std::env::var("HATCHERY_TEST_POSTGRES") {
        Ok(url) => compare(&url),
        Err(_) => eprintln!("skipped: HATCHERY_TEST_POSTGRES is not set"),
    }
}

fn compare(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = runtime.block_on(connect(url));
    let columns = columns();
    let cases = (rows(), prop::collection::vec(queries(), 12));
    let mut runner =
        TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases, |(rows, queries)| {
        runtime.block_on(async {
            fill(&db, &rows).await;
            for query in queries {
                compare_pages(&db, &columns, &rows, query).await?;
            }
            Ok(())
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Follows the pages to the end; each side goes on with the cursor of the other.
async fn compare_pages(
    db: &DatabaseConnection,
    columns: &Columns<sample::Entity>,
    rows: &[sample::Model],
    query: Query,
) -> Result<(), TestCaseError> {
    let (mut in_memory, mut in_sql) = (query.clone(), query);
    for _ in 0..=rows.len() {
        let memory: Page<_> = in_memory.apply(rows.to_vec()).unwrap();
        let stored = sql::fetch(&in_sql, sample::Entity::find(), columns, db).await;
        let stored =
            stored.map_err(|error| TestCaseError::fail(format!("{in_sql:?}: {error:?}")))?;
        prop_assert_eq!(&stored.items, &memory.items, "{:?}", in_memory);
        prop_assert_eq!(
            stored.next_cursor.is_some(),
            memory.next_cursor.is_some(),
            "{:?}",
            in_memory
        );
        let (Some(of_sql), Some(of_memory)) = (stored.next_cursor, memory.next_cursor) else {
            return Ok(());
        };
        (in_memory, in_sql) = (in_memory.after(of_sql), in_sql.after(of_memory));
    }
    Err(TestCaseError::fail(format!("the pages have no end: {in_memory:?}")))
}

async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    let schema = Schema::new(db.get_database_backend());
    let mut table = schema.create_table_from_entity(sample::Entity);
    db.execute(table.temporary()).await.unwrap();
    if db.get_database_backend() == DbBackend::Postgres {
        // A language that orders "a" before "B", to see that the answers do not depend on it.
        let sql = r#"ALTER TABLE query_sample ALTER COLUMN name TYPE varchar COLLATE "und-x-icu""#;
        db.execute_unprepared(sql).await.unwrap();
    }
    db
}

async fn fill(db: &DatabaseConnection, rows: &[sample::Model]) {
    sample::Entity::delete_many().exec(db).await.unwrap();
    let rows = rows.iter().cloned().map(IntoActiveModel::into_active_model);
    sample::Entity::insert_many(rows).exec_without_returning(db).await.unwrap();
}

const TEXTS: [&str; 12] =
    ["", "a", "A", "ab", "b", "B", "50%_!x", "Tea Pot", "é", "É", "茶", "it's \"\\\""];
const TIMES: [&str; 5] = [
    "2024-05-01T00:00:00Z",
    "2024-05-01T00:00:00.5Z",
    "2024-05-01T00:00:00.500001Z",
    "2024-05-01T00:00:01Z",
    "1999-12-31T23:59:59.123Z",
];
const DATES: [&str; 3] = ["1990-01-31", "1990-02-01", "2024-05-01"];

fn text() -> impl Strategy<Value = String> {
    prop::sample::select(&TEXTS[..]).prop_map(str::to_owned)
}

/// What `:` looks for: parts of the texts, and the signs that LIKE takes for more than themselves.
const PARTS: [&str; 8] = ["%", "_", "!", "0%_!", "tea", "POT", "É", "\\"];

fn tag() -> impl Strategy<Value = String> {
    prop::sample::select(&TEXTS[7..11]).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![-1.5, 0.0, 0.1, 1.0 / 3.0, 2.0])
}

fn time() -> impl Strategy<Value = DateTime<Utc>> {
    prop::sample::select(&TIMES[..]).prop_map(|text| text.parse().unwrap())
}

fn date() -> impl Strategy<Value = NaiveDate> {
    prop::sample::select(&DATES[..]).prop_map(|text| text.parse().unwrap())
}

fn id() -> impl Strategy<Value = Uuid> {
    (0_u128..40).prop_map(|low| Uuid::from_u128(low << 100 | low))
}

fn rows() -> impl Strategy<Value = Vec<sample::Model>> {
    use prop::option::of;
    let texts = (text(), of(text()), of(text()));
    let numbers = (-2..3_i32, of(-2..3_i64), number(), of(number()), of(any::<bool>()));
    let times = (time(), of(time()), of(date()));
    let tags = of(prop::collection::vec(tag(), 0..4));
    let row = (id(), texts, numbers, times, tags, of(id())).prop_map(
        |(id, (name, note, title), (stock, price, rating, score, active), times, tags, owner)| {
            let (created_at, seen_at, born) = times;
            let tags = tags.map(Json::from);
            let title = title.map_or_else(|| json!({ "zh": "x" }), |title| json!({ "en": title }));
            sample::Model {
                id,
                name,
                note,
                stock,
                price,
                rating,
                score,
                active,
                created_at,
                seen_at,
                born,
                tags,
                title,
                owner,
            }
        },
    );
    prop::collection::vec(row, 1..25).prop_map(|mut rows| {
        let mut seen = std::collections::HashSet::new();
        rows.retain(|row| seen.insert(row.id));
        rows
    })
}

fn literal(kind: Kind) -> BoxedStrategy<Literal> {
    match kind {
        Kind::Integer | Kind::Money => (-2..3_i64).prop_map(Literal::Int).boxed(),
        Kind::Decimal => {
            prop_oneof![number().prop_map(Literal::Float), (-2..3_i64).prop_map(Literal::Int)]
                .boxed()
        }
        Kind::Bool => any::<bool>().prop_map(Literal::Bool).boxed(),
        Kind::Time => time().prop_map(Literal::Time).boxed(),
        Kind::Date => date().prop_map(Literal::from).boxed(),
        Kind::Id => id().prop_map(Literal::from).boxed(),
        Kind::List => tag().prop_map(Literal::Text).boxed(),
        Kind::Text | Kind::Choice => text().prop_map(Literal::Text).boxed(),
    }
}

fn condition() -> impl Strategy<Value = Expr> {
    prop::sample::select(&FIELDS[..]).prop_flat_map(|(name, kind)| {
        let field = name.to_owned();
        let ops = match kind {
            Kind::Bool | Kind::Id => vec![Op::Eq, Op::Ne],
            _ => vec![Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge],
        };
        let nullable = || prop_oneof![5 => literal(kind), 1 => Just(Literal::Null)];
        let compare = {
            let field = field.clone();
            (prop::sample::select(ops), nullable()).prop_map(move |(op, value)| Expr::Compare {
                field: field.clone(),
                op,
                value,
            })
        };
        let one_of = {
            let field = field.clone();
            prop::collection::vec(nullable(), 0..4)
                .prop_map(move |values| Expr::In { field: field.clone(), values })
        };
        let has = {
            let field = field.clone();
            let part = prop::sample::select(&PARTS[..]).prop_map(Literal::from);
            prop_oneof![nullable(), part]
                .prop_map(move |value| Expr::Has { field: field.clone(), value })
        };
        let present = Just(Expr::Present { field });
        match kind {
            Kind::List => prop_oneof![3 => has, 1 => present].boxed(),
            Kind::Text => prop_oneof![3 => compare, 1 => one_of, 2 => has, 1 => present].boxed(),
            _ => prop_oneof![3 => compare, 1 => one_of, 1 => present].boxed(),
        }
    })
}

fn queries() -> impl Strategy<Value = Query> {
    let expr = condition().prop_recursive(3, 10, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            several().prop_map(Expr::And),
            several().prop_map(Expr::Or),
            inner.clone().prop_map(Expr::not),
        ]
    });
    let sortable: Vec<_> = FIELDS.iter().filter(|(_, kind)| kind.is_sortable()).collect();
    let sort = prop::sample::subsequence(sortable, 0..4).prop_shuffle().prop_flat_map(|fields| {
        let names: Vec<_> = fields.into_iter().map(|(name, _)| *name).collect();
        prop::collection::vec(any::<bool>(), names.len()).prop_map(move |descending| {
            let keys = names.iter().zip(descending);
            keys.map(|(name, descending)| match descending {
                true => Sort::descending(*name),
                false => Sort::ascending(*name),
            })
            .collect::<Vec<_>>()
        })
    });
    (prop::option::weighted(0.8, expr), sort, 1..8_u32).prop_map(|(filter, sort, limit)| {
        let mut query = Query::new().limit(limit);
        query.filter = filter;
        query.sort = sort;
        query
    })
}
