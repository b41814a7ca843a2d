//! Numbers for people, each given once and without gaps.

use hatchery_sdk::component::Db;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_sequence")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub next: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Takes the next number of a sequence that begins with `first`. The row stays locked until the unit of
/// work ends, so that a number that was rolled back is given again.
pub(crate) async fn next(db: &Db, name: &str, first: i64) -> Result<i64> {
    let begin = row::ActiveModel { name: Set(name.to_owned()), next: Set(first) };
    row::Entity::insert(begin)
        .on_conflict(OnConflict::column(row::Column::Name).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    row::Entity::update_many()
        .col_expr(row::Column::Next, Expr::col(row::Column::Next).add(1))
        .filter(row::Column::Name.eq(name))
        .exec(db)
        .await?;
    let sequence = row::Entity::find_by_id(name).one(db).await?;
    let sequence =
        sequence.ok_or_else(|| Error::internal(format!("the sequence '{name}' is gone")))?;
    Ok(sequence.next - 1)
}
