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
