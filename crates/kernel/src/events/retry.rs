//! Events that were put aside: retried, waiting behind one that is, or dead.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use hatchery_component::{Ctx, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::background::pause;
use crate::db::StoreDb;
use crate::db::entity::{outbox, retry};

/// How often an event is tried before it is a dead letter: over some four hours.
pub const MAX_ATTEMPTS: i32 = 10;

/// It waits behind an earlier event of its subject.
pub(crate) const WAITING: &str = "waiting";
/// It is tried again when its time comes.
pub(crate) const RETRYING: &str = "retrying";
/// It is not tried any more.
pub(crate) const DEAD: &str = "dead";

/// Tries dead letters again, now. Others are left as they are. Gives how many there were.
///
/// # Errors
/// The database.
pub async fn replay(ctx: &Ctx, ids: Vec<Uuid>) -> Result<u64> {
    let now = ctx.now();
    ctx.transaction(|ctx| async move {
        let found = retry::Entity::find()
            .filter(retry::Column::Id.is_in(ids))
            .filter(retry::Column::State.eq(DEAD))
            .all(&ctx.db())
            .await?;
        let count = found.len() as u64;
        for row in found {
            let mut row = row.into_active_model();
            row.state = Set(RETRYING.into());
            row.attempts = Set(0);
            row.next_at = Set(now);
            row.updated_at = Set(now);
            retry::Entity::update(row).exec_without_returning(&ctx.db()).await?;
        }
        Ok(count)
    })
    .await
}

/// Removes events that were put aside; the subscriber never gets them. Gives how many there were.
///
/// # Errors
/// The database.
pub async fn discard(ctx: &Ctx, ids: Vec<Uuid>) -> Result<u64> {
    let now = ctx.now();
    ctx.transaction(|ctx| async move {
        let found =
            retry::Entity::find().filter(retry::Column::Id.is_in(ids)).all(&ctx.db()).await?;
        let count = found.len() as u64;
        for row in found {
            remove(&ctx.db(), row, now).await?;
        }
        Ok(count)
    })
    .await
}

/// Subjects of which a subscriber has an event that is not done.
pub(crate) async fn held(db: &StoreDb, subscriber: &str) -> Result<BTreeSet<String>, DbErr> {
    let subjects = retry::Entity::find()
        .filter(retry::Column::Subscriber.eq(subscriber))
        .filter(retry::Column::State.is_in([WAITING, RETRYING]))
        .select_only()
        .column(retry::Column::Subject)
        .distinct();
    Ok(subjects.into_tuple::<String>().all(&db.read()).await?.into_iter().collect())
}

/// Puts an event aside: after a failure, or behind one that failed.
pub(crate) async fn put(
    connection: &impl ConnectionTrait,
    id: Uuid,
    subscriber: &str,
    event: &outbox::Model,
    failure: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let row = retry::ActiveModel {
        id: Set(id),
        subscriber: Set(subscriber.to_owned()),
        transaction_id: Set(event.transaction_id),
        outbox_id: Set(event.id),
        event_id: Set(event.event_id),
        event_type: Set(event.event_type.clone()),
        subject: Set(event.subject.clone()),
        data: Set(event.data.clone()),
        source: Set(event.source.clone()),
        actor: Set(event.actor.clone()),
        correlation_id: Set(event.correlation_id),
        occurred_at: Set(event.occurred_at),
        state: Set(if failure.is_some() { RETRYING } else { WAITING }.to_owned()),
        attempts: Set(failure.map_or(0, |_| 1)),
        next_at: Set(failure.map_or(now, |_| now + pause(1))),
        error: Set(failure.unwrap_or_default().to_owned()),
        created_at: Set(now),
        updated_at: Set(now),
    };
    retry::Entity::insert(row).exec_without_returning(connection).await.map(drop)
}

/// Events of these subscribers whose time has come, the longest due first.
pub(crate) async fn due(
    db: &StoreDb,
    keys: &[&str],
    now: DateTime<Utc>,
) -> Result<Vec<retry::Model>, DbErr> {
    const AT_ONCE: u64 = 50;
    retry::Entity::find()
        .filter(retry::Column::State.eq(RETRYING))
        .filter(retry::Column::NextAt.lte(now))
        .filter(retry::Column::Subscriber.is_in(keys.iter().copied()))
        .order_by_asc(retry::Column::NextAt)
        .order_by_asc(retry::Column::OutboxId)
        .limit(AT_ONCE)
        .all(&db.read())
        .await
}

/// When the next event of these subscribers is tried.
pub(crate) async fn next_at(db: &StoreDb, keys: &[&str]) -> Result<Option<DateTime<Utc>>, DbErr> {
    let next = retry::Entity::find()
        .filter(retry::Column::State.eq(RETRYING))
        .filter(retry::Column::Subscriber.is_in(keys.iter().copied()))
        .order_by_asc(retry::Column::NextAt)
        .select_only()
        .column(retry::Column::NextAt)
        .limit(1);
    next.into_tuple::<DateTime<Utc>>().one(&db.read()).await
}

/// The row as it is now, if it is still to be tried.
pub(crate) async fn claim(
    connection: &impl ConnectionTrait,
    row: &retry::Model,
) -> Result<Option<retry::Model>, DbErr> {
    let present = retry::Entity::find_by_id(row.id).one(connection).await?;
    Ok(present.filter(|present| present.state == RETRYING && present.attempts == row.attempts))
}

/// Notes another failure: a later try, or the end.
pub(crate) async fn failed(
    connection: &impl ConnectionTrait,
    row: retry::Model,
    failure: &str,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let attempts = row.attempts.saturating_add(1);
    let dead = attempts >= MAX_ATTEMPTS;
    if dead {
        tracing::error!(
            subscriber = row.subscriber,
            event = %row.event_id,
            "event {} of '{}' could not be handled by '{}' in {attempts} tries and is a dead letter now: {failure}",
            row.event_id,
            row.event_type,
            row.subscriber,
        );
        promote(connection, &row, now).await?;
    }
    let mut row = row.into_active_model();
    row.state = Set(if dead { DEAD } else { RETRYING }.to_owned());
    row.attempts = Set(attempts);
    row.next_at = Set(now + pause(attempts));
    row.error = Set(failure.to_owned());
    row.updated_at = Set(now);
    retry::Entity::update(row).exec_without_returning(connection).await.map(drop)
}

/// Removes an event that is done, and lets the one that waits behind it be tried.
pub(crate) async fn remove(
    connection: &impl ConnectionTrait,
    row: retry::Model,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    if row.state == RETRYING {
        promote(connection, &row, now).await?;
    }
    row.delete(connection).await.map(drop)
}

async fn promote(
    connection: &impl ConnectionTrait,
    row: &retry::Model,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let next = retry::Entity::find()
        .filter(retry::Column::Subscriber.eq(row.subscriber.as_str()))
        .filter(retry::Column::Subject.eq(row.subject.as_str()))
        .filter(retry::Column::State.eq(WAITING))
        .order_by_asc(retry::Column::TransactionId)
        .order_by_asc(retry::Column::OutboxId)
        .limit(1)
        .one(connection)
        .await?;
    let Some(next) = next else { return Ok(()) };
    let mut next = next.into_active_model();
    next.state = Set(RETRYING.to_owned());
    next.next_at = Set(now);
    next.updated_at = Set(now);
    retry::Entity::update(next).exec_without_returning(connection).await.map(drop)
}
