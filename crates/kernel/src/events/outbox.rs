//! The outbox: writing and reading events.

use hatchery_component::{Ctx, Db, Error, NewEvent, Result};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::envelope::CloudEvent;
use crate::db::StoreDb;
use crate::db::entity::outbox;

/// The place of an event in the order of delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// PostgreSQL: the transaction that wrote it. SQLite: 0.
    pub(crate) transaction: i64,
    /// Its outbox id.
    pub(crate) id: i64,
}

impl From<&outbox::Model> for Position {
    fn from(row: &outbox::Model) -> Self {
        Self { transaction: row.transaction_id, id: row.id }
    }
}

/// Puts an event into the outbox, in the context's unit of work.
///
/// # Errors
/// No unit of work is open; the database.
pub async fn emit(ctx: &Ctx, event: NewEvent) -> Result<()> {
    if ctx.unit().is_none() {
        return Err(Error::internal(
            "an event needs a unit of work; emit it inside ctx.transaction",
        ));
    }
    let row = outbox::ActiveModel {
        id: NotSet,
        // PostgreSQL knows the transaction, by the column's default.
        transaction_id: NotSet,
        event_id: Set(ctx.new_id::<outbox::Entity>().uuid()),
        event_type: Set(event.event_type),
        subject: Set(event.subject),
        data: Set(event.data),
        source: Set(ctx.header().component.to_string()),
        actor: Set(ctx.actor().label()),
        correlation_id: Set(ctx.request_id()),
        occurred_at: Set(ctx.now()),
    };
    outbox::Entity::insert(row).exec_without_returning(&ctx.db()).await?;
    Ok(())
}

/// The latest events, newest first, before the one of the given outbox id if there is one.
///
/// # Errors
/// The database.
pub async fn recent(ctx: &Ctx, before: Option<i64>, limit: u64) -> Result<Vec<CloudEvent>> {
    let mut select = outbox::Entity::find().order_by_desc(outbox::Column::Id).limit(limit);
    if let Some(before) = before {
        select = select.filter(outbox::Column::Id.lt(before));
    }
    let rows = select.all(&ctx.db()).await?;
    Ok(rows.iter().map(|row| CloudEvent::of_outbox(row, ctx.store())).collect())
}

/// Committed events behind a position whose order is settled.
pub(crate) async fn after(
    db: &StoreDb,
    position: Position,
    limit: u64,
) -> Result<Vec<outbox::Model>, DbErr> {
    let mut select = behind(position)
        .order_by_asc(outbox::Column::TransactionId)
        .order_by_asc(outbox::Column::Id)
        .limit(limit);
    if db.backend() == DbBackend::Postgres {
        select = select.filter(outbox::Column::TransactionId.into_expr().lt(Expr::cust(HORIZON)));
    }
    select.all(&db.read()).await
}

/// Whether there is any event behind a position, in settled order or not.
pub(crate) async fn any_after(db: &StoreDb, position: Position) -> Result<bool, DbErr> {
    let found = behind(position).select_only().column(outbox::Column::Id).limit(1);
    Ok(found.into_tuple::<i64>().one(&db.read()).await?.is_some())
}

/// The position behind which everything comes that is not committed yet.
pub(crate) async fn end(db: &Db) -> Result<Position, DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let statement = sea_orm::Statement::from_string(
            DbBackend::Postgres,
            format!("SELECT {HORIZON} AS horizon"),
        );
        let row = db.query_one_raw(statement).await?;
        let horizon: i64 = row.map(|row| row.try_get("", "horizon")).transpose()?.unwrap_or(0);
        return Ok(Position { transaction: horizon - 1, id: i64::MAX });
    }
    let last = outbox::Entity::find().select_only().column_as(outbox::Column::Id.max(), "last");
    let last = last.into_tuple::<Option<i64>>().one(db).await?.flatten();
    Ok(Position { transaction: 0, id: last.unwrap_or(0) })
}

/// Transactions from this one on may still be open.
const HORIZON: &str = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)";

fn behind(position: Position) -> Select<outbox::Entity> {
    let columns = [outbox::Column::TransactionId, outbox::Column::Id];
    let place = Expr::tuple(columns.map(|column| column.into_expr()));
    let after = Expr::tuple([Expr::value(position.transaction), Expr::value(position.id)]);
    outbox::Entity::find().filter(place.gt(after))
}
