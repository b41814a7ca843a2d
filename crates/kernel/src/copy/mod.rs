//! The copy of a store's database: into a file or into PostgreSQL, from either, while the store goes on.
//!
//! Between two files the tables are made as they stand in the source. Otherwise the target runs the steps
//! that stand in the source's ledger, in its own SQL; see [`crate::migrate`]. Then all rows that were there
//! at one moment are read in order and written in batches. [`copy_file`] is the short way from a file to a
//! file when nothing is left out.

mod columns;
mod decimal;
pub(crate) mod fingerprint;
mod positions;
mod schema;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use futures::TryStreamExt;
use hatchery_component::{Error, Migration, Result};
use sea_orm::{DbBackend, DbErr, Statement, Value};

use crate::db::{Snapshot, StoreDb, size};
use columns::{Column, Field};
pub(crate) use fingerprint::{fingerprint, fingerprint_of};
use writer::Writer;

/// The ledger of migrations, which a database of another kind has for itself.
const LEDGER: &str = "kernel_migration";

/// What becomes of the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// They are copied.
    Rows,
    /// They are not; the table is there and empty.
    Empty,
}

/// How far a copy has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress<'a> {
    /// The table that is being copied.
    pub(crate) table: &'a str,
    /// How many tables are done.
    pub(crate) tables_done: usize,
    /// How many tables there are.
    pub(crate) tables: usize,
    /// How many rows are done, of all tables.
    pub(crate) rows: u64,
}

/// What was copied.
#[derive(Debug, Default)]
pub(crate) struct Copied {
    /// How many tables, empty ones included.
    pub(crate) tables: usize,
    /// How many rows.
    pub(crate) rows: u64,
    /// What is not in the copy because nobody knows how to make it there.
    pub(crate) left_out: Vec<LeftOut>,
}

/// What a copy lacks of a component: it is not known here, or in an older version than ran in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// The component; empty for tables that belong to none.
    pub(crate) component: String,
    /// Whole tables.
    pub(crate) tables: Vec<String>,
    /// Single columns, as `table.column`.
    pub(crate) columns: Vec<String>,
}

/// Copies a database into a new and empty one. `components` are all whose steps are known here; of those
/// only what ran in the source is run in the target. `choose` is asked for every table. When it fails, the
/// target is of no use and must go.
///
/// # Errors
/// The target is not empty; a step was changed after it ran; a value cannot be kept by the other database;
/// the databases.
#[cfg(test)]
pub(crate) async fn copy_database(
    from: &StoreDb,
    to: &StoreDb,
    components: &[(String, Vec<Migration>)],
    choose: &(dyn Fn(&str) -> Choice + Sync),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Copied> {
    let snapshot = from.snapshot().await?;
    let copied = copy_snapshot(&snapshot, to, components, choose, progress).await;
    snapshot.close().await?;
    copied
}

/// Like [`copy_database`], of a moment that is already pinned.
///
/// # Errors
/// As [`copy_database`].
pub(crate) async fn copy_snapshot(
    from: &Snapshot,
    to: &StoreDb,
    components: &[(String, Vec<Migration>)],
    choose: &(dyn Fn(&str) -> Choice + Sync),
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Copied> {
    if !size::tables(&to.read()).await?.is_empty() {
        let message = "a database can only be copied into an empty one";
        return Err(Error::conflict("copy.not_empty", message));
    }
    let source = columns::tables(&from.read()).await?;
    let as_it_stands = (from.backend(), to.backend()) == (DbBackend::Sqlite, DbBackend::Sqlite);
    let (target, left_out) = if as_it_stands {
        (source.clone(), Vec::new())
    } else {
        let owners = schema::run_steps(from, to, components).await?;
        let target = columns::tables(&to.read()).await?;
        let left_out = schema::left_out(&source, &target, &owners);
        (target, left_out)
    };
    let writer = Writer::open(to).await?;
    let work = Work { from, writer: &writer, choose, progress };
    let copied = work.run(&source, &target, as_it_stands).await;
    let (tables, rows) = writer.end(copied).await?;
    Ok(Copied { tables, rows, left_out })
}

/// Writes a whole SQLite database to a new file, which is on the disk when this returns. The fastest copy,
/// and nobody waits for it.
///
/// # Errors
/// The database is not SQLite; there is a file already; the disk.
pub(crate) async fn copy_file(from: &StoreDb, to: &Path) -> Result<()> {
    from.copy_file(to).await?;
    let path = to.to_owned();
    let synced = tokio::task::spawn_blocking(move || sync(&path)).await;
    synced.map_err(Error::internal)?.map_err(|error| {
        let message = format!("{} cannot be made durable: {error}", to.display());
        Error::conflict("copy.not_durable", message).with_source(error)
    })
}

/// Makes a new file durable, and its name in its folder.
fn sync(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

type Tables = BTreeMap<String, Vec<Column>>;

/// A copy that is being made.
struct Work<'a> {
    from: &'a Snapshot,
    writer: &'a Writer,
    choose: &'a (dyn Fn(&str) -> Choice + Sync),
    progress: &'a (dyn Fn(Progress<'_>) + Sync),
}

