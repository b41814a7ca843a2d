//! In how many orders of the window each product stands.

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Set};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recommendation_popular_count")]
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

/// The products in most orders, and in how many: `limit` of them after the first `offset`.
pub(crate) async fn best(db: &Db, offset: u64, limit: u64) -> Result<Vec<(ProductId, i64)>> {
    let rows = row::Entity::find()
        .order_by_desc(row::Column::Orders)
        .order_by_asc(row::Column::ProductId)
        .offset(offset)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.product_id.into(), row.orders)).collect())
}

/// Replaces all counts.
pub(crate) async fn replace(db: &Db, counts: &[(ProductId, i64)]) -> Result<()> {
    row::Entity::delete_many().exec(db).await?;
    for chunk in counts.chunks(ROWS) {
        let rows = chunk.iter().map(|(product, orders)| row::ActiveModel {
            product_id: Set(product.uuid()),
            orders: Set(*orders),
        });
        row::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}
