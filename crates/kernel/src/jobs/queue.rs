//! The queue: `kernel_job`.

use chrono::{DateTime, Utc};
use hatchery_component::declaration::{Job, Schedule};
use hatchery_component::host::NewJob;
use hatchery_component::{Ctx, Error, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::db::StoreDb;
use crate::db::entity::{job, schedule};
use crate::events::background::{Turn, pause};
use crate::events::retry;

/// How often a run is tried before it is dead: over some four hours.
pub const MAX_ATTEMPTS: i32 = 10;

/// It waits for its time.
pub(crate) const QUEUED: &str = "queued";
/// A runner has it.
pub(crate) const RUNNING: &str = "running";
/// It is not tried any more.
pub(crate) const DEAD: &str = "dead";

/// Puts a run into the queue, in the context's unit of work. What is queued already under job and key is
/// not queued twice; an earlier time counts.
///
/// # Errors
/// No unit of work is open; the database.
pub async fn enqueue(ctx: &Ctx, new: NewJob) -> Result<()> {
    if ctx.unit().is_none() {
        return Err(Error::internal("a job needs a unit of work; queue it inside ctx.transaction"));
    }
    let now = ctx.now();
    let run_at = new.run_at.unwrap_or(now);
    put(&ctx.db(), ctx.new_id::<job::Entity>().uuid(), new, run_at, now).await?;
    Ok(())
}

/// Puts a run into the queue.
pub(crate) async fn put(
    connection: &impl ConnectionTrait,
    id: Uuid,
    new: NewJob,
    run_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let queued = job::Entity::find()
        .filter(job::Column::Job.eq(new.job.as_str()))
        .filter(job::Column::QueuedKey.eq(new.key.as_str()))
        .one(connection)
        .await?;
    if let Some(queued) = queued {
        if run_at < queued.run_at {
            let mut queued = queued.into_active_model();
            queued.run_at = Set(run_at);
            queued.updated_at = Set(now);
            job::Entity::update(queued).exec_without_returning(connection).await?;
        }
        return Ok(());
    }
    let row = job::ActiveModel {
        id: Set(id),
        job: Set(new.job),
        key: Set(new.key.clone()),
        queued_key: Set(Some(new.key)),
        payload: Set(new.payload),
        state: Set(QUEUED.to_owned()),
        run_at: Set(run_at),
        attempts: Set(0),
        lease_until: Set(None),
        lease_owner: Set(None),
        error: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    job::Entity::insert(row).exec_without_returning(connection).await.map(drop)
}

/// Queues dead runs again, for now. Others are left as they are. Gives how many there were.
///
/// # Errors
/// The database.
pub async fn retry(ctx: &Ctx, ids: Vec<Uuid>) -> Result<u64> {
    let now = ctx.now();
    ctx.transaction(|ctx| async move {
        let found = job::Entity::find()
            .filter(job::Column::Id.is_in(ids))
            .filter(job::Column::State.eq(DEAD))
            .all(&ctx.db())
            .await?;
        let count = found.len() as u64;
        for mut row in found {
            row.attempts = 0;
            queue_again(&ctx.db(), row, now, now).await?;
        }
        Ok(count)
    })
    .await
}

/// Removes queued and dead runs. A running one is left to end. Gives how many there were.
///
/// # Errors
/// The database.
pub async fn discard(ctx: &Ctx, ids: Vec<Uuid>) -> Result<u64> {
    ctx.transaction(|ctx| async move {
        let removed = job::Entity::delete_many()
            .filter(job::Column::Id.is_in(ids))
            .filter(job::Column::State.ne(RUNNING))
            .exec(&ctx.db())
            .await?;
        Ok(removed.rows_affected)
    })
    .await
}

/// The earliest time at which queued jobs, schedules or retried events of a store need it to be open. For a
/// schedule that comes again and again it is opened once an hour at most. What belongs to a component that is
/// switched off waits for it.
///
/// # Errors
/// The database.
pub(crate) async fn next_wake(db: &StoreDb, turn: &Turn) -> Result<Option<DateTime<Utc>>> {
    let components = turn.components().iter();
    let jobs: Vec<&Job> = components.flat_map(|(_, declaration)| &declaration.jobs).collect();
    let names: Vec<&str> = jobs.iter().map(|job| job.name).collect();
    let subscribers = turn.subscribers();
    let keys: Vec<&str> = subscribers.iter().map(|it| it.key.as_str()).collect();
    let job = next_at(db, &names).await?;
    let event = retry::next_at(db, &keys).await?;
    let in_an_hour = turn.kernel().now() + chrono::Duration::hours(1);
    let rows = schedule::Entity::find().all(&db.read()).await?;
    let scheduled = rows.into_iter().filter_map(|row| {
        let job = jobs.iter().find(|job| job.name == row.job)?;
        match job.schedule {
            Schedule::OnDemand => None,
            Schedule::Every(_) => Some(row.next_run_at.max(in_an_hour)),
            Schedule::Daily { .. } => Some(row.next_run_at),
        }
    });
    Ok(scheduled.chain(job).chain(event).min())
}

/// Runs of these jobs that are due, the longest due first.
pub(crate) async fn due(
    db: &StoreDb,
    jobs: &[&str],
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<job::Model>, DbErr> {
    job::Entity::find()
        .filter(job::Column::State.eq(QUEUED))
        .filter(job::Column::RunAt.lte(now))
        .filter(job::Column::Job.is_in(jobs.iter().copied()))
        .order_by_asc(job::Column::RunAt)
        .order_by_asc(job::Column::Id)
        .limit(limit as u64)
        .all(&db.read())
        .await
}

/// When the next run of these jobs is due.
pub(crate) async fn next_at(db: &StoreDb, jobs: &[&str]) -> Result<Option<DateTime<Utc>>, DbErr> {
    let next = job::Entity::find()
        .filter(job::Column::State.eq(QUEUED))
        .filter(job::Column::Job.is_in(jobs.iter().copied()))
        .order_by_asc(job::Column::RunAt)
        .one(&db.read())
        .await?;
    Ok(next.map(|row| row.run_at))
}

/// Takes a queued run; false when somebody else did.
pub(crate) async fn take(
    connection: &impl ConnectionTrait,
    id: Uuid,
    owner: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let taken = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(RUNNING))
        .col_expr(job::Column::QueuedKey, Expr::value(None::<String>))
        .col_expr(job::Column::LeaseOwner, Expr::value(owner))
        .col_expr(job::Column::LeaseUntil, Expr::value(until))
        .col_expr(job::Column::UpdatedAt, Expr::value(now))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::State.eq(QUEUED))
        .exec(connection)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Holds a lease for longer.
pub(crate) async fn renew(
    connection: &impl ConnectionTrait,
    id: Uuid,
    owner: Uuid,
    until: DateTime<Utc>,
) -> Result<(), DbErr> {
    job::Entity::update_many()
        .col_expr(job::Column::LeaseUntil, Expr::value(until))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::LeaseOwner.eq(owner))
        .exec(connection)
        .await
        .map(drop)
}

/// A run is done.
pub(crate) async fn done(
    connection: &impl ConnectionTrait,
    id: Uuid,
    owner: Uuid,
) -> Result<(), DbErr> {
    job::Entity::delete_many()
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::LeaseOwner.eq(owner))
        .exec(connection)
        .await
        .map(drop)
}

