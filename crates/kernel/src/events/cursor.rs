//! Cursors: how far each subscriber has come.

use chrono::{DateTime, Utc};
use hatchery_component::{Db, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::outbox::{Position, end};
use crate::db::StoreDb;
use crate::db::entity::cursor;

/// Makes the cursors of subscribers that have none, and gives their keys. Call it before an assembly with
/// new subscribers is put in place, then let their components `resync`.
///
/// # Errors
/// The database.
pub async fn ensure_cursors(
    db: &StoreDb,
    subscribers: &[String],
    now: DateTime<Utc>,
) -> Result<Vec<String>> {
    let known = cursor::Entity::find().all(&db.read()).await?;
    let is_new = |key: &&String| !known.iter().any(|row| row.subscriber == **key);
    let new: Vec<String> = subscribers.iter().filter(is_new).cloned().collect();
    if new.is_empty() {
        return Ok(new);
    }
    let unit = db.begin(Uuid::now_v7()).await?;
    let connection = Db::unit(unit.clone());
    let start = if known.is_empty() { Position::default() } else { end(&connection).await? };
    let rows = new.iter().map(|key| cursor::ActiveModel {
        subscriber: Set(key.clone()),
        transaction_id: Set(start.transaction),
        outbox_id: Set(start.id),
        updated_at: Set(now),
    });
    let untouched = OnConflict::column(cursor::Column::Subscriber).do_nothing().to_owned();
    cursor::Entity::insert_many(rows)
        .on_conflict(untouched)
        .exec_without_returning(&connection)
        .await?;
    unit.commit().await?;
    Ok(new)
}

/// The positions of subscribers.
pub(crate) async fn load(db: &StoreDb, keys: &[String]) -> Result<Vec<(String, Position)>, DbErr> {
    let rows = cursor::Entity::find()
        .filter(cursor::Column::Subscriber.is_in(keys.iter().map(String::as_str)))
        .all(&db.read())
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.subscriber, position(row.transaction_id, row.outbox_id)))
        .collect())
}

/// The position of the last of all subscribers, those of absent components included.
pub(crate) async fn least(db: &StoreDb) -> Result<Option<Position>, DbErr> {
    let rows = cursor::Entity::find().all(&db.read()).await?;
    Ok(rows.into_iter().map(|row| position(row.transaction_id, row.outbox_id)).min())
}

/// Moves a cursor.
pub(crate) async fn save(
    connection: &impl ConnectionTrait,
    key: &str,
    position: Position,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = cursor::ActiveModel {
        subscriber: Set(key.to_owned()),
        transaction_id: Set(position.transaction),
        outbox_id: Set(position.id),
        updated_at: Set(now),
    };
    cursor::Entity::update(row).exec_without_returning(connection).await.map(drop)
}

fn position(transaction: i64, id: i64) -> Position {
    Position { transaction, id }
}