impl Work<'_> {
    /// Fills the target, and gives the number of tables and rows.
    async fn run(
        &self,
        source: &Tables,
        target: &Tables,
        as_it_stands: bool,
    ) -> Result<(usize, u64)> {
        let afterwards = if as_it_stands {
            schema::make_tables(self.from, self.writer).await?
        } else {
            let references = schema::drop_references(self.writer).await?;
            schema::empty_tables(self.writer, target.keys()).await?;
            references
        };
        let both: Vec<_> = source
            .iter()
            .filter(|(table, _)| as_it_stands || *table != LEDGER)
            .filter_map(|(table, columns)| Some((table, columns, target.get(table)?)))
            .collect();
        let (mut rows, tables) = (0, both.len());
        for (tables_done, (table, from, to)) in both.into_iter().enumerate() {
            let told = |rows| (self.progress)(Progress { table, tables_done, tables, rows });
            told(rows);
            if table == LEDGER || (self.choose)(table) == Choice::Rows {
                let before = rows;
                rows += self.rows(table, from, to, &|copied| told(before + copied)).await?;
            }
        }
        schema::carry_numbers(self.from, self.writer, source).await?;
        for statement in afterwards {
            self.writer.execute(statement).await?;
        }
        Ok((tables, rows))
    }

    /// Copies the rows of a table, and gives how many there were.
    async fn rows(
        &self,
        table: &str,
        source: &[Column],
        target: &[Column],
        told: &(dyn Fn(u64) + Sync),
    ) -> Result<u64> {
        let (from, to) = (self.from.backend(), self.writer.backend());
        let fields: Vec<Field> = source
            .iter()
            .filter_map(|column| {
                let into = target.iter().find(|into| into.name == column.name)?;
                Some(Field::between((from, column), (to, into)))
            })
            .collect();
        let failed = |error: DbErr| {
            let message = format!("the rows of '{table}' cannot be copied: {error}");
            Error::conflict("copy.rows", message).with_source(error)
        };
        let mut held = self.from.hold().await;
        let mut rows =
            held.stream(Statement::from_string(from, select(table, source, &fields, from)));
        let (mut batch, mut copied) = (Batch::new(fields.len()), 0);
        loop {
            let row = rows.try_next().await.map_err(failed)?;
            if let Some(row) = &row {
                for (at, field) in fields.iter().enumerate() {
                    batch.add(field.read(row, at, Some(to)).map_err(failed)?);
                }
                batch.rows += 1;
            }
            if batch.is_full() || row.is_none() && batch.rows > 0 {
                let sql = insert(table, &fields, batch.rows, to);
                copied += batch.rows as u64;
                let statement = Statement::from_sql_and_values(to, sql, batch.take());
                self.writer.write(statement).await.map_err(failed)?;
                told(copied);
            }
            if row.is_none() {
                return Ok(copied);
            }
        }
    }
}

/// Reads a table in the order of its primary key.
fn select(table: &str, columns: &[Column], fields: &[Field], from: DbBackend) -> String {
    let special = positions::reading(table, from);
    let value = |name: &str| {
        let special = special.iter().flat_map(|special| special.columns);
        let special = special.into_iter().find(|(column, _)| *column == name);
        special.map_or_else(|| format!("t.{}", quoted(name)), |(_, value)| value.to_owned())
    };
    let values: Vec<String> =
        fields.iter().map(|field| field.select(&value(&field.name), from)).collect();
    let mut keys: Vec<&Column> = columns.iter().filter(|column| column.key > 0).collect();
    keys.sort_by_key(|column| column.key);
    let keys: Vec<String> = keys.iter().map(|key| format!("t.{}", quoted(&key.name))).collect();
    let order = special.as_ref().and_then(|special| special.order);
    let order = order.map_or_else(|| keys.join(", "), str::to_owned);
    let order = if order.is_empty() { order } else { format!(" ORDER BY {order}") };
    let (with, from) = match &special {
        Some(special) => (special.with, special.from.to_owned()),
        None => ("", format!("{} AS t", quoted(table))),
    };
    format!("{with}SELECT {} FROM {from}{order}", values.join(", "))
}

/// Writes several rows. The ids are those of the source, whatever the target would give.
fn insert(table: &str, fields: &[Field], rows: usize, to: DbBackend) -> String {
    let names: Vec<String> = fields.iter().map(|field| quoted(&field.name)).collect();
    let mut number = 0;
    let mut row = || {
        let parameters: Vec<String> = fields
            .iter()
            .map(|field| {
                number += 1;
                field.parameter(number, to)
            })
            .collect();
        format!("({})", parameters.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(|_| row()).collect();
    let overriding = match to {
        DbBackend::Postgres => "OVERRIDING SYSTEM VALUE ",
        _ => "",
    };
    let (table, names, rows) = (quoted(table), names.join(", "), rows.join(", "));
    format!("INSERT INTO {table} ({names}) {overriding}VALUES {rows}")
}

/// Rows that are written at once.
struct Batch {
    values: Vec<Value>,
    rows: usize,
    bytes: usize,
    most_rows: usize,
}

impl Batch {
    /// Parameters of one statement. SQLite takes 32,766, PostgreSQL 65,535; but statements are kept.
    const VALUES: usize = 4_000;
    const ROWS: usize = 250;
    const BYTES: usize = 1 << 20;

    fn new(columns: usize) -> Self {
        let most_rows = (Self::VALUES / columns.max(1)).clamp(1, Self::ROWS);
        Self { values: Vec::new(), rows: 0, bytes: 0, most_rows }
    }

    fn add(&mut self, value: Value) {
        self.bytes += match &value {
            Value::String(Some(text)) => text.len(),
            Value::Bytes(Some(bytes)) => bytes.len(),
            _ => 0,
        };
        self.values.push(value);
    }

    fn is_full(&self) -> bool {
        self.rows >= self.most_rows || self.bytes >= Self::BYTES
    }

    fn take(&mut self) -> Vec<Value> {
        (self.rows, self.bytes) = (0, 0);
        std::mem::take(&mut self.values)
    }
}

/// A name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
