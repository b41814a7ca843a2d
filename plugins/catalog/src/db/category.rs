//! Categories.

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::catalog::{Category, CategoryDraft, CategoryId};
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{QueryOrder, Set};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "catalog_category")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub slug: String,
        #[sea_orm(column_type = "Json")]
        pub name: Json,
        pub parent: Option<String>,
        pub position: i32,
        pub shared_by: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// All categories, by slug.
pub(crate) async fn all(db: &Db) -> Result<Vec<Category>> {
    let rows = row::Entity::find().order_by_asc(row::Column::Slug).all(db).await?;
    rows.into_iter().map(category).collect()
}

/// Makes what a policy gave the store's own.
pub(crate) async fn release(db: &Db, share: &str) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::SharedBy, Expr::value(None::<String>))
        .filter(row::Column::SharedBy.eq(share))
        .exec(db)
        .await?;
    Ok(())
}

/// Writes categories by slug; new ones get the given ids, and are marked as given by a policy if there is one.
pub(crate) async fn save(
    db: &Db,
    drafts: &[(CategoryId, CategoryDraft)],
    shared_by: Option<&str>,
) -> Result<()> {
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
                parent: Set(draft.parent.clone()),
                position: Set(draft.position),
                shared_by: Set(shared_by.map(str::to_owned)),
            })
        })
        .collect::<Result<_>>()?;
    let replace = OnConflict::column(row::Column::Slug)
        .update_columns([row::Column::Name, row::Column::Parent, row::Column::Position])
        .to_owned();
    row::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

fn category(row: row::Model) -> Result<Category> {
    Ok(Category {
        id: row.id.into(),
        slug: row.slug,
        name: serde_json::from_value(row.name)?,
        parent: row.parent,
        position: row.position,
        shared_by: row.shared_by,
    })
}
