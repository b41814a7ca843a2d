//! Payments.

use std::collections::BTreeMap;

use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::order::{OrderId, PaymentStatus};
use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{Condition, QueryOrder, Set};

use crate::domain::payment::StoredPayment;
use crate::domain::status::{REFUNDABLE, Standing, status_text};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_payment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub order_id: Uuid,
        pub order_number: String,
        pub position: i32,
        pub attempt: i32,
        pub method: String,
        #[sea_orm(column_type = "Json")]
        pub method_name: Json,
        pub provider: Option<String>,
        pub currency: String,
        pub status: String,
        pub amount: i64,
        pub authorized: i64,
        pub captured: i64,
        pub capturing: Option<i64>,
        pub refunded: i64,
        pub refunding: i64,
        #[sea_orm(column_type = "Json", nullable)]
        pub next_action: Option<Json>,
        pub failure: Option<String>,
        pub reference: Option<String>,
        #[sea_orm(column_type = "Json")]
        pub data: Json,
        pub return_url: String,
        pub tried_at: Option<DateTimeUtc>,
        pub created_at: DateTimeUtc,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    use PaymentStatus as S;
    let statuses = [
        S::Unpaid,
        S::Pending,
        S::Authorized,
        S::Paid,
        S::PartiallyRefunded,
        S::Refunded,
        S::Failed,
        S::Voided,
    ];
    Fields::new([
        FieldDef::new("order_id", FieldKind::Id),
        FieldDef::new("order_number", FieldKind::Text),
        FieldDef::new("method", FieldKind::Text),
        FieldDef::new("provider", FieldKind::Text),
        FieldDef::new("status", FieldKind::Choice).choices(statuses.map(status_text)),
        FieldDef::new("amount", FieldKind::Money),
        FieldDef::new("captured", FieldKind::Money),
        FieldDef::new("created_at", FieldKind::Time),
    ])
}

