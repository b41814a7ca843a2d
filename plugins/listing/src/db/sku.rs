//! Which product a SKU belongs to, and in how many orders a product stands.

use std::collections::BTreeMap;

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::Sku;
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "listing_sku")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub sku: String,
        pub product_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod popularity {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "listing_popularity")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: Uuid,
        pub orders: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const KEYS: usize = 5000;
const ROWS: usize = 1000;

/// The products of those SKUs that are known.
pub(crate) async fn products(db: &Db, skus: &[Sku]) -> Result<BTreeMap<Sku, ProductId>> {
    let mut found = BTreeMap::new();
    for chunk in skus.chunks(KEYS) {
        let texts = chunk.iter().map(Sku::as_str);
        for row in row::Entity::find().filter(row::Column::Sku.is_in(texts)).all(db).await? {
            found.insert(Sku::new(&row.sku)?, row.product_id.into());
        }
    }
    Ok(found)
}

/// Remembers which product SKUs belong to.
pub(crate) async fn save(db: &Db, skus: &[(Sku, ProductId)]) -> Result<()> {
    let replace =
        OnConflict::column(row::Column::Sku).update_column(row::Column::ProductId).to_owned();
    for chunk in skus.chunks(ROWS) {
        let rows = chunk.iter().map(|(sku, product)| row::ActiveModel {
            sku: Set(sku.to_string()),
            product_id: Set(product.uuid()),
        });
        row::Entity::insert_many(rows)
            .on_conflict(replace.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// In how many orders products stand.
pub(crate) async fn orders(db: &Db, ids: &[ProductId]) -> Result<BTreeMap<ProductId, i64>> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(KEYS) {
        let uuids = chunk.iter().map(|id| id.uuid());
        let rows = popularity::Entity::find()
            .filter(popularity::Column::ProductId.is_in(uuids))
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.product_id.into(), row.orders)));
    }
    Ok(found)
}

/// Counts more orders of products.
pub(crate) async fn add_orders(db: &Db, counts: &BTreeMap<ProductId, i64>) -> Result<()> {
    let counts: Vec<_> = counts.iter().collect();
    let orders = Expr::col((popularity::Entity, popularity::Column::Orders));
    let more = orders.add(Expr::col(("excluded", "orders")));
    let grow = OnConflict::column(popularity::Column::ProductId)
        .value(popularity::Column::Orders, more)
        .to_owned();
    for chunk in counts.chunks(ROWS) {
        let rows = chunk.iter().map(|(product, count)| popularity::ActiveModel {
            product_id: Set(product.uuid()),
            orders: Set(**count),
        });
        popularity::Entity::insert_many(rows)
            .on_conflict(grow.clone())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Forgets all counts, before they are counted anew.
pub(crate) async fn clear_orders(db: &Db) -> Result<()> {
    popularity::Entity::delete_many().exec(db).await?;
    Ok(())
}
