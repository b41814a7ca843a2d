//! News that the bank has to tell, until they are delivered.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::domain::transaction::News;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_card_sandbox_news")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub body: String,
        pub delivered_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes news.
pub(crate) async fn insert(db: &Db, news: &News) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(news.id.clone()),
        body: Set(serde_json::to_string(news)?),
        delivered_at: Set(None),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The body of news that are not delivered yet.
pub(crate) async fn undelivered(db: &Db, id: &str) -> Result<Option<String>> {
    let row = row::Entity::find_by_id(id.to_owned()).one(db).await?;
    Ok(row.filter(|row| row.delivered_at.is_none()).map(|row| row.body))
}

/// Marks news as delivered.
pub(crate) async fn set_delivered(db: &Db, id: &str, now: DateTime<Utc>) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::DeliveredAt, Expr::value(now))
        .filter(row::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}
