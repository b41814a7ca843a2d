//! Whether two databases hold the same, whatever their kind.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use futures::TryStreamExt;
use hatchery_component::{Error, Result};
use sea_orm::{DbErr, QueryResult, Statement, Value};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::columns::{self, Field, Kind};
use super::{LEDGER, decimal, quoted};
use crate::db::{Snapshot, StoreDb};

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Print {
    /// How many rows.
    pub(crate) rows: u64,
    /// The sum of the SHA-256 of all rows, so that it does not matter how a database sorts.
    pub(crate) sha256: String,
}

/// The prints of all tables but the ledger of migrations. Equal for a store and its copy on another
/// database: of events their order counts and not the numbers of their places, of times the microseconds.
///
/// # Errors
/// The database; a value is not what its column says.
pub(crate) async fn fingerprint(db: &StoreDb) -> Result<BTreeMap<String, Print>> {
    let snapshot = db.snapshot().await?;
    let prints = fingerprint_of(&snapshot).await;
    snapshot.close().await?;
    prints
}

/// Like [`fingerprint`], of a moment that is already pinned.
///
/// # Errors
/// As [`fingerprint`].
pub(crate) async fn fingerprint_of(db: &Snapshot) -> Result<BTreeMap<String, Print>> {
    let mut prints = BTreeMap::new();
    for (table, columns) in columns::tables(&db.read()).await? {
        if table == LEDGER {
            continue;
        }
        let (ignored, place) = places(&table);
        let mut fields: Vec<Field> = columns
            .iter()
            .filter(|column| !ignored.contains(&column.name.as_str()))
            .map(Field::of)
            .collect();
        fields.sort_by(|left, right| left.name.cmp(&right.name));
        let print = print(db, &table, &fields, place).await.map_err(|error| {
            let message = format!("the rows of '{table}' cannot be read: {error}");
            Error::conflict("copy.rows", message).with_source(error)
        })?;
        prints.insert(table, print);
    }
    Ok(prints)
}

/// Columns that differ between databases, and what is the same instead.
fn places(table: &str) -> (&'static [&'static str], &'static str) {
    match table {
        "kernel_outbox" => {
            (&["transaction_id", "id"], "row_number() OVER (ORDER BY t.transaction_id, t.id)")
        }
        "kernel_retry" => (&["transaction_id", "outbox_id"], "0"),
        "kernel_cursor" => (
            &["transaction_id", "outbox_id"],
            "(SELECT count(*) FROM kernel_outbox AS o \
             WHERE (o.transaction_id, o.id) > (t.transaction_id, t.outbox_id))",
        ),
        _ => (&[], "0"),
    }
}

async fn print(db: &Snapshot, table: &str, fields: &[Field], place: &str) -> Result<Print, DbErr> {
    let backend = db.backend();
    let values: Vec<String> = fields
        .iter()
        .map(|field| field.select(&format!("t.{}", quoted(&field.name)), backend))
        .chain([format!("CAST({place} AS bigint)")])
        .collect();
    let sql = format!("SELECT {} FROM {} AS t", values.join(", "), quoted(table));
    let mut held = db.hold().await;
    let mut stream = held.stream(Statement::from_string(backend, sql));
    let (mut rows, mut sum) = (0, Sum::default());
    while let Some(row) = stream.try_next().await? {
        let mut hasher = Sha256::new();
        for (at, field) in fields.iter().enumerate() {
            hash(&mut hasher, field, &row, at)?;
        }
        hasher.update(row.try_get_by_index::<i64>(fields.len())?.to_be_bytes());
        sum.add(&hasher.finalize().into());
        rows += 1;
    }
    Ok(Print { rows, sha256: sum.to_string() })
}

/// A number of 256 bits, to which others are added.
#[derive(Default)]
struct Sum([u8; 32]);

