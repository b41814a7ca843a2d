//! The tables of a copy, and what hangs on them: references, indexes, numbers that are handed out.

use std::collections::BTreeMap;

use hatchery_component::{Db, Migration, Result};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use super::writer::Writer;
use super::{LEDGER, LeftOut, Tables, quoted};
use crate::db::{Snapshot, StoreDb, schema};
use crate::migrate::{self, KERNEL, Ledger};

/// Runs the steps of the source's ledger in the target, as far as they are known. Gives the components of
/// the ledger, and whether each is known.
pub(super) async fn run_steps(
    from: &Snapshot,
    to: &StoreDb,
    components: &[(String, Vec<Migration>)],
) -> Result<BTreeMap<String, bool>> {
    let ledger = Ledger::read(&from.read()).await?;
    let mut owners: BTreeMap<String, bool> =
        ledger.components().into_iter().map(|component| (component.to_owned(), false)).collect();
    migrate::make_ledger(to).await?;
    let kernel = (KERNEL.to_owned(), schema::migrations());
    for (component, steps) in [&kernel].into_iter().chain(components) {
        let Some(known) = owners.get_mut(component) else { continue };
        *known = true;
        let steps = ledger.that_ran(component, steps)?;
        migrate::run(to, component, &steps).await?;
    }
    Ok(owners)
}

/// What of the source has no place in the target, by component.
pub(super) fn left_out(
    source: &Tables,
    target: &Tables,
    owners: &BTreeMap<String, bool>,
) -> Vec<LeftOut> {
    // One that is not known is told even when it has no table.
    let unknown = owners.iter().filter(|(_, known)| !**known);
    let mut all: BTreeMap<&str, LeftOut> =
        unknown.map(|(owner, _)| (owner.as_str(), LeftOut::default())).collect();
    for (table, columns) in source {
        let Some(present) = target.get(table) else {
            all.entry(owner(table, owners)).or_default().tables.push(table.clone());
            continue;
        };
        for column in columns {
            if !present.iter().any(|it| it.name == column.name) {
                let name = format!("{table}.{}", column.name);
                all.entry(owner(table, owners)).or_default().columns.push(name);
            }
        }
    }
    let named = |(owner, left): (&str, LeftOut)| LeftOut { component: owner.to_owned(), ..left };
    all.into_iter().map(named).collect()
}

/// The component of a table: the one with the longest prefix that fits.
fn owner<'a>(table: &str, owners: &'a BTreeMap<String, bool>) -> &'a str {
    let fits = |id: &&String| table.starts_with(&format!("{}_", id.replace('-', "_")));
    owners.keys().filter(fits).max_by_key(|id| id.len()).map_or("", String::as_str)
}

/// Makes the tables of a file as they stand in another. Gives what is to be made when the rows are there:
/// indexes, views, triggers.
pub(super) async fn make_tables(from: &Snapshot, writer: &Writer) -> Result<Vec<String>> {
    const OBJECTS: &str = "SELECT type = 'table' AS first, sql FROM sqlite_master \
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid";
    let mut afterwards = Vec::new();
    for row in query(&from.read(), OBJECTS.to_owned()).await? {
        let sql: String = row.try_get("", "sql")?;
        if row.try_get("", "first")? {
            writer.execute(sql).await?;
        } else {
            afterwards.push(sql);
        }
    }
    Ok(afterwards)
}

/// Takes away rows that steps have put into the tables: those of the source come instead, or none.
pub(super) async fn empty_tables(
    writer: &Writer,
    tables: impl Iterator<Item = &String>,
) -> Result<()> {
    for table in tables.filter(|table| *table != LEDGER) {
        writer.execute(format!("DELETE FROM {}", quoted(table))).await?;
    }
    Ok(())
}

