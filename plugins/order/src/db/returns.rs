//! Returns: goods that are to come back or came back.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::SkuQuantity;
use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{QueryOrder, Set};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_return")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub number: String,
        pub order_id: Option<Uuid>,
        pub order_number: Option<String>,
        pub status: String,
        pub reason: String,
        #[sea_orm(column_type = "Json")]
        pub lines: Json,
        #[sea_orm(column_type = "Json")]
        pub charges: Json,
        pub credit: Option<i64>,
        pub currency: String,
        pub source: String,
        pub requested_at: DateTimeUtc,
        pub received_at: Option<DateTimeUtc>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A return merchandise authorization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Rma {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub(crate) id: Id<Rma>,
    /// Number for people.
    pub(crate) number: String,
    /// The order, when one is known.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(crate) order_id: Option<OrderId>,
    /// Its number.
    pub(crate) order_number: Option<String>,
    /// `requested` or `received`.
    pub(crate) status: String,
    /// Why, in the customer's words.
    pub(crate) reason: String,
    /// What comes back.
    pub(crate) lines: Vec<SkuQuantity>,
    /// Charges that are given back, such as postage.
    #[serde(default)]
    pub(crate) charges: Vec<ReturnedCharge>,
    /// What the customer gets for it, when that is known.
    #[serde(default)]
    pub(crate) credit: Option<Money>,
    /// Currency of all amounts.
    pub(crate) currency: Currency,
    /// Where it comes from: `storefront`, or the system it was imported from.
    pub(crate) source: String,
    /// When it was asked for.
    pub(crate) requested_at: DateTime<Utc>,
    /// When the goods arrived.
    pub(crate) received_at: Option<DateTime<Utc>>,
    /// Grows with every change.
    pub(crate) version: i64,
}

/// A charge that is given back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ReturnedCharge {
    /// `shipping`, `fee`, `discount`, ..
    pub(crate) kind: String,
    /// For people.
    pub(crate) label: String,
    /// How much.
    pub(crate) amount: Money,
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("number", FieldKind::Text),
        FieldDef::new("order_number", FieldKind::Text),
        FieldDef::new("status", FieldKind::Choice).choices(["requested", "received"]),
        FieldDef::new("source", FieldKind::Text),
        FieldDef::new("requested_at", FieldKind::Time),
    ])
}

/// Writes a return.
pub(crate) async fn insert(db: &Db, returns: &[Rma]) -> Result<()> {
    if returns.is_empty() {
        return Ok(());
    }
    let rows: Vec<row::ActiveModel> = returns.iter().map(active).collect::<Result<_>>()?;
    row::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// The returns of an order, oldest first.
pub(crate) async fn of_order(db: &Db, order: OrderId) -> Result<Vec<Rma>> {
    let rows = row::Entity::find()
        .filter(row::Column::OrderId.eq(order.uuid()))
        .order_by_asc(row::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(rma).collect()
}

/// The returns of those ids.
pub(crate) async fn by_ids(db: &Db, ids: &[Uuid]) -> Result<Vec<Rma>> {
    let rows =
        row::Entity::find().filter(row::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    rows.into_iter().map(rma).collect()
}

/// Which of those numbers are taken.
pub(crate) async fn known_numbers(db: &Db, numbers: &[String]) -> Result<Vec<String>> {
    let rows = row::Entity::find()
        .filter(row::Column::Number.is_in(numbers))
        .order_by_asc(row::Column::Number)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.number).collect())
}

/// A page of returns.
pub(crate) async fn list(db: &Db, query: &Query<serde_json::Value>) -> Result<Page<Rma>> {
    let columns = Columns::new([
        ("id", row::Column::Id),
        ("number", row::Column::Number),
        ("order_number", row::Column::OrderNumber),
        ("status", row::Column::Status),
        ("source", row::Column::Source),
        ("requested_at", row::Column::RequestedAt),
    ]);
    sql::fetch(query, row::Entity::find(), &columns, db).await?.try_map(rma)
}

/// Marks a requested return as received; false when it is not waiting.
pub(crate) async fn receive(db: &Db, id: Id<Rma>, credit: Money, now: DateTimeUtc) -> Result<bool> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::Status, Expr::value("received"))
        .col_expr(row::Column::ReceivedAt, Expr::value(now))
        .col_expr(row::Column::Credit, Expr::value(credit.minor))
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
        .filter(row::Column::Id.eq(id.uuid()))
        .filter(row::Column::Status.eq("requested"))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

fn active(rma: &Rma) -> Result<row::ActiveModel> {
    Ok(row::ActiveModel {
        id: Set(rma.id.uuid()),
        number: Set(rma.number.clone()),
        order_id: Set(rma.order_id.map(|id| id.uuid())),
        order_number: Set(rma.order_number.clone()),
        status: Set(rma.status.clone()),
        reason: Set(rma.reason.clone()),
        lines: Set(serde_json::to_value(&rma.lines)?),
        charges: Set(serde_json::to_value(&rma.charges)?),
        credit: Set(rma.credit.map(|credit| credit.minor)),
        currency: Set(rma.currency.code().into()),
        source: Set(rma.source.clone()),
        requested_at: Set(rma.requested_at),
        received_at: Set(rma.received_at),
        version: Set(rma.version),
    })
}

fn rma(row: row::Model) -> Result<Rma> {
    let currency: Currency = row.currency.parse()?;
    Ok(Rma {
        id: row.id.into(),
        number: row.number,
        order_id: row.order_id.map(Into::into),
        order_number: row.order_number,
        status: row.status,
        reason: row.reason,
        lines: serde_json::from_value(row.lines)?,
        charges: serde_json::from_value(row.charges)?,
        credit: row.credit.map(|minor| Money::new(minor, currency)),
        currency,
        source: row.source,
        requested_at: row.requested_at,
        received_at: row.received_at,
        version: row.version,
    })
}
