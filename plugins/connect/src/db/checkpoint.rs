//! How far an import came. The row is written in the unit of work that writes the lines, and removed when
//! the import is done.

use hatchery_sdk::component::Db;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "connect_import")]
    pub struct Model {
        /// SHA-256 of the file, and the mapping.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub next_row: i64,
        pub updated_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The first row that is not imported yet, of an import that was interrupted.
pub(crate) async fn next_row(db: &Db, id: &str) -> Result<Option<u64>> {
    let row = row::Entity::find_by_id(id).one(db).await?;
    Ok(row.map(|row| row.next_row.unsigned_abs()))
}

/// Writes how far an import is.
pub(crate) async fn save(db: &Db, id: &str, next_row: u64, now: DateTimeUtc) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(id.to_owned()),
        next_row: Set(i64::try_from(next_row).unwrap_or(i64::MAX)),
        updated_at: Set(now),
    };
    let replace = OnConflict::column(row::Column::Id)
        .update_columns([row::Column::NextRow, row::Column::UpdatedAt])
        .to_owned();
    row::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

/// Forgets an import that is done.
pub(crate) async fn clear(db: &Db, id: &str) -> Result<()> {
    row::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}
