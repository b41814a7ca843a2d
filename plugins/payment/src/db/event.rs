//! News of providers, so that none is taken twice.

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::payment::ProviderEvent;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub payment_id: Uuid,
        #[sea_orm(column_type = "Json")]
        pub news: Json,
        pub applied: bool,
        pub taken_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The key of a provider's news: its own id may be that of another provider's, too.
pub(crate) fn key(provider: &str, event: &ProviderEvent) -> String {
    format!("{provider}:{}", event.id)
}

/// Whether news were taken before.
pub(crate) async fn is_known(db: &Db, key: &str) -> Result<bool> {
    Ok(row::Entity::find_by_id(key.to_owned()).one(db).await?.is_some())
}

/// Notes news, and whether they changed anything. Fails as a duplicate when they were noted before.
pub(crate) async fn insert(
    db: &Db,
    key: &str,
    event: &ProviderEvent,
    applied: bool,
    now: DateTimeUtc,
) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(key.to_owned()),
        payment_id: Set(event.payment_id.uuid()),
        news: Set(serde_json::to_value(event)?),
        applied: Set(applied),
        taken_at: Set(now),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
