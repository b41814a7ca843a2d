//! Payments in the bank's books.

use hatchery_sdk::component::Db;
use hatchery_sdk::interfaces::payment::PaymentId;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;

use crate::domain::transaction::Transaction;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_card_sandbox_transaction")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub payment_id: Uuid,
        pub state: String,
        pub currency: String,
        pub amount: i64,
        pub captured: i64,
        pub refunded: i64,
        pub order_number: String,
        pub return_url: String,
        pub attempts: i32,
        pub last4: Option<String>,
        pub refusal: Option<String>,
        pub created_at: DateTimeUtc,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The payment of an id.
pub(crate) async fn by_id(db: &Db, id: PaymentId) -> Result<Option<Transaction>> {
    row::Entity::find_by_id(id.uuid()).one(db).await?.map(transaction).transpose()
}

/// Writes a new payment.
pub(crate) async fn insert(db: &Db, transaction: &Transaction) -> Result<()> {
    row::Entity::insert(active(transaction)).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a payment that was read with its `version`; false when it changed since.
pub(crate) async fn update(db: &Db, transaction: &Transaction) -> Result<bool> {
    let mut next = active(transaction);
    next.version = Set(transaction.version + 1);
    let done = row::Entity::update_many()
        .set(next)
        .filter(row::Column::PaymentId.eq(transaction.payment_id.uuid()))
        .filter(row::Column::Version.eq(transaction.version))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

fn active(transaction: &Transaction) -> row::ActiveModel {
    row::ActiveModel {
        payment_id: Set(transaction.payment_id.uuid()),
        state: Set(transaction.state.text().into()),
        currency: Set(transaction.amount.currency.code().into()),
        amount: Set(transaction.amount.minor),
        captured: Set(transaction.captured),
        refunded: Set(transaction.refunded),
        order_number: Set(transaction.order_number.clone()),
        return_url: Set(transaction.return_url.clone()),
        attempts: Set(transaction.attempts),
        last4: Set(transaction.last4.clone()),
        refusal: Set(transaction.refusal.clone()),
        created_at: Set(transaction.created_at),
        version: Set(transaction.version),
    }
}

fn transaction(row: row::Model) -> Result<Transaction> {
    Ok(Transaction {
        payment_id: row.payment_id.into(),
        state: serde_json::from_value(serde_json::Value::String(row.state))?,
        amount: Money::new(row.amount, row.currency.parse()?),
        captured: row.captured,
        refunded: row.refunded,
        order_number: row.order_number,
        return_url: row.return_url,
        attempts: row.attempts,
        last4: row.last4,
        refusal: row.refusal,
        created_at: row.created_at,
        version: row.version,
    })
}
