//! What the columns of a database hold, and their values on the way from one database to another.
//!
//! PostgreSQL knows the type of a column. SQLite keeps the words of the declaration, which sea-query
//! writes so that they tell more than SQLite needs: `uuid_text`, `jsonb_text`, `timestamp_with_timezone_text`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use hatchery_component::{Db, Result};
use sea_orm::sqlx::{Row, TypeInfo, ValueRef};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, TryGetable, Value};
use uuid::Uuid;

use super::decimal;

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Integer,
    Float,
    /// Read and written as text.
    Decimal,
    Text,
    Bytes,
    Uuid,
    /// Read and written as text, so that no digit is lost.
    Json,
    /// With time zone; always UTC here.
    Moment,
    /// Without time zone.
    DateTime,
    Date,
    Time,
    /// A type of PostgreSQL that is none of these, in its text form.
    Other,
    /// SQLite: whatever each value is.
    Any,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The type in the words of its database.
    pub(super) declared: String,
    /// Place in the primary key, from 1; 0 when it is not in it.
    pub(super) key: i64,
}

/// The columns of all tables, in the order of their declaration, without computed ones.
pub(super) async fn tables(db: &Db) -> Result<BTreeMap<String, Vec<Column>>> {
    const POSTGRES: &str = "SELECT c.relname::text AS tab, a.attname::text AS name, \
         format_type(a.atttypid, a.atttypmod) AS declared, t.typname::text AS kind, \
         coalesce(array_position(string_to_array(i.indkey::text, ' '), a.attnum::text), 0)::bigint \
           AS key \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
         WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
         AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
         ORDER BY c.relname, a.attnum";
    const SQLITE: &str = "SELECT m.name AS tab, c.name AS name, c.type AS declared, \
         lower(c.type) AS kind, c.pk AS key \
         FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY m.name, c.cid";
    let backend = db.get_database_backend();
    let postgres = backend == DbBackend::Postgres;
    let sql = if postgres { POSTGRES } else { SQLITE };
    let mut tables: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in db.query_all_raw(Statement::from_string(backend, sql)).await? {
        let kind: String = row.try_get("", "kind")?;
        let column = Column {
            name: row.try_get("", "name")?,
            kind: if postgres { of_postgres(&kind) } else { of_sqlite(&kind) },
            declared: row.try_get("", "declared")?,
            key: row.try_get("", "key")?,
        };
        tables.entry(row.try_get("", "tab")?).or_default().push(column);
    }
    Ok(tables)
}

/// What a type name of PostgreSQL stands for.
fn of_postgres(name: &str) -> Kind {
    match name {
        "bool" => Kind::Bool,
        "int2" | "int4" | "int8" => Kind::Integer,
        "float4" | "float8" => Kind::Float,
        "numeric" => Kind::Decimal,
        "text" | "varchar" | "bpchar" | "citext" => Kind::Text,
        "bytea" => Kind::Bytes,
        "uuid" => Kind::Uuid,
        "json" | "jsonb" => Kind::Json,
        "timestamptz" => Kind::Moment,
        "timestamp" => Kind::DateTime,
        "date" => Kind::Date,
        "time" => Kind::Time,
        _ => Kind::Other,
    }
}

/// What a declared type of SQLite, in lower case, stands for.
fn of_sqlite(declared: &str) -> Kind {
    let starts = |words: &[&str]| words.iter().any(|word| declared.starts_with(word));
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if starts(&["bool"]) {
        Kind::Bool
    } else if starts(&["uuid"]) {
        Kind::Uuid
    } else if starts(&["json"]) {
        Kind::Json
    } else if starts(&["timestamp_with_timezone"]) {
        Kind::Moment
    } else if starts(&["timestamp_text", "datetime_text"]) {
        Kind::DateTime
    } else if starts(&["date_text"]) {
        Kind::Date
    } else if starts(&["time_text"]) {
        Kind::Time
    } else if starts(&["real(", "real_", "decimal", "numeric"]) {
        Kind::Decimal
    } else if has(&["int"]) {
        Kind::Integer
    } else if has(&["char", "clob", "text"]) {
        Kind::Text
    } else if has(&["blob"]) {
        Kind::Bytes
    } else if has(&["real", "floa", "doub"]) {
        Kind::Float
    } else {
        Kind::Any
    }
}

