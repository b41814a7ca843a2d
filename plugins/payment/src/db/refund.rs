//! Refunds: written before the provider is asked, so that none is lost or done twice.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, Set};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_refund")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub key: String,
        pub order_id: Uuid,
        pub payment_id: Uuid,
        pub amount: i64,
        pub status: String,
        pub reason: String,
        pub failure: Option<String>,
        pub created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// How far a refund is. Pending leads to done or failed, and nothing leads on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// The provider is being asked.
    Pending,
    /// The money is on its way back.
    Done,
    /// The provider refused.
    Failed,
}

/// Money of one payment that goes back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refund {
    /// Its id, and the key by which the provider does it once.
    pub(crate) id: Id<Refund>,
    /// What makes a repetition harmless, for all parts of a refund together.
    pub(crate) key: String,
    pub(crate) order_id: OrderId,
    pub(crate) payment_id: PaymentId,
    pub(crate) amount: i64,
    pub(crate) status: RefundStatus,
    pub(crate) reason: String,
    pub(crate) failure: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

/// Writes a refund.
pub(crate) async fn insert(db: &Db, refund: &Refund) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(refund.id.uuid()),
        key: Set(refund.key.clone()),
        order_id: Set(refund.order_id.uuid()),
        payment_id: Set(refund.payment_id.uuid()),
        amount: Set(refund.amount),
        status: Set(text(refund.status).into()),
        reason: Set(refund.reason.clone()),
        failure: Set(refund.failure.clone()),
        created_at: Set(refund.created_at),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The refunds of an order, oldest first.
pub(crate) async fn of_order(db: &Db, order: OrderId) -> Result<Vec<Refund>> {
    let rows = row::Entity::find()
        .filter(row::Column::OrderId.eq(order.uuid()))
        .order_by_asc(row::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(refund).collect()
}

/// The refunds of those payments, oldest first.
pub(crate) async fn of_payments(db: &Db, payments: &[PaymentId]) -> Result<Vec<Refund>> {
    let rows = row::Entity::find()
        .filter(row::Column::PaymentId.is_in(payments.iter().map(|id| id.uuid())))
        .order_by_asc(row::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(refund).collect()
}

/// Ends a pending refund; false when it was ended before.
pub(crate) async fn end(
    db: &Db,
    id: Id<Refund>,
    status: RefundStatus,
    failure: Option<&str>,
) -> Result<bool> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::Status, Expr::value(text(status)))
        .col_expr(row::Column::Failure, Expr::value(failure.map(str::to_owned)))
        .filter(row::Column::Id.eq(id.uuid()))
        .filter(row::Column::Status.eq(text(RefundStatus::Pending)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

const fn text(status: RefundStatus) -> &'static str {
    match status {
        RefundStatus::Pending => "pending",
        RefundStatus::Done => "done",
        RefundStatus::Failed => "failed",
    }
}

fn refund(row: row::Model) -> Result<Refund> {
    Ok(Refund {
        id: row.id.into(),
        key: row.key,
        order_id: row.order_id.into(),
        payment_id: row.payment_id.into(),
        amount: row.amount,
        status: serde_json::from_value(serde_json::Value::String(row.status))?,
        reason: row.reason,
        failure: row.failure,
        created_at: row.created_at,
    })
}
