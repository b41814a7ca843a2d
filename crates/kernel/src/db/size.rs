//! Which tables a store has, and how full they are.

use hatchery_component::{Db, Result};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query};
use sea_orm::{ConnectionTrait, DbBackend};

/// The tables of the store, sorted.
pub(crate) async fn tables(db: &Db) -> Result<Vec<String>> {
    let mut query = Query::select();
    match db.get_database_backend() {
        DbBackend::Postgres => query
            .expr_as(Expr::col("table_name"), "name")
            .from((Alias::new("information_schema"), Alias::new("tables")))
            .and_where(Expr::col("table_schema").eq(Func::cust("current_schema"))),
        _ => query.column("name").from("sqlite_master").and_where(Expr::col("type").eq("table")),
    };
    let mut names = Vec::new();
    for row in db.query_all(&query).await? {
        names.push(row.try_get::<String>("", "name")?);
    }
    names.sort();
    Ok(names)
}

/// How many rows a table has.
pub(crate) async fn rows(db: &Db, table: &str) -> Result<u64> {
    let mut query = Query::select();
    query.expr_as(Func::count(Expr::cust("*")), "rows").from(Alias::new(table));
    let row = db.query_one(&query).await?;
    let count = row.map(|row| row.try_get::<i64>("", "rows")).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}
