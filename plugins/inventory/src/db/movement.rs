//! Movements: every change of what lies there.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "inventory_movement")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub at: DateTimeUtc,
        pub sku: String,
        pub location: String,
        pub quantity: i64,
        pub reason: String,
        pub reference: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Rows per statement.
const ROWS: usize = 1000;

/// A change of what lies at a location.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Movement {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub(crate) id: Id<Movement>,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// What.
    pub(crate) sku: Sku,
    /// Where.
    pub(crate) location: String,
    /// How many more, or with a minus how many less.
    pub(crate) quantity: i64,
    /// `counted`, `imported`, `shipped`, `returned`, ..
    pub(crate) reason: String,
    /// Of what: an order's id.
    pub(crate) reference: String,
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("at", FieldKind::Time),
        FieldDef::new("sku", FieldKind::Text),
        FieldDef::new("location", FieldKind::Text),
        FieldDef::new("quantity", FieldKind::Integer),
        FieldDef::new("reason", FieldKind::Text),
        FieldDef::new("reference", FieldKind::Text),
    ])
}

/// Writes movements.
pub(crate) async fn insert(db: &Db, movements: &[Movement]) -> Result<()> {
    for chunk in movements.chunks(ROWS) {
        let rows = chunk.iter().map(|movement| row::ActiveModel {
            id: Set(movement.id.uuid()),
            at: Set(movement.at),
            sku: Set(movement.sku.to_string()),
            location: Set(movement.location.clone()),
            quantity: Set(movement.quantity),
            reason: Set(movement.reason.clone()),
            reference: Set(movement.reference.clone()),
        });
        row::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// A page of movements.
pub(crate) async fn list(db: &Db, query: &Query<serde_json::Value>) -> Result<Page<Movement>> {
    use row::Column as C;
    let columns = Columns::new([
        ("id", C::Id),
        ("at", C::At),
        ("sku", C::Sku),
        ("location", C::Location),
        ("quantity", C::Quantity),
        ("reason", C::Reason),
        ("reference", C::Reference),
    ]);
    sql::fetch(query, row::Entity::find(), &columns, db).await?.try_map(movement)
}

/// The movements of those ids.
pub(crate) async fn by_ids(db: &Db, ids: &[Uuid]) -> Result<Vec<Movement>> {
    let rows =
        row::Entity::find().filter(row::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    rows.into_iter().map(movement).collect()
}

fn movement(row: row::Model) -> Result<Movement> {
    Ok(Movement {
        id: row.id.into(),
        at: row.at,
        sku: Sku::new(&row.sku)?,
        location: row.location,
        quantity: row.quantity,
        reason: row.reason,
        reference: row.reference,
    })
}
