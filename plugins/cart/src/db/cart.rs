//! Carts and their lines.

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::cart::{CartId, CartLineId};
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{QueryOrder, QuerySelect, Set};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "cart_cart")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub order_number: Option<String>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod line {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "cart_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub cart_id: Uuid,
        pub sku: String,
        pub quantity: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A cart as stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredCart {
    pub(crate) id: CartId,
    pub(crate) order_number: Option<String>,
    pub(crate) created_at: DateTimeUtc,
    pub(crate) version: i64,
    /// In the order they were added.
    pub(crate) lines: Vec<StoredLine>,
}

/// A line as stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredLine {
    pub(crate) id: CartLineId,
    pub(crate) sku: Sku,
    pub(crate) quantity: i64,
}

/// Writes an empty cart.
pub(crate) async fn insert(db: &Db, id: CartId, now: DateTimeUtc) -> Result<()> {
    let cart = row::ActiveModel {
        id: Set(id.uuid()),
        order_number: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
    };
    row::Entity::insert(cart).exec_without_returning(db).await?;
    Ok(())
}

/// The carts of those ids, in the order asked.
pub(crate) async fn by_ids(db: &Db, ids: &[CartId]) -> Result<Vec<StoredCart>> {
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let carts = row::Entity::find().filter(row::Column::Id.is_in(uuids.clone())).all(db).await?;
    // Version 7 ids sort by the time of their making.
    let lines = line::Entity::find()
        .filter(line::Column::CartId.is_in(uuids))
        .order_by_asc(line::Column::Id)
        .all(db)
        .await?;
    ids.iter()
        .filter_map(|id| carts.iter().find(|cart| cart.id == id.uuid()))
        .map(|cart| {
            let lines = lines
                .iter()
                .filter(|line| line.cart_id == cart.id)
                .map(|line| {
                    let sku = Sku::new(&line.sku)?;
                    Ok(StoredLine { id: line.id.into(), sku, quantity: line.quantity })
                })
                .collect::<Result<_>>()?;
            Ok(StoredCart {
                id: cart.id.into(),
                order_number: cart.order_number.clone(),
                created_at: cart.created_at,
                version: cart.version,
                lines,
            })
        })
        .collect()
}

/// Counts a change, unless the cart is closed or gone; the row is locked until the unit of work ends.
pub(crate) async fn touch(db: &Db, id: CartId, now: DateTimeUtc) -> Result<bool> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
        .col_expr(row::Column::UpdatedAt, Expr::value(now))
        .filter(row::Column::Id.eq(id.uuid()))
        .filter(row::Column::OrderNumber.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Closes an open cart; false when it was closed before or is gone.
pub(crate) async fn close(
    db: &Db,
    id: CartId,
    order_number: &str,
    now: DateTimeUtc,
) -> Result<bool> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::OrderNumber, Expr::value(order_number))
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
        .col_expr(row::Column::UpdatedAt, Expr::value(now))
        .filter(row::Column::Id.eq(id.uuid()))
        .filter(row::Column::OrderNumber.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Adds a line.
pub(crate) async fn insert_line(db: &Db, cart: CartId, line: &StoredLine) -> Result<()> {
    let line = line::ActiveModel {
        id: Set(line.id.uuid()),
        cart_id: Set(cart.uuid()),
        sku: Set(line.sku.to_string()),
        quantity: Set(line.quantity),
    };
    line::Entity::insert(line).exec_without_returning(db).await?;
    Ok(())
}

/// Sets the quantity of a line.
pub(crate) async fn set_quantity(db: &Db, line: CartLineId, quantity: i64) -> Result<()> {
    line::Entity::update_many()
        .col_expr(line::Column::Quantity, Expr::value(quantity))
        .filter(line::Column::Id.eq(line.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Removes a line.
pub(crate) async fn delete_line(db: &Db, line: CartLineId) -> Result<()> {
    line::Entity::delete_by_id(line.uuid()).exec(db).await?;
    Ok(())
}

/// Removes at most `limit` carts that nobody touched since, with their lines, and says how many.
pub(crate) async fn delete_older(db: &Db, before: DateTimeUtc, limit: u64) -> Result<u64> {
    let ids: Vec<Uuid> = row::Entity::find()
        .filter(row::Column::UpdatedAt.lt(before))
        .order_by_asc(row::Column::UpdatedAt)
        .limit(limit)
        .all(db)
        .await?
        .into_iter()
        .map(|cart| cart.id)
        .collect();
    line::Entity::delete_many().filter(line::Column::CartId.is_in(ids.clone())).exec(db).await?;
    let gone = row::Entity::delete_many().filter(row::Column::Id.is_in(ids)).exec(db).await?;
    Ok(gone.rows_affected)
}