/// Takes away the references between tables of PostgreSQL, and gives what makes them again, which checks
/// them. So rows can come in any order, those that refer to themselves or in circles too.
pub(super) async fn drop_references(writer: &Writer) -> Result<Vec<String>> {
    const REFERENCES: &str = "SELECT conrelid::regclass::text AS tab, quote_ident(conname) AS name, \
         pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE contype = 'f' \
         AND connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
         ORDER BY 1, 2";
    let mut afterwards = Vec::new();
    if writer.backend() != DbBackend::Postgres {
        return Ok(afterwards);
    }
    for row in query(&writer.read(), REFERENCES.to_owned()).await? {
        let [table, name, definition] = [
            row.try_get::<String>("", "tab")?,
            row.try_get::<String>("", "name")?,
            row.try_get::<String>("", "definition")?,
        ];
        writer.execute(format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).await?;
        afterwards.push(format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"));
    }
    Ok(afterwards)
}

/// Lets the target hand out numbers from where the source has come to: an id that was ever given is not
/// given again, whether its row was copied or not. Cursors rely on it.
pub(super) async fn carry_numbers(from: &Snapshot, writer: &Writer, source: &Tables) -> Result<()> {
    let last = last_numbers(from, source).await?;
    let to = writer.read();
    if writer.backend() == DbBackend::Postgres {
        for Counter { table, column, sequence, .. } in counters(&to).await? {
            let given = last.get(&(table.clone(), column.clone())).copied().unwrap_or_default();
            let (table, column) = (quoted(&table), quoted(&column));
            let sequence = sequence.replace('\'', "''");
            writer
                .execute(format!(
                    "SELECT setval('{sequence}'::regclass, last) FROM \
                     (SELECT greatest({given}, (SELECT max({column}) FROM {table})) AS last) AS n \
                     WHERE last > 0"
                ))
                .await?;
        }
        return Ok(());
    }
    // SQLite has counted the copied rows already.
    const COUNTED: &str = "SELECT m.name AS tab FROM sqlite_master m \
         WHERE m.type = 'table' AND upper(m.sql) LIKE '%AUTOINCREMENT%'";
    for row in query(&to, COUNTED.to_owned()).await? {
        let table: String = row.try_get("", "tab")?;
        let Some(given) = last.iter().find(|((it, _), _)| *it == table).map(|(_, last)| *last)
        else {
            continue;
        };
        let text = table.replace('\'', "''");
        let highest =
            format!("SELECT coalesce(max(seq), 0) AS n FROM sqlite_sequence WHERE name = '{text}'");
        let highest = query(&to, highest).await?;
        let highest = highest.first().map(|row| row.try_get::<i64>("", "n")).transpose()?;
        let last = given.max(highest.unwrap_or_default());
        writer.execute(format!("DELETE FROM sqlite_sequence WHERE name = '{text}'")).await?;
        let insert = format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{text}', {last})");
        writer.execute(insert).await?;
    }
    Ok(())
}

/// The last number that was given, by table and column.
async fn last_numbers(from: &Snapshot, source: &Tables) -> Result<BTreeMap<(String, String), i64>> {
    let db = from.read();
    let mut last = BTreeMap::new();
    if from.backend() == DbBackend::Postgres {
        for counter in counters(&db).await? {
            if let Some(given) = counter.last {
                last.insert((counter.table, counter.column), given);
            }
        }
        return Ok(last);
    }
    const COUNTS: &str = "SELECT 1 AS n FROM sqlite_master WHERE name = 'sqlite_sequence'";
    if query(&db, COUNTS.to_owned()).await?.is_empty() {
        return Ok(last);
    }
    for row in query(&db, "SELECT name, seq FROM sqlite_sequence".to_owned()).await? {
        let (table, given): (String, i64) = (row.try_get("", "name")?, row.try_get("", "seq")?);
        let key = source.get(&table).and_then(|columns| columns.iter().find(|it| it.key == 1));
        if let Some(key) = key {
            last.insert((table, key.name.clone()), given);
        }
    }
    Ok(last)
}

/// A column of PostgreSQL that numbers its rows.
struct Counter {
    table: String,
    column: String,
    sequence: String,
    last: Option<i64>,
}

async fn counters(db: &Db) -> Result<Vec<Counter>> {
    const COUNTERS: &str = "SELECT c.relname::text AS tab, a.attname::text AS name, s.sequence, \
         pg_sequence_last_value(s.sequence::regclass) AS last \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, \
         LATERAL (SELECT pg_get_serial_sequence(format('%I.%I', current_schema(), c.relname), a.attname) \
           AS sequence) s \
         WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND s.sequence IS NOT NULL \
         AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())";
    let rows = query(db, COUNTERS.to_owned()).await?;
    let counter = |row: &sea_orm::QueryResult| {
        Ok(Counter {
            table: row.try_get("", "tab")?,
            column: row.try_get("", "name")?,
            sequence: row.try_get("", "sequence")?,
            last: row.try_get("", "last")?,
        })
    };
    rows.iter().map(counter).collect()
}

async fn query(db: &Db, sql: String) -> Result<Vec<sea_orm::QueryResult>> {
    Ok(db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?)
}