/// A column that is read in one database and may be written in another.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    /// How it is read.
    pub(super) kind: Kind,
    /// What it is declared as where it is written.
    pub(super) into: Column,
}

impl Field {
    /// The field of a column that is only read.
    pub(super) fn of(column: &Column) -> Self {
        Self { name: column.name.clone(), kind: column.kind, into: column.clone() }
    }

    /// How a column comes to another database. PostgreSQL, where it takes part, says what the values are;
    /// between two files every value stays what it is.
    pub(super) fn between(
        (from, source): (DbBackend, &Column),
        (to, target): (DbBackend, &Column),
    ) -> Self {
        let kind = match (from, to) {
            (_, DbBackend::Postgres) => target.kind,
            (DbBackend::Postgres, _) => source.kind,
            _ => Kind::Any,
        };
        Self { name: source.name.clone(), kind, into: target.clone() }
    }

    /// What stands for it in the list of a `SELECT`, given where its value stands.
    pub(super) fn select(&self, value: &str, from: DbBackend) -> String {
        let cast = match (from, self.kind) {
            (DbBackend::Postgres, Kind::Integer) => "bigint",
            (DbBackend::Postgres, Kind::Float) => "double precision",
            (DbBackend::Postgres, Kind::Json) | (_, Kind::Decimal | Kind::Other) => "text",
            _ => return value.to_owned(),
        };
        format!("CAST({value} AS {cast})")
    }

    /// What stands for its value in `VALUES`, as parameter `number`.
    pub(super) fn parameter(&self, number: usize, to: DbBackend) -> String {
        match (to, self.kind) {
            (
                DbBackend::Postgres,
                Kind::Integer | Kind::Float | Kind::Json | Kind::Decimal | Kind::Other,
            ) => format!("CAST(${number} AS {})", self.into.declared),
            (DbBackend::Postgres, _) => format!("${number}"),
            _ => "?".to_owned(),
        }
    }

    /// Its value in a row; for a database, as that keeps it.
    pub(super) fn read(
        &self,
        row: &QueryResult,
        at: usize,
        to: Option<DbBackend>,
    ) -> Result<Value, DbErr> {
        self.value(row, at, to)
            .map_err(|error| DbErr::Custom(format!("column '{}': {error}", self.name)))
    }

    fn value(&self, row: &QueryResult, at: usize, to: Option<DbBackend>) -> Result<Value, DbErr> {
        let (postgres, sqlite) = (to == Some(DbBackend::Postgres), to == Some(DbBackend::Sqlite));
        Ok(match self.kind {
            Kind::Bool => get::<bool>(row, at)?.into(),
            Kind::Integer => get::<i64>(row, at)?.into(),
            Kind::Float => {
                let number = get::<f64>(row, at)?;
                if sqlite && number.is_some_and(f64::is_nan) {
                    return Err(refused("SQLite cannot keep a number that is none (NaN)"));
                }
                number.into()
            }
            Kind::Decimal => {
                let text = get::<String>(row, at)?;
                if sqlite && self.into.kind == Kind::Decimal {
                    text.as_deref().map_or(Ok(()), fits_a_float)?;
                }
                text.into()
            }
            Kind::Text => {
                let text = get::<String>(row, at)?;
                if postgres && text.as_ref().is_some_and(|text| text.contains('\0')) {
                    return Err(refused("PostgreSQL cannot keep the NUL character in a text"));
                }
                text.into()
            }
            Kind::Other => get::<String>(row, at)?.into(),
            Kind::Bytes => get::<Vec<u8>>(row, at)?.into(),
            Kind::Uuid => get::<Uuid>(row, at)?.into(),
            // What an entity writes to a file has no spaces.
            Kind::Json if sqlite => get::<String>(row, at)?.map(|text| compact(&text)).into(),
            Kind::Json => get::<String>(row, at)?.into(),
            // PostgreSQL keeps microseconds; cut here, they are cut the same way everywhere.
            Kind::Moment if postgres => get::<DateTime<Utc>>(row, at)?
                .and_then(|it| DateTime::from_timestamp_micros(it.timestamp_micros()))
                .into(),
            Kind::Moment => get::<DateTime<Utc>>(row, at)?.into(),
            Kind::DateTime if postgres => get::<NaiveDateTime>(row, at)?
                .and_then(|it| DateTime::from_timestamp_micros(it.and_utc().timestamp_micros()))
                .map(|it| it.naive_utc())
                .into(),
            Kind::DateTime => get::<NaiveDateTime>(row, at)?.into(),
            Kind::Date => get::<NaiveDate>(row, at)?.into(),
            Kind::Time => get::<NaiveTime>(row, at)?.into(),
            Kind::Any => stored(row, at)?,
        })
    }
}

