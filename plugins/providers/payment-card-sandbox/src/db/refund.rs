//! Refunds in the bank's books, by the key they were asked with.

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_card_sandbox_refund")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub payment_id: Uuid,
        pub amount: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Whether a refund was done before.
pub(crate) async fn is_done(db: &Db, key: &str) -> Result<bool> {
    Ok(row::Entity::find_by_id(key.to_owned()).one(db).await?.is_some())
}

/// Writes a refund. Fails as a duplicate when it was done before.
pub(crate) async fn insert(db: &Db, key: &str, payment: PaymentId, amount: i64) -> Result<()> {
    let row = row::ActiveModel {
        key: Set(key.to_owned()),
        payment_id: Set(payment.uuid()),
        amount: Set(amount),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
