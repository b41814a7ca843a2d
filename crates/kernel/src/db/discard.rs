//! Taking away what a store leaves in a database.

use std::time::Duration;

use hatchery_component::{Db, Result};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{DatabaseTarget, StoreDb};

/// How long a schema with all its tables may take to go.
const LIMIT: Duration = Duration::from_secs(60);

/// Removes the schema of a store. A file goes with the store's folder.
///
/// # Errors
/// The database.
pub(crate) async fn discard(target: &DatabaseTarget) -> Result<()> {
    let DatabaseTarget::Postgres { schema, .. } = target else { return Ok(()) };
    let db = StoreDb::open(target).await?;
    let unit = db.begin_long(Uuid::now_v7(), LIMIT).await?;
    let sql = format!("DROP SCHEMA \"{schema}\" CASCADE");
    let dropped = Db::unit(unit.clone()).execute_unprepared(&sql).await;
    match dropped {
        Ok(_) => unit.commit().await?,
        Err(error) => {
            unit.rollback().await?;
            return Err(error.into());
        }
    }
    db.close().await
}

/// Lets a schema take the place of another. Files change their places with the folders they lie in.
///
/// # Errors
/// The database; then both are as they were.
pub(crate) async fn put_in_place(new: &DatabaseTarget, place: &DatabaseTarget) -> Result<()> {
    let (DatabaseTarget::Postgres { schema: new, .. }, DatabaseTarget::Postgres { url, schema }) =
        (new, place)
    else {
        return Ok(());
    };
    let target = DatabaseTarget::Postgres { url: url.clone(), schema: new.clone() };
    let db = StoreDb::open(&target).await?;
    let unit = db.begin_long(Uuid::now_v7(), LIMIT).await?;
    let sql = format!(
        "DROP SCHEMA IF EXISTS \"{schema}\" CASCADE; ALTER SCHEMA \"{new}\" RENAME TO \"{schema}\""
    );
    let moved = Db::unit(unit.clone()).execute_unprepared(&sql).await;
    match moved {
        Ok(_) => unit.commit().await?,
        Err(error) => {
            unit.rollback().await?;
            return Err(error.into());
        }
    }
    db.close().await
}