/// Writes new payments.
pub(crate) async fn insert(db: &Db, payments: &[StoredPayment]) -> Result<()> {
    let rows: Vec<row::ActiveModel> = payments.iter().map(active).collect::<Result<_>>()?;
    row::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// The payments of those ids, in the order asked.
pub(crate) async fn by_ids(db: &Db, ids: &[PaymentId]) -> Result<Vec<StoredPayment>> {
    let uuids = ids.iter().map(|id| id.uuid());
    let rows = row::Entity::find().filter(row::Column::Id.is_in(uuids)).all(db).await?;
    let mut by_id: BTreeMap<Uuid, row::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    ids.iter().filter_map(|id| by_id.remove(&id.uuid())).map(stored).collect()
}

/// The payment of an id.
pub(crate) async fn by_id(db: &Db, id: PaymentId) -> Result<Option<StoredPayment>> {
    Ok(by_ids(db, &[id]).await?.pop())
}

/// The payments of those orders: by order, oldest first.
pub(crate) async fn of_orders(
    db: &Db,
    orders: &[OrderId],
) -> Result<BTreeMap<OrderId, Vec<StoredPayment>>> {
    let uuids = orders.iter().map(|id| id.uuid());
    let rows = row::Entity::find()
        .filter(row::Column::OrderId.is_in(uuids))
        .order_by_asc(row::Column::Position)
        .all(db)
        .await?;
    let mut by_order: BTreeMap<OrderId, Vec<StoredPayment>> = BTreeMap::new();
    for row in rows {
        by_order.entry(row.order_id.into()).or_default().push(stored(row)?);
    }
    Ok(by_order)
}

/// The payments of an order, oldest first.
pub(crate) async fn of_order(db: &Db, order: OrderId) -> Result<Vec<StoredPayment>> {
    Ok(of_orders(db, &[order]).await?.remove(&order).unwrap_or_default())
}

/// A page of payments.
pub(crate) async fn list(db: &Db, query: &Query<serde_json::Value>) -> Result<Page<StoredPayment>> {
    use row::Column as C;
    let columns = Columns::new([
        ("id", C::Id),
        ("order_id", C::OrderId),
        ("order_number", C::OrderNumber),
        ("method", C::Method),
        ("provider", C::Provider),
        ("status", C::Status),
        ("amount", C::Amount),
        ("captured", C::Captured),
        ("created_at", C::CreatedAt),
    ]);
    sql::fetch(query, row::Entity::find(), &columns, db).await?.try_map(stored)
}

/// Writes what can change of a payment that was read with its `version`; false when it changed since.
pub(crate) async fn update(db: &Db, payment: &StoredPayment) -> Result<bool> {
    use row::Column as C;
    let new = active(payment)?;
    let next = row::ActiveModel {
        method_name: new.method_name,
        provider: new.provider,
        status: new.status,
        authorized: new.authorized,
        captured: new.captured,
        capturing: new.capturing,
        refunded: new.refunded,
        refunding: new.refunding,
        next_action: new.next_action,
        failure: new.failure,
        reference: new.reference,
        data: new.data,
        tried_at: new.tried_at,
        version: Set(payment.version + 1),
        ..Default::default()
    };
    let done = row::Entity::update_many()
        .set(next)
        .filter(C::Id.eq(payment.id.uuid()))
        .filter(C::Version.eq(payment.version))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Sets an authorized amount aside to be captured. False when it is not authorized, is less, or another
/// amount is being captured.
pub(crate) async fn claim_capture(db: &Db, id: PaymentId, amount: i64) -> Result<bool> {
    use row::Column as C;
    let done = row::Entity::update_many()
        .col_expr(C::Capturing, Expr::value(amount))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::Id.eq(id.uuid()))
        .filter(C::Status.eq(status_text(PaymentStatus::Authorized)))
        .filter(C::Authorized.gte(amount))
        .filter(Condition::any().add(C::Capturing.is_null()).add(C::Capturing.eq(amount)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Sets an amount aside to be given back; never more than was captured and is not given back yet.
pub(crate) async fn reserve_refund(db: &Db, id: PaymentId, amount: i64) -> Result<bool> {
    use row::Column as C;
    let given = Expr::col(C::Refunded).add(Expr::col(C::Refunding)).add(amount);
    let done = row::Entity::update_many()
        .col_expr(C::Refunding, Expr::col(C::Refunding).add(amount))
        .col_expr(C::Version, Expr::col(C::Version).add(1))
        .filter(C::Id.eq(id.uuid()))
        .filter(C::Status.is_in(REFUNDABLE.map(status_text)))
        .filter(given.lte(Expr::col(C::Captured)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

fn active(payment: &StoredPayment) -> Result<row::ActiveModel> {
    let standing = &payment.standing;
    Ok(row::ActiveModel {
        id: Set(payment.id.uuid()),
        order_id: Set(payment.order_id.uuid()),
        order_number: Set(payment.order_number.clone()),
        position: Set(payment.position),
        attempt: Set(payment.attempt),
        method: Set(payment.method.clone()),
        method_name: Set(serde_json::to_value(&payment.method_name)?),
        provider: Set(payment.provider.clone()),
        currency: Set(standing.currency.code().into()),
        status: Set(status_text(standing.status).into()),
        amount: Set(standing.amount),
        authorized: Set(standing.authorized),
        captured: Set(standing.captured),
        capturing: Set(payment.capturing),
        refunded: Set(standing.refunded),
        refunding: Set(payment.refunding),
        next_action: Set(payment.next_action.as_ref().map(serde_json::to_value).transpose()?),
        failure: Set(payment.failure.clone()),
        reference: Set(payment.reference.clone()),
        data: Set(serde_json::to_value(&payment.data)?),
        return_url: Set(payment.return_url.clone()),
        tried_at: Set(payment.tried_at),
        created_at: Set(payment.created_at),
        version: Set(payment.version),
    })
}

fn stored(row: row::Model) -> Result<StoredPayment> {
    let standing = Standing {
        status: serde_json::from_value(serde_json::Value::String(row.status))?,
        currency: row.currency.parse()?,
        amount: row.amount,
        authorized: row.authorized,
        captured: row.captured,
        refunded: row.refunded,
    };
    Ok(StoredPayment {
        id: row.id.into(),
        order_id: row.order_id.into(),
        order_number: row.order_number,
        position: row.position,
        attempt: row.attempt,
        method: row.method,
        method_name: serde_json::from_value(row.method_name)?,
        provider: row.provider,
        standing,
        capturing: row.capturing,
        refunding: row.refunding,
        next_action: row.next_action.map(serde_json::from_value).transpose()?,
        failure: row.failure,
        reference: row.reference,
        data: serde_json::from_value(row.data)?,
        return_url: row.return_url,
        tried_at: row.tried_at,
        created_at: row.created_at,
        version: row.version,
    })
}
