//! Which tables a store has, and how full they are.

use hatchery_component::{Db, Result};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, LikeExpr, Query};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// The tables of the store, sorted.
pub(crate) async fn tables(db: &Db) -> Result<Vec<String>> {
    let mut query = Query::select();
    match db.get_database_backend() {
        DbBackend::Postgres => query
            .expr_as(Expr::col("table_name"), "name")
            .from((Alias::new("information_schema"), Alias::new("tables")))
            .and_where(Expr::col("table_schema").eq(Func::cust("current_schema")))
            .and_where(Expr::col("table_type").eq("BASE TABLE")),
        _ => query
            .column("name")
            .from("sqlite_master")
            .and_where(Expr::col("type").eq("table"))
            .and_where(Expr::col("name").not_like(LikeExpr::new(r"sqlite\_%").escape('\\'))),
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

/// How many bytes the tables take, with indexes and free pages.
pub(crate) async fn bytes(db: &Db) -> Result<u64> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint AS bytes FROM pg_class \
             WHERE relkind = 'r' \
             AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
        }
        _ => "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
    };
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    let bytes = row.map(|row| row.try_get::<i64>("", "bytes")).transpose()?.unwrap_or_default();
    Ok(u64::try_from(bytes).unwrap_or_default())
}
