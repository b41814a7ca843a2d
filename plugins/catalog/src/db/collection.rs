//! Collections.

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::catalog::{Collection, CollectionDraft, CollectionId};
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, Set};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "catalog_collection")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub slug: String,
        #[sea_orm(column_type = "Json")]
        pub name: Json,
        #[sea_orm(column_type = "Json")]
        pub description: Json,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// All collections, by position and slug.
pub(crate) async fn all(db: &Db) -> Result<Vec<Collection>> {
    let rows = row::Entity::find()
        .order_by_asc(row::Column::Position)
        .order_by_asc(row::Column::Slug)
        .all(db)
        .await?;
    rows.into_iter().map(collection).collect()
}

/// Writes collections by slug; new ones get the given ids.
pub(crate) async fn save(db: &Db, drafts: &[(CollectionId, CollectionDraft)]) -> Result<()> {
    if drafts.is_empty() {
        return Ok(());
    }
    let rows: Vec<row::ActiveModel> = drafts
        .iter()
        .map(|(id, draft)| {
            Ok(row::ActiveModel {
                id: Set(id.uuid()),
                slug: Set(draft.slug.clone()),
                name: Set(serde_json::to_value(&draft.name)?),
                description: Set(serde_json::to_value(&draft.description)?),
                position: Set(draft.position),
            })
        })
        .collect::<Result<_>>()?;
    use row::Column as C;
    let replace = OnConflict::column(C::Slug)
        .update_columns([C::Name, C::Description, C::Position])
        .to_owned();
    row::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

fn collection(row: row::Model) -> Result<Collection> {
    Ok(Collection {
        id: row.id.into(),
        slug: row.slug,
        name: serde_json::from_value(row.name)?,
        description: serde_json::from_value(row.description)?,
        position: row.position,
    })
}