fn get<T: TryGetable>(row: &QueryResult, at: usize) -> Result<Option<T>, DbErr> {
    row.try_get_by_index(at)
}

/// A value of SQLite as what it is stored.
fn stored(row: &QueryResult, at: usize) -> Result<Value, DbErr> {
    let Some(sqlite) = row.try_as_sqlite_row() else {
        return Err(refused("its type is not known"));
    };
    let kind = sqlite.try_get_raw(at).map_err(|error| refused(&error.to_string()))?;
    Ok(match (kind.is_null(), kind.type_info().name()) {
        (true, _) => Value::String(None),
        (_, "INTEGER") => get::<i64>(row, at)?.into(),
        (_, "REAL") => get::<f64>(row, at)?.into(),
        (_, "BLOB") => get::<Vec<u8>>(row, at)?.into(),
        _ => get::<String>(row, at)?.into(),
    })
}

/// SQLite keeps decimals as floats, which hold any 15 digits and no more.
fn fits_a_float(text: &str) -> Result<(), DbErr> {
    match decimal::parse(text) {
        Some(number) if number.digits.len() <= 15 => Ok(()),
        Some(_) => Err(refused("SQLite cannot keep a decimal of more than 15 digits")),
        None => Err(refused("SQLite cannot keep a decimal that is no number")),
    }
}

fn refused(why: &str) -> DbErr {
    DbErr::Custom(why.to_owned())
}

/// JSON without the spaces between its parts.
fn compact(json: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let keep = |char: &char| {
        if quoted {
            quoted = escaped || *char != '"';
            escaped = !escaped && *char == '\\';
            return true;
        }
        quoted = *char == '"';
        !char.is_ascii_whitespace()
    };
    json.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_json_says_the_same() {
        let json = r#"{"a b": [1, 2.50, "x, \" y\\", "\\"], "c": { } , "d": "é \u0041"}"#;
        let small = compact(json);
        assert_eq!(small, r#"{"a b":[1,2.50,"x, \" y\\","\\"],"c":{},"d":"é \u0041"}"#);
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(parse(json), parse(&small));
    }

    #[test]
    fn declared_types_tell_what_is_in_them() {
        let check =
            |declared: &str, kind: Kind| assert_eq!(of_sqlite(declared), kind, "{declared}");
        check("boolean", Kind::Bool);
        check("integer", Kind::Integer);
        check("bigint", Kind::Integer);
        check("double", Kind::Float);
        check("real", Kind::Float);
        check("real(20, 4)", Kind::Decimal);
        check("real_decimal", Kind::Decimal);
        check("text", Kind::Text);
        check("varchar(20)", Kind::Text);
        check("blob", Kind::Bytes);
        check("varbinary_blob", Kind::Bytes);
        check("uuid_text", Kind::Uuid);
        check("json_text", Kind::Json);
        check("jsonb_text", Kind::Json);
        check("timestamp_with_timezone_text", Kind::Moment);
        check("timestamp_text", Kind::DateTime);
        check("datetime_text", Kind::DateTime);
        check("date_text", Kind::Date);
        check("time_text", Kind::Time);
        check("", Kind::Any);
    }
}
