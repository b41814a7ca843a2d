//! Neighbors of products, and how popular products are.

use std::collections::BTreeMap;

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Set};

use crate::domain::pairs::Neighbor;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recommendation_neighbor")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub other_id: Uuid,
        pub together: i64,
        pub of_orders: i64,
        pub score: f64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod popular {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recommendation_popular")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: Uuid,
        pub orders: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const ROWS: usize = 1000;

/// The neighbors of products, best first.
pub(crate) async fn of_products(db: &Db, ids: &[ProductId]) -> Result<Vec<Neighbor>> {
    let rows = row::Entity::find()
        .filter(row::Column::ProductId.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_desc(row::Column::Score)
        .order_by_asc(row::Column::OtherId)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(neighbor).collect())
}

/// The products in most orders, and in how many.
pub(crate) async fn most_popular(db: &Db, limit: u64) -> Result<Vec<(ProductId, i64)>> {
    let rows = popular::Entity::find()
        .order_by_desc(popular::Column::Orders)
        .order_by_asc(popular::Column::ProductId)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.product_id.into(), row.orders)).collect())
}

/// Replaces everything that was learned.
pub(crate) async fn replace(
    db: &Db,
    neighbors: &[Neighbor],
    orders: &BTreeMap<ProductId, u32>,
) -> Result<()> {
    row::Entity::delete_many().exec(db).await?;
    for chunk in neighbors.chunks(ROWS) {
        let rows = chunk.iter().map(|neighbor| row::ActiveModel {
            product_id: Set(neighbor.product.uuid()),
            other_id: Set(neighbor.other.uuid()),
            together: Set(neighbor.together.into()),
            of_orders: Set(neighbor.of.into()),
            score: Set(neighbor.score),
        });
        row::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    popular::Entity::delete_many().exec(db).await?;
    let orders: Vec<_> = orders.iter().collect();
    for chunk in orders.chunks(ROWS) {
        let rows = chunk.iter().map(|(product, orders)| popular::ActiveModel {
            product_id: Set(product.uuid()),
            orders: Set(i64::from(**orders)),
        });
        popular::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

fn neighbor(row: row::Model) -> Neighbor {
    let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Neighbor {
        product: row.product_id.into(),
        other: row.other_id.into(),
        together: count(row.together),
        of: count(row.of_orders),
        score: row.score,
    }
}