/// A run failed: later again, or dead.
pub(crate) async fn failed(
    connection: &impl ConnectionTrait,
    mut row: job::Model,
    failure: String,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    row.attempts = row.attempts.saturating_add(1);
    row.error = Some(failure);
    if row.attempts < MAX_ATTEMPTS {
        let run_at = now + pause(row.attempts);
        return queue_again(connection, row, run_at, now).await;
    }
    tracing::error!(job = row.job, id = %row.id, "job '{}' for '{}' failed {MAX_ATTEMPTS} times and is dead", row.job, row.key);
    let row = job::Model {
        state: DEAD.to_owned(),
        queued_key: None,
        lease_until: None,
        lease_owner: None,
        updated_at: now,
        ..row
    };
    job::Entity::update(row.into_active_model().reset_all())
        .exec_without_returning(connection)
        .await
        .map(drop)
}

/// Queues a run again that was taken or dead. If one for the same key was queued meanwhile, that one does.
async fn queue_again(
    connection: &impl ConnectionTrait,
    row: job::Model,
    run_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbErr> {
    let others = job::Entity::find()
        .filter(job::Column::Job.eq(row.job.as_str()))
        .filter(job::Column::QueuedKey.eq(row.key.as_str()))
        .count(connection)
        .await?;
    if others > 0 {
        return job::Entity::delete_by_id(row.id).exec(connection).await.map(drop);
    }
    let row = job::Model {
        state: QUEUED.to_owned(),
        queued_key: Some(row.key.clone()),
        run_at,
        lease_until: None,
        lease_owner: None,
        updated_at: now,
        ..row
    };
    job::Entity::update(row.into_active_model().reset_all())
        .exec_without_returning(connection)
        .await
        .map(drop)
}

/// Queues again what a process had that is gone: runs of other owners, at the start (the data folder is
/// locked, so no other process lives), or whose lease has passed. Counts as a try, so that a run that kills
/// the process ends too.
pub(crate) async fn release_lost(
    connection: &impl ConnectionTrait,
    owner: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, DbErr> {
    let lost = job::Entity::find()
        .filter(job::Column::State.eq(RUNNING))
        .filter(job::Column::LeaseOwner.ne(owner))
        .all(connection)
        .await?;
    let count = lost.len();
    for mut row in lost {
        row.attempts = row.attempts.saturating_add(1);
        row.error = Some("the process ended while it ran".to_owned());
        if row.attempts < MAX_ATTEMPTS {
            queue_again(connection, row, now, now).await?;
        } else {
            failed(connection, row, "the process ended while it ran".to_owned(), now).await?;
        }
    }
    Ok(count)
}
