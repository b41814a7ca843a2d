//! Rows of the drivers as data.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use hatchery_component::wire::{Cell, Column, ColumnKind, Rows};
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::sqlite::SqliteRow;
use sea_orm::sqlx::{self, Column as _, ColumnOrigin, Row, TypeInfo, ValueRef};
use sea_orm::{DbErr, QueryResult};
use uuid::Uuid;

/// The rows of a query.
pub(crate) fn rows(found: &[QueryResult]) -> Result<Rows, DbErr> {
    let Some(first) = found.first() else { return Ok(Rows::default()) };
    if let Some(row) = first.try_as_sqlite_row() {
        let columns = row.columns().iter().map(sqlite_column).collect();
        let row = |found: &QueryResult| found.try_as_sqlite_row().map(sqlite_cells);
        return collect(columns, found, row);
    }
    if let Some(row) = first.try_as_pg_row() {
        let columns: Vec<Column> =
            row.columns().iter().map(postgres_column).collect::<Result<_, _>>()?;
        let kinds: Vec<ColumnKind> = columns.iter().map(|column| column.kind).collect();
        let row =
            |found: &QueryResult| found.try_as_pg_row().map(|row| postgres_cells(row, &kinds));
        return collect(columns, found, row);
    }
    Err(DbErr::Type("rows of another database".into()))
}

fn collect(
    columns: Vec<Column>,
    found: &[QueryResult],
    cells: impl Fn(&QueryResult) -> Option<Result<Vec<Cell>, sqlx::Error>>,
) -> Result<Rows, DbErr> {
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let cells = cells(row).ok_or_else(|| DbErr::Type("rows of two databases".into()))?;
        rows.push(cells.map_err(|error| DbErr::Type(error.to_string()))?);
    }
    Ok(Rows { columns, rows })
}

fn sqlite_column(column: &sqlx::sqlite::SqliteColumn) -> Column {
    let origin = match column.origin() {
        ColumnOrigin::Table(origin) => Some((origin.table.to_string(), origin.name.to_string())),
        _ => None,
    };
    // A declared boolean is the one type of ours that SQLite itself knows.
    let is_bool = column.type_info().name() == "BOOLEAN";
    let kind = if is_bool { ColumnKind::Bool } else { ColumnKind::Dynamic };
    Column { name: column.name().to_owned(), kind, origin }
}

fn sqlite_cells(row: &SqliteRow) -> Result<Vec<Cell>, sqlx::Error> {
    let cell = |index| {
        let value = row.try_get_raw(index)?;
        if value.is_null() {
            return Ok(Cell::Null);
        }
        // The type of a value is how it is stored.
        let stored = value.type_info();
        Ok(match stored.name() {
            "INTEGER" => Cell::Int(row.try_get_unchecked(index)?),
            "REAL" => Cell::Float(row.try_get_unchecked(index)?),
            "TEXT" => Cell::Text(row.try_get_unchecked(index)?),
            _ => Cell::Bytes(row.try_get_unchecked(index)?),
        })
    };
    (0..row.len()).map(cell).collect()
}

fn postgres_column(column: &sqlx::postgres::PgColumn) -> Result<Column, DbErr> {
    let kind = match column.type_info().name() {
        "BOOL" => ColumnKind::Bool,
        "INT2" => ColumnKind::SmallInt,
        "INT4" => ColumnKind::Int,
        "INT8" => ColumnKind::BigInt,
        "FLOAT4" => ColumnKind::Float,
        "FLOAT8" => ColumnKind::Double,
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => ColumnKind::Text,
        "BYTEA" => ColumnKind::Bytes,
        "JSON" | "JSONB" => ColumnKind::Json,
        "DATE" => ColumnKind::Date,
        "TIME" => ColumnKind::Time,
        "TIMESTAMP" => ColumnKind::DateTime,
        "TIMESTAMPTZ" => ColumnKind::DateTimeUtc,
        "UUID" => ColumnKind::Uuid,
        "VOID" => ColumnKind::Dynamic,
        other => {
            let message = format!(
                "column '{}' is of the type {other}, which does not cross; cast it in the query",
                column.name()
            );
            return Err(DbErr::Type(message));
        }
    };
    Ok(Column { name: column.name().to_owned(), kind, origin: None })
}

fn postgres_cells(row: &PgRow, kinds: &[ColumnKind]) -> Result<Vec<Cell>, sqlx::Error> {
    let cell = |(index, kind): (usize, &ColumnKind)| {
        if row.try_get_raw(index)?.is_null() {
            return Ok(Cell::Null);
        }
        Ok(match kind {
            ColumnKind::Dynamic => Cell::Null,
            ColumnKind::Bool => Cell::Bool(row.try_get(index)?),
            ColumnKind::SmallInt => Cell::Int(row.try_get::<i16, _>(index)?.into()),
            ColumnKind::Int => Cell::Int(row.try_get::<i32, _>(index)?.into()),
            ColumnKind::BigInt => Cell::Int(row.try_get(index)?),
            ColumnKind::Float => Cell::Float(row.try_get::<f32, _>(index)?.into()),
            ColumnKind::Double => Cell::Float(row.try_get(index)?),
            ColumnKind::Text => Cell::Text(row.try_get_unchecked(index)?),
            ColumnKind::Bytes => Cell::Bytes(row.try_get(index)?),
            ColumnKind::Json => Cell::Text(row.try_get::<serde_json::Value, _>(index)?.to_string()),
            ColumnKind::Date => Cell::Text(row.try_get::<NaiveDate, _>(index)?.to_string()),
            ColumnKind::Time => Cell::Text(row.try_get::<NaiveTime, _>(index)?.to_string()),
            ColumnKind::DateTime => Cell::Text(row.try_get::<NaiveDateTime, _>(index)?.to_string()),
            ColumnKind::DateTimeUtc => {
                let time = row.try_get::<DateTime<Utc>, _>(index)?;
                Cell::Text(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            ColumnKind::Uuid => Cell::Bytes(row.try_get::<Uuid, _>(index)?.as_bytes().to_vec()),
        })
    };
    kinds.iter().enumerate().map(cell).collect()
}