impl Sum {
    fn add(&mut self, other: &[u8; 32]) {
        let mut carry = 0;
        for (byte, other) in self.0.iter_mut().zip(other).rev() {
            let sum = u16::from(*byte) + u16::from(*other) + carry;
            (carry, *byte) = (sum >> 8, (sum & 0xff) as u8);
        }
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Takes in the name of a column and its value in a row.
fn hash(hasher: &mut Sha256, field: &Field, row: &QueryResult, at: usize) -> Result<(), DbErr> {
    let value = field.read(row, at, None)?;
    let mut add = |tag: u8, bytes: &[u8]| {
        hasher.update([tag]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    add(0, field.name.as_bytes());
    match value {
        Value::Bool(Some(value)) => add(1, &i64::from(value).to_be_bytes()),
        Value::BigInt(Some(value)) => add(1, &value.to_be_bytes()),
        // SQLite does not keep the sign of zero.
        Value::Double(Some(value)) => add(2, &(value + 0.0).to_bits().to_be_bytes()),
        Value::String(Some(text)) => match field.kind {
            Kind::Json => add(5, canonical(&text)?.as_bytes()),
            Kind::Decimal => {
                let number = decimal::parse(&text).map_or(text, |number| number.to_string());
                add(9, number.as_bytes());
            }
            _ => add(3, text.as_bytes()),
        },
        Value::Bytes(Some(bytes)) => add(4, &bytes),
        Value::Uuid(Some(uuid)) => add(4, uuid.as_bytes()),
        Value::ChronoDateTimeUtc(Some(value)) => add(6, &micros(value)),
        Value::ChronoDateTime(Some(value)) => add(6, &micros(value.and_utc())),
        Value::ChronoDate(Some(value)) => add(7, &days(value)),
        Value::ChronoTime(Some(value)) => add(8, &micros(on_a_day(value))),
        _ => add(10, &[]),
    }
    Ok(())
}

fn micros(moment: DateTime<Utc>) -> [u8; 8] {
    moment.timestamp_micros().to_be_bytes()
}

fn days(date: NaiveDate) -> [u8; 8] {
    micros(date.and_time(NaiveTime::MIN).and_utc())
}

fn on_a_day(time: NaiveTime) -> DateTime<Utc> {
    NaiveDateTime::new(NaiveDate::default(), time).and_utc()
}

/// JSON in one form: keys sorted, the last of equal ones; numbers by what they are; no spaces.
fn canonical(json: &str) -> Result<String, DbErr> {
    let mut text = String::new();
    let whole = serde_json::from_str::<&RawValue>(json);
    let written = whole.and_then(|value| write(value, &mut text));
    written.map_err(|error| DbErr::Json(error.to_string()))?;
    Ok(text)
}

fn write(value: &RawValue, text: &mut String) -> Result<(), serde_json::Error> {
    let raw = value.get();
    match raw.as_bytes().first() {
        Some(b'{') => {
            text.push('{');
            for (key, value) in serde_json::from_str::<BTreeMap<String, &RawValue>>(raw)? {
                text.push_str(&serde_json::to_string(&key)?);
                text.push(':');
                write(value, text)?;
                text.push(',');
            }
            text.push('}');
        }
        Some(b'[') => {
            text.push('[');
            for value in serde_json::from_str::<Vec<&RawValue>>(raw)? {
                write(value, text)?;
                text.push(',');
            }
            text.push(']');
        }
        Some(b'"') => {
            text.push_str(&serde_json::to_string(&serde_json::from_str::<String>(raw)?)?);
        }
        _ => match decimal::parse(raw) {
            Some(number) => text.push_str(&number.to_string()),
            None => text.push_str(raw),
        },
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_that_says_the_same_has_one_form() {
        let check = |left: &str, right: &str| {
            assert_eq!(canonical(left).unwrap(), canonical(right).unwrap());
        };
        check(r#"{"a":1,"b":[1.0,"é"]}"#, r#"{ "b": [1, "é"], "a": 1e0 }"#);
        check(r#"{"a":1,"a":2}"#, r#"{"a": 2}"#);
        check("null", " null ");
        assert_ne!(canonical("[1,2]").unwrap(), canonical("[2,1]").unwrap());
        assert_ne!(canonical("\"1\"").unwrap(), canonical("1").unwrap());
        assert_ne!(canonical("9007199254740993").unwrap(), canonical("9007199254740992").unwrap());
    }

    #[test]
    fn sums_carry_and_do_not_depend_on_the_order() {
        let rows = [[0xff; 32], [1; 32], [0x80; 32]];
        let sum = |order: [usize; 3]| {
            let mut sum = Sum::default();
            order.into_iter().for_each(|at| sum.add(&rows[at]));
            sum.to_string()
        };
        assert_eq!(sum([0, 1, 2]), sum([2, 0, 1]));
        let mut sum = Sum::default();
        sum.add(&[0xff; 32]);
        let mut one = [0; 32];
        one[31] = 1;
        sum.add(&one);
        assert_eq!(sum.to_string(), "0".repeat(64));
    }
}
