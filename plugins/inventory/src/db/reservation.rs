//! Reservations: what is kept for whom.

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{QueryOrder, QuerySelect, Set};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "inventory_reservation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub reference: String,
        pub sku: String,
        pub location: String,
        pub quantity: i64,
        pub expires_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// So many of a SKU at a location, kept for a reference.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    pub(crate) id: Id<Reservation>,
    pub(crate) reference: String,
    pub(crate) sku: Sku,
    pub(crate) location: String,
    pub(crate) quantity: i64,
    pub(crate) expires_at: Option<DateTimeUtc>,
}

/// Writes a reservation.
pub(crate) async fn insert(db: &Db, reservation: &Reservation) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(reservation.id.uuid()),
        reference: Set(reservation.reference.clone()),
        sku: Set(reservation.sku.to_string()),
        location: Set(reservation.location.clone()),
        quantity: Set(reservation.quantity),
        expires_at: Set(reservation.expires_at),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// What is kept for a reference, by SKU and location.
pub(crate) async fn of_reference(db: &Db, reference: &str) -> Result<Vec<Reservation>> {
    let rows = row::Entity::find()
        .filter(row::Column::Reference.eq(reference))
        .order_by_asc(row::Column::Sku)
        .order_by_asc(row::Column::Location)
        .all(db)
        .await?;
    rows.into_iter().map(reservation).collect()
}

/// References whose reservations expired.
pub(crate) async fn expired(db: &Db, now: DateTimeUtc, limit: u64) -> Result<Vec<String>> {
    let rows = row::Entity::find()
        .filter(row::Column::ExpiresAt.lte(now))
        .order_by_asc(row::Column::ExpiresAt)
        .limit(limit)
        .all(db)
        .await?;
    let mut references: Vec<String> = rows.into_iter().map(|row| row.reference).collect();
    references.dedup();
    Ok(references)
}

/// Makes the reservations of a reference last.
pub(crate) async fn confirm(db: &Db, reference: &str) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::ExpiresAt, Expr::value(Option::<DateTimeUtc>::None))
        .filter(row::Column::Reference.eq(reference))
        .exec(db)
        .await?;
    Ok(())
}

/// Lowers a reservation; false when it is gone or smaller meanwhile. One that comes to nothing is removed.
pub(crate) async fn lower(db: &Db, id: Id<Reservation>, quantity: i64) -> Result<bool> {
    let left = Expr::col(row::Column::Quantity).sub(quantity);
    let done = row::Entity::update_many()
        .col_expr(row::Column::Quantity, left)
        .filter(row::Column::Id.eq(id.uuid()))
        .filter(row::Column::Quantity.gte(quantity))
        .exec(db)
        .await?;
    row::Entity::delete_many()
        .filter(row::Column::Id.eq(id.uuid()))
        .filter(row::Column::Quantity.eq(0))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

fn reservation(row: row::Model) -> Result<Reservation> {
    Ok(Reservation {
        id: row.id.into(),
        reference: row.reference,
        sku: Sku::new(&row.sku)?,
        location: row.location,
        quantity: row.quantity,
        expires_at: row.expires_at,
    })
}
