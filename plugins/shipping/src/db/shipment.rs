//! Shipments.

use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::interfaces::shipping::{NewShipment, Shipment};
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, Set};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shipping_shipment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub order_id: Uuid,
        #[sea_orm(column_type = "Json")]
        pub lines: Json,
        pub method: Option<String>,
        pub carrier: String,
        pub tracking_number: Option<String>,
        #[sea_orm(column_type = "Json", nullable)]
        pub address: Option<Json>,
        pub dispatched_at: DateTimeUtc,
        pub delivered_at: Option<DateTimeUtc>,
        pub signed_by: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("order_id", FieldKind::Id),
        FieldDef::new("carrier", FieldKind::Text),
        FieldDef::new("tracking_number", FieldKind::Text),
        FieldDef::new("dispatched_at", FieldKind::Time),
        FieldDef::new("delivered_at", FieldKind::Time),
    ])
}

/// Writes a shipment.
pub(crate) async fn insert(db: &Db, shipment: &Shipment, request: &NewShipment) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(shipment.id.uuid()),
        order_id: Set(shipment.order_id.uuid()),
        lines: Set(serde_json::to_value(&shipment.lines)?),
        method: Set(request.method.clone()),
        carrier: Set(shipment.carrier.clone()),
        tracking_number: Set(shipment.tracking_number.clone()),
        address: Set(request.address.as_ref().map(serde_json::to_value).transpose()?),
        dispatched_at: Set(shipment.dispatched_at),
        delivered_at: Set(None),
        signed_by: Set(None),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Marks all shipments of an order that travel as signed for.
pub(crate) async fn deliver(
    db: &Db,
    order: OrderId,
    signed_by: Option<String>,
    now: DateTimeUtc,
) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::DeliveredAt, Expr::value(now))
        .col_expr(row::Column::SignedBy, Expr::value(signed_by))
        .filter(row::Column::OrderId.eq(order.uuid()))
        .filter(row::Column::DeliveredAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// The shipments of orders, oldest first.
pub(crate) async fn of_orders(db: &Db, orders: &[OrderId]) -> Result<Vec<Shipment>> {
    let rows = row::Entity::find()
        .filter(row::Column::OrderId.is_in(orders.iter().map(|id| id.uuid())))
        .order_by_asc(row::Column::DispatchedAt)
        .order_by_asc(row::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(shipment).collect()
}

/// The shipments of those ids.
pub(crate) async fn by_ids(db: &Db, ids: &[Uuid]) -> Result<Vec<Shipment>> {
    let rows =
        row::Entity::find().filter(row::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    rows.into_iter().map(shipment).collect()
}

/// A page of shipments.
pub(crate) async fn list(db: &Db, query: &Query<serde_json::Value>) -> Result<Page<Shipment>> {
    use row::Column as C;
    let columns = Columns::new([
        ("id", C::Id),
        ("order_id", C::OrderId),
        ("carrier", C::Carrier),
        ("tracking_number", C::TrackingNumber),
        ("dispatched_at", C::DispatchedAt),
        ("delivered_at", C::DeliveredAt),
    ]);
    sql::fetch(query, row::Entity::find(), &columns, db).await?.try_map(shipment)
}

fn shipment(row: row::Model) -> Result<Shipment> {
    Ok(Shipment {
        id: row.id.into(),
        order_id: row.order_id.into(),
        lines: serde_json::from_value(row.lines)?,
        carrier: row.carrier,
        tracking_number: row.tracking_number,
        tracking_url: None,
        dispatched_at: row.dispatched_at,
        delivered_at: row.delivered_at,
        signed_by: row.signed_by,
    })
}
