//! What a component leaves when it goes for good: its rows as files, then nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hatchery_component::{Db, Error, Result};
use sea_orm::sea_query::{Alias, Table};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Statement};
use uuid::Uuid;

use crate::db::entity::{cursor, field, field_value, job, migration, retry, schedule, setting};
use crate::db::size;
use crate::known::Known;
use crate::migrate::Ledger;
use crate::store::Store;

/// How long it may take to drop all tables.
const LIMIT: Duration = Duration::from_secs(60);
/// Rows that are read at once.
const PAGE: u64 = 1000;

/// The tables of a component, by its id. A table belongs to the component with the longest prefix that fits.
pub(super) async fn tables(store: &Store, known: &Known, id: &str) -> Result<Vec<String>> {
    let prefix = |id: &str| format!("{}_", id.replace('-', "_"));
    let own = prefix(id);
    // Components that are not here any more may have left tables too.
    let ledger = Ledger::read(&store.db.read()).await?;
    let others = known.iter().map(|(id, _)| id).chain(ledger.components());
    let prefixes: Vec<String> = others.chain([id]).map(prefix).collect();
    let is_own = |table: &String| {
        let fitting = prefixes.iter().filter(|prefix| table.starts_with(*prefix));
        fitting.max_by_key(|prefix| prefix.len()) == Some(&own)
    };
    Ok(size::tables(&store.db.read()).await?.into_iter().filter(is_own).collect())
}

/// Writes the rows of a component to a folder of the store, a file of JSON lines per table; gives the
/// folder. Bytes are hexadecimal.
pub(super) async fn export(store: &Store, known: &Known, id: &str) -> Result<PathBuf> {
    let at = store.clock.now().format("%Y%m%dT%H%M%S%.3f");
    let folder = store.folder.join("exports").join(format!("{id}-{at}"));
    let failed = |error: std::io::Error| {
        let message = format!("the rows of '{id}' cannot be kept in {}: {error}", folder.display());
        Error::invalid("component.export", message)
    };
    fs::create_dir_all(&folder).map_err(failed)?;
    for table in tables(store, known, id).await? {
        let path = folder.join(format!("{table}.jsonl"));
        let mut file = File::create(path).map_err(failed)?;
        let mut offset = 0;
        loop {
            let rows = rows(&store.db.read(), &table, offset).await?;
            for row in &rows {
                writeln!(file, "{row}").map_err(failed)?;
            }
            offset += PAGE;
            if (rows.len() as u64) < PAGE {
                break;
            }
        }
        file.sync_all().map_err(failed)?;
    }
    sync(&folder).map_err(failed)?;
    Ok(folder)
}

/// A page of a table, each row as a JSON object.
async fn rows(db: &Db, table: &str, offset: u64) -> Result<Vec<String>> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let (row, order) = match db.get_database_backend() {
        DbBackend::Postgres => ("row_to_json(t)::text".to_owned(), "ctid"),
        _ => {
            let columns = Statement::from_sql_and_values(
                DbBackend::Sqlite,
                "SELECT name FROM pragma_table_info(?)",
                [table.into()],
            );
            let mut parts = Vec::new();
            for column in db.query_all_raw(columns).await? {
                let name: String = column.try_get("", "name")?;
                let (text, value) = (name.replace('\'', "''"), quoted(&name));
                parts.push(format!(
                    "'{text}', CASE typeof({value}) WHEN 'blob' THEN hex({value}) ELSE {value} END"
                ));
            }
            (format!("json_object({})", parts.join(", ")), "rowid")
        }
    };
    let sql = format!(
        "SELECT {row} AS line FROM {} AS t ORDER BY {order} LIMIT {PAGE} OFFSET {offset}",
        quoted(table)
    );
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(row.try_get::<String>("", "line")?)).collect()
}

/// Drops the tables of a component and forgets that its migrations ran.
pub(super) async fn drop_tables(store: &Store, known: &Known, id: &str) -> Result<()> {
    let tables = tables(store, known, id).await?;
    within(store, async |db| {
        for table in &tables {
            let mut drop = Table::drop();
            drop.table(Alias::new(table));
            if db.get_database_backend() == DbBackend::Postgres {
                drop.cascade();
            }
            db.execute(&drop).await?;
        }
        let steps = migration::Column::Component.eq(id);
        migration::Entity::delete_many().filter(steps).exec(db).await?;
        Ok(())
    })
    .await
}

/// Forgets everything else that is kept for a component: settings, cursors, jobs, fields of its resources.
pub(super) async fn forget(store: &Store, known: &Known, id: &str) -> Result<()> {
    let (subscriptions, jobs) = (format!("{id}/"), format!("{id}."));
    let resources: Vec<&str> = known
        .get(id)
        .map(|known| known.declaration.resources.iter().map(|it| it.name).collect())
        .unwrap_or_default();
    within(store, async |db| {
        let saved = setting::Column::Component.eq(id);
        setting::Entity::delete_many().filter(saved).exec(db).await?;
        let cursors = cursor::Column::Subscriber.starts_with(&subscriptions);
        cursor::Entity::delete_many().filter(cursors).exec(db).await?;
        let retries = retry::Column::Subscriber.starts_with(&subscriptions);
        retry::Entity::delete_many().filter(retries).exec(db).await?;
        let queued = job::Column::Job.starts_with(&jobs);
        job::Entity::delete_many().filter(queued).exec(db).await?;
        let planned = schedule::Column::Job.starts_with(&jobs);
        schedule::Entity::delete_many().filter(planned).exec(db).await?;
        let values = field_value::Column::Resource.is_in(resources.clone());
        field_value::Entity::delete_many().filter(values).exec(db).await?;
        let fields = field::Column::Resource.is_in(resources);
        field::Entity::delete_many().filter(fields).exec(db).await?;
        Ok(())
    })
    .await
}

async fn within(
    store: &Store,
    work: impl AsyncFnOnce(&Db) -> Result<(), sea_orm::DbErr>,
) -> Result<()> {
    let unit = store.db.begin_long(Uuid::now_v7(), LIMIT).await?;
    match work(&Db::unit(unit.clone())).await {
        Ok(()) => unit.commit().await,
        Err(error) => {
            unit.rollback().await?;
            Err(error.into())
        }
    }
}

fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
