//! What was sold lately: a row per order and product.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::interfaces::order::OrderId;
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Set};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recommendation_popular_sale")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: Uuid,
        pub placed_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A product in an order.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    /// The order.
    pub(crate) order: OrderId,
    /// The product.
    pub(crate) product: ProductId,
    /// When the order was placed.
    pub(crate) placed_at: DateTime<Utc>,
}

const ROWS: usize = 1000;

/// Keeps sales; those that are here already stay as they are.
pub(crate) async fn keep(db: &Db, sales: &[Sale]) -> Result<()> {
    for chunk in sales.chunks(ROWS) {
        let rows = chunk.iter().map(|sale| row::ActiveModel {
            order_id: Set(sale.order.uuid()),
            product_id: Set(sale.product.uuid()),
            placed_at: Set(sale.placed_at),
        });
        let key = [row::Column::OrderId, row::Column::ProductId];
        let known = OnConflict::columns(key).do_nothing_on(key).to_owned();
        row::Entity::insert_many(rows).on_conflict(known).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Forgets the sales of an order.
pub(crate) async fn forget_order(db: &Db, order: OrderId) -> Result<()> {
    row::Entity::delete_many().filter(row::Column::OrderId.eq(order.uuid())).exec(db).await?;
    Ok(())
}

/// Forgets the sales before a time.
pub(crate) async fn forget_before(db: &Db, time: DateTime<Utc>) -> Result<()> {
    row::Entity::delete_many().filter(row::Column::PlacedAt.lt(time)).exec(db).await?;
    Ok(())
}

/// Forgets all sales.
pub(crate) async fn forget_all(db: &Db) -> Result<()> {
    row::Entity::delete_many().exec(db).await?;
    Ok(())
}

/// When the newest order was placed.
pub(crate) async fn newest(db: &Db) -> Result<Option<DateTime<Utc>>> {
    let newest = row::Entity::find().order_by_desc(row::Column::PlacedAt).limit(1).one(db).await?;
    Ok(newest.map(|row| row.placed_at))
}

/// How many orders hold each product.
pub(crate) async fn orders_by_product(db: &Db) -> Result<Vec<(ProductId, i64)>> {
    #[derive(FromQueryResult)]
    struct Counted {
        product_id: Uuid,
        orders: i64,
    }
    let counted = row::Entity::find()
        .select_only()
        .column(row::Column::ProductId)
        .column_as(row::Column::OrderId.count(), "orders")
        .group_by(row::Column::ProductId)
        .into_model::<Counted>()
        .all(db)
        .await?;
    Ok(counted.into_iter().map(|row| (row.product_id.into(), row.orders)).collect())
}
