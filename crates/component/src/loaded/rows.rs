//! Rows as sea-orm reads them.
//!
//! sea-orm's rows without a driver hand out a value only as exactly the type it is, and give *null* for any
//! other. So each value gets its type here, from the first that knows it: the entity whose column it is
//! taken from (entities register themselves with sea-orm's `entity-registry`), the database, the value.
//! A value that does not fit its column is an error, never null.
//!
//! # Computed columns on SQLite
//! Neither knows the type of `SUM(..)` or `a > b` there. A whole number comes as `i64`, never `bool` or
//! `i32`; text that is a full RFC 3339 time as `DateTimeUtc`; 16 bytes as `Uuid`. PostgreSQL types them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityRegistry, ExecResult, ProxyExecResult, ProxyRow,
    QueryResult, Schema, Statement, Value,
};
use uuid::Uuid;

use crate::wire::{Cell, Column, ColumnKind, Rows};

/// Gives every value its type.
pub(super) fn results(rows: Rows) -> Result<Vec<QueryResult>, DbErr> {
    let plan = Plan::new(&rows.columns, entities());
    rows.rows.into_iter().map(|row| plan.row(row).map(QueryResult::from)).collect()
}

struct Plan<'a> {
    columns: &'a [Column],
    kinds: Vec<ColumnKind>,
    /// Whether values must also be found by position.
    is_positional: bool,
}

impl<'a> Plan<'a> {
    fn new(columns: &'a [Column], entities: &Entities) -> Self {
        let kind = |column: &Column| {
            let origin = column.origin.as_ref();
            let known = origin.and_then(|(table, name)| entities.get(table)?.get(name));
            known.copied().unwrap_or(column.kind)
        };
        // Rows are sorted by name, so positions are right when the names are; models are read by name.
        let is_sorted = columns.is_sorted_by(|one, next| one.name < next.name);
        let is_model =
            columns.first().and_then(|column| column.origin.as_ref()).is_some_and(|(table, _)| {
                entities.get(table).is_some_and(|known| known.len() == columns.len())
            });
        let is_positional = !is_sorted && !is_model;
        Self { columns, kinds: columns.iter().map(kind).collect(), is_positional }
    }

    fn row(&self, cells: Vec<Cell>) -> Result<ProxyRow, DbErr> {
        let mut values = BTreeMap::new();
        let places = self.columns.iter().zip(&self.kinds).zip(cells).enumerate();
        for (position, ((column, kind), cell)) in places {
            let value = typed(*kind, cell)
                .map_err(|problem| DbErr::Type(format!("column '{}' {problem}", column.name)))?;
            if self.is_positional {
                // Sorts before every name, in the order of the query.
                values.insert(format!("\0{position:04}"), value.clone());
            }
            values.insert(column.name.clone(), value);
        }
        Ok(ProxyRow::new(values))
    }
}

fn typed(kind: ColumnKind, cell: Cell) -> Result<Value, String> {
    let kind = if kind == ColumnKind::Dynamic { kind_of(&cell) } else { kind };
    let misfit = |cell: &Cell| format!("holds {cell:?}, which is no {kind:?}");
    let number = |cell: Cell| match cell {
        Cell::Int(number) => Ok(number),
        other => Err(misfit(&other)),
    };
    let text = |cell: Cell| match cell {
        Cell::Text(text) => Ok(text),
        other => Err(misfit(&other)),
    };
    fn fit<T>(parsed: Option<T>, text: &str, kind: ColumnKind) -> Result<T, String> {
        parsed.ok_or_else(|| format!("holds '{text}', which is no {kind:?}"))
    }
    if cell == Cell::Null {
        return Ok(Value::String(None));
    }
    Ok(match kind {
        ColumnKind::Dynamic => return Err(misfit(&cell)),
        ColumnKind::Bool => match cell {
            Cell::Bool(value) => value.into(),
            Cell::Int(number @ (0 | 1)) => (number == 1).into(),
            other => return Err(misfit(&other)),
        },
        ColumnKind::SmallInt => {
            i16::try_from(number(cell)?).map_err(|error| error.to_string())?.into()
        }
        ColumnKind::Int => i32::try_from(number(cell)?).map_err(|error| error.to_string())?.into(),
        ColumnKind::BigInt => number(cell)?.into(),
        ColumnKind::Float | ColumnKind::Double => {
            let number = match cell {
                Cell::Float(number) => number,
                Cell::Int(number) => number as f64,
                other => return Err(misfit(&other)),
            };
            if kind == ColumnKind::Float { (number as f32).into() } else { number.into() }
        }
        ColumnKind::Text => text(cell)?.into(),
        ColumnKind::Bytes => match cell {
            Cell::Bytes(bytes) => bytes.into(),
            other => return Err(misfit(&other)),
        },
        ColumnKind::Json => {
            let text = text(cell)?;
            fit(serde_json::from_str::<serde_json::Value>(&text).ok(), &text, kind)?.into()
        }
        ColumnKind::Date => {
            let text = text(cell)?;
            fit(NaiveDate::parse_from_str(&text, "%F").ok(), &text, kind)?.into()
        }
        ColumnKind::Time => {
            let text = text(cell)?;
            fit(NaiveTime::parse_from_str(&text, "%T%.f").ok(), &text, kind)?.into()
        }
        ColumnKind::DateTime => {
            let text = text(cell)?;
            fit(local_time(&text), &text, kind)?.into()
        }
        ColumnKind::DateTimeUtc => {
            let text = text(cell)?;
            let time = zoned_time(&text).or_else(|| Some(local_time(&text)?.and_utc()));
            fit(time, &text, kind)?.into()
        }
        ColumnKind::Uuid => match cell {
            Cell::Bytes(bytes) => {
                Uuid::from_slice(&bytes).map_err(|error| format!("holds no UUID: {error}"))?.into()
            }
            Cell::Text(text) => fit(Uuid::parse_str(&text).ok(), &text, kind)?.into(),
            other => return Err(misfit(&other)),
        },
    })
}

