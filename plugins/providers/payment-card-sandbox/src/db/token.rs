//! Tokens that stand for a card that was entered.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;

use crate::domain::card::{Behavior, Card};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_card_sandbox_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token: String,
        pub behavior: String,
        pub last4: String,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Writes a token.
pub(crate) async fn insert(
    db: &Db,
    token: &str,
    card: &Card,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let row = row::ActiveModel {
        token: Set(token.to_owned()),
        behavior: Set(card.behavior.token().into()),
        last4: Set(card.last4.clone()),
        expires_at: Set(expires_at),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The card of a token that is still good.
pub(crate) async fn card(db: &Db, token: &str, now: DateTime<Utc>) -> Result<Option<Card>> {
    let row = row::Entity::find_by_id(token.to_owned()).one(db).await?;
    Ok(row.filter(|row| row.expires_at > now).and_then(|row| {
        Some(Card { behavior: Behavior::of_token(&row.behavior)?, last4: row.last4 })
    }))
}

/// Removes tokens that are too old.
pub(crate) async fn delete_expired(db: &Db, now: DateTime<Utc>) -> Result<()> {
    row::Entity::delete_many().filter(row::Column::ExpiresAt.lte(now)).exec(db).await?;
    Ok(())
}
