//! Products on lists.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::catalog::ProductId;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::entity::prelude::*;
use sea_orm::{FromQueryResult, QueryOrder, QuerySelect, Set};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::visitor::Visitor;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "__name___item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub visitor: String,
        pub product_id: Uuid,
        pub added_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A product on somebody's list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Item {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub(crate) id: Id<Item>,
    /// Whose list.
    #[schema(value_type = String)]
    pub(crate) visitor: Visitor,
    /// What.
    #[schema(value_type = uuid::Uuid)]
    pub(crate) product_id: ProductId,
    /// Since when.
    pub(crate) added_at: DateTime<Utc>,
}

/// What `filter=` and `sort=` of the admin API may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("visitor", FieldKind::Text),
        FieldDef::new("product_id", FieldKind::Id),
        FieldDef::new("added_at", FieldKind::Time),
    ])
}

/// Writes an item.
pub(crate) async fn insert(db: &Db, item: &Item) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(item.id.uuid()),
        visitor: Set(item.visitor.as_str().to_owned()),
        product_id: Set(item.product_id.uuid()),
        added_at: Set(item.added_at),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Takes products off all lists.
pub(crate) async fn delete_products(db: &Db, products: &[ProductId]) -> Result<()> {
    let products = products.iter().map(|product| product.uuid());
    row::Entity::delete_many().filter(row::Column::ProductId.is_in(products)).exec(db).await?;
    Ok(())
}

/// Somebody's list, the newest first.
pub(crate) async fn of_visitor(db: &Db, visitor: &Visitor) -> Result<Vec<Item>> {
    let rows = row::Entity::find()
        .filter(row::Column::Visitor.eq(visitor.as_str()))
        .order_by_desc(row::Column::AddedAt)
        .order_by_desc(row::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(item).collect())
}

/// On how many lists each of the products stands; those on none are absent.
pub(crate) async fn lists_by_product(
    db: &Db,
    products: &[ProductId],
) -> Result<BTreeMap<ProductId, i64>> {
    #[derive(FromQueryResult)]
    struct Counted {
        product_id: Uuid,
        lists: i64,
    }
    let counted = row::Entity::find()
        .select_only()
        .column(row::Column::ProductId)
        .column_as(row::Column::Id.count(), "lists")
        .filter(row::Column::ProductId.is_in(products.iter().map(|product| product.uuid())))
        .group_by(row::Column::ProductId)
        .into_model::<Counted>()
        .all(db)
        .await?;
    Ok(counted.into_iter().map(|row| (row.product_id.into(), row.lists)).collect())
}

/// A page of items, for staff.
pub(crate) async fn list(db: &Db, query: &Query<Value>) -> Result<Page<Item>> {
    let columns = Columns::new([
        ("id", row::Column::Id),
        ("visitor", row::Column::Visitor),
        ("product_id", row::Column::ProductId),
        ("added_at", row::Column::AddedAt),
    ]);
    Ok(sql::fetch(query, row::Entity::find(), &columns, db).await?.map(item))
}

/// The items of those ids.
pub(crate) async fn by_ids(db: &Db, ids: &[Uuid]) -> Result<Vec<Item>> {
    let ids = ids.iter().copied();
    let rows = row::Entity::find().filter(row::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(item).collect())
}

fn item(row: row::Model) -> Item {
    Item {
        id: row.id.into(),
        visitor: Visitor::stored(row.visitor),
        product_id: row.product_id.into(),
        added_at: row.added_at,
    }
}