/// What a value of a column without a type most likely is.
fn kind_of(cell: &Cell) -> ColumnKind {
    match cell {
        Cell::Null => ColumnKind::Text,
        Cell::Bool(_) => ColumnKind::Bool,
        Cell::Int(_) => ColumnKind::BigInt,
        Cell::Float(_) => ColumnKind::Double,
        Cell::Text(text) if zoned_time(text).is_some() => ColumnKind::DateTimeUtc,
        Cell::Text(_) => ColumnKind::Text,
        Cell::Bytes(bytes) if bytes.len() == 16 => ColumnKind::Uuid,
        Cell::Bytes(_) => ColumnKind::Bytes,
    }
}

fn zoned_time(text: &str) -> Option<DateTime<Utc>> {
    // The shortest is 2024-05-01T12:00:00Z; most texts are no time, and this is cheap.
    if text.len() < 20 || text.as_bytes()[4] != b'-' {
        return None;
    }
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

fn local_time(text: &str) -> Option<NaiveDateTime> {
    ["%F %T%.f", "%FT%T%.f"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

/// Types of columns by table and name.
type Entities = HashMap<String, HashMap<String, ColumnKind>>;

/// The columns of all entities of this library, as `CREATE TABLE` for PostgreSQL has them: sea-orm shows
/// registered entities in no other way, and only PostgreSQL has a type for each of ours.
fn entities() -> &'static Entities {
    static ENTITIES: OnceLock<Entities> = OnceLock::new();
    ENTITIES.get_or_init(|| {
        let crates: BTreeSet<&str> = inventory::iter::<EntityRegistry>()
            .filter_map(|entity| entity.module_path.split("::").next())
            .collect();
        let mut entities = Entities::new();
        for name in crates {
            let schema = EntityRegistry::build_schema(Schema::new(DbBackend::Postgres), name);
            let recorder = Recorder::default();
            // The recorder never waits and never fails.
            let _ = hatchery_abi::now(schema.apply(&recorder));
            let statements = recorder.statements.into_inner();
            let statements = statements.unwrap_or_else(std::sync::PoisonError::into_inner);
            entities.extend(statements.iter().filter_map(|sql| table(sql)));
        }
        entities
    })
}

/// A connection that only writes down what it is told.
#[derive(Default)]
struct Recorder {
    statements: std::sync::Mutex<Vec<String>>,
}

#[async_trait]
impl ConnectionTrait for Recorder {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.execute_unprepared(&statement.sql).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut statements =
            self.statements.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        statements.push(sql.to_owned());
        Ok(ProxyExecResult::default().into())
    }

    async fn query_one_raw(&self, _: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(None)
    }

    async fn query_all_raw(&self, _: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(Vec::new())
    }
}

/// Name and columns of a `CREATE TABLE` that sea-query wrote.
fn table(sql: &str) -> Option<(String, HashMap<String, ColumnKind>)> {
    let rest = sql.strip_prefix("CREATE TABLE ")?;
    let (head, body) = rest.split_once(" ( ")?;
    let name = head.rsplit('"').nth(1)?.to_owned();
    let column = |part: &str| {
        let (name, rest) = part.trim().strip_prefix('"')?.split_once("\" ")?;
        Some((name.to_owned(), column_kind(rest)?))
    };
    Some((name, parts(body).into_iter().filter_map(column).collect()))
}

/// Splits at commas outside of parentheses and quotes.
fn parts(body: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_i32, None);
    for (index, letter) in body.char_indices() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(&body[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&body[start..]);
    parts
}

fn column_kind(sql_type: &str) -> Option<ColumnKind> {
    const KINDS: [(&str, ColumnKind); 18] = [
        ("uuid", ColumnKind::Uuid),
        ("bigint", ColumnKind::BigInt),
        ("bigserial", ColumnKind::BigInt),
        ("integer", ColumnKind::Int),
        ("serial", ColumnKind::Int),
        ("smallint", ColumnKind::SmallInt),
        ("bool", ColumnKind::Bool),
        ("real", ColumnKind::Float),
        ("double precision", ColumnKind::Double),
        ("timestamp with time zone", ColumnKind::DateTimeUtc),
        ("timestamp", ColumnKind::DateTime),
        ("date", ColumnKind::Date),
        ("time", ColumnKind::Time),
        ("json", ColumnKind::Json),
        ("bytea", ColumnKind::Bytes),
        ("varchar", ColumnKind::Text),
        ("text", ColumnKind::Text),
        ("char", ColumnKind::Text),
    ];
    let found = KINDS.iter().find(|(name, _)| sql_type.starts_with(name));
    found.map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use sea_orm::FromQueryResult;
    use sea_orm::entity::prelude::*;

    use super::*;

    mod cup {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "tea_cup")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            #[sea_orm(unique)]
            pub number: i64,
            pub size: i32,
            pub rank: i16,
            pub price: f64,
            pub hot: bool,
            pub name: String,
            pub note: Option<String>,
            pub made_at: DateTimeUtc,
            pub day: Date,
            pub tags: Json,
            pub picture: Vec<u8>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    fn column(name: &str, origin: Option<&str>) -> Column {
        let origin = origin.map(|column| ("tea_cup".to_owned(), column.to_owned()));
        Column { name: name.to_owned(), kind: ColumnKind::Dynamic, origin }
    }

    fn cells() -> Vec<(&'static str, Cell)> {
        vec![
            ("id", Cell::Bytes(vec![7; 16])),
            ("number", Cell::Int(1 << 40)),
            ("size", Cell::Int(3)),
            ("rank", Cell::Int(-1)),
            ("price", Cell::Float(2.5)),
            ("hot", Cell::Int(1)),
            ("name", Cell::Text("2024-05-01T12:00:00+00:00".into())),
            ("note", Cell::Null),
            ("made_at", Cell::Text("2024-05-01T12:00:00.25+00:00".into())),
            ("day", Cell::Text("2024-05-01".into())),
            ("tags", Cell::Text("[\"a\"]".into())),
            ("picture", Cell::Bytes(vec![1; 16])),
        ]
    }

    fn model() -> cup::Model {
        cup::Model {
            id: Uuid::from_bytes([7; 16]),
            number: 1 << 40,
            size: 3,
            rank: -1,
            price: 2.5,
            hot: true,
            name: "2024-05-01T12:00:00+00:00".into(),
            note: None,
            made_at: "2024-05-01T12:00:00.25Z".parse().unwrap(),
            day: "2024-05-01".parse().unwrap(),
            tags: serde_json::json!(["a"]),
            picture: vec![1; 16],
        }
    }

    #[test]
    fn an_entity_gives_sqlite_values_their_types() {
        let (names, row): (Vec<_>, Vec<_>) = cells().into_iter().unzip();
        let columns = names.iter().map(|name| column(name, Some(name))).collect();
        let found = results(Rows { columns, rows: vec![row] }).unwrap();
        assert_eq!(cup::Model::from_query_result(&found[0], "").unwrap(), model());
    }

    #[test]
    fn an_alias_keeps_the_type_and_a_position_the_place() {
        let (names, row): (Vec<_>, Vec<_>) = cells().into_iter().unzip();
        let columns = names.iter().map(|name| column(&format!("A_{name}"), Some(name))).collect();
        let found = results(Rows { columns, rows: vec![row] }).unwrap();
        assert_eq!(cup::Model::from_query_result(&found[0], "A_").unwrap(), model());

        let columns =
            vec![column("size", Some("size")), column("hot", Some("hot")), column("n", None)];
        let row = vec![Cell::Int(3), Cell::Int(0), Cell::Int(9)];
        let found = results(Rows { columns, rows: vec![row] }).unwrap();
        let tuple: (i32, bool, i64) = found[0].try_get_many_by_index().unwrap();
        assert_eq!(tuple, (3, false, 9));
    }

    #[test]
    fn computed_values_say_what_they_are() {
        let columns = ["sum", "last", "parent", "text"].map(|name| column(name, None)).to_vec();
        let row = vec![
            Cell::Int(5),
            Cell::Text("2024-05-01T12:00:00+00:00".into()),
            Cell::Bytes(vec![7; 16]),
            Cell::Text("2024-05-01".into()),
        ];
        let found = results(Rows { columns, rows: vec![row] }).unwrap();
        assert_eq!(found[0].try_get::<i64>("", "sum").unwrap(), 5);
        let last = found[0].try_get::<Option<DateTimeUtc>>("", "last").unwrap();
        assert_eq!(last, Some("2024-05-01T12:00:00Z".parse().unwrap()));
        assert_eq!(found[0].try_get::<Uuid>("", "parent").unwrap(), Uuid::from_bytes([7; 16]));
        assert_eq!(found[0].try_get::<String>("", "text").unwrap(), "2024-05-01");
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_never_null() {
        let check = |name: &str, cell: Cell| {
            let rows = Rows { columns: vec![column(name, Some(name))], rows: vec![vec![cell]] };
            let error = results(rows).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(&format!("column '{name}'")), "{name}: {error}");
        };
        check("size", Cell::Int(1 << 40));
        check("hot", Cell::Int(2));
        check("made_at", Cell::Text("yesterday".into()));
        check("tags", Cell::Text("[".into()));
        check("id", Cell::Bytes(vec![1]));
        check("name", Cell::Int(1));
    }
}
