//! One-time links.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Condition, Expr};

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity_invitation")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub fingerprint: String,
        pub user_id: Uuid,
        pub created_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub used_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A link, as far as it is kept.
pub(crate) struct NewInvitation {
    pub(crate) fingerprint: String,
    pub(crate) user_id: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Writes a link.
pub(crate) async fn insert(db: &Db, new: NewInvitation) -> Result<()> {
    let row = row::ActiveModel {
        fingerprint: Set(new.fingerprint),
        user_id: Set(new.user_id),
        created_at: Set(new.created_at),
        expires_at: Set(new.expires_at),
        used_at: Set(None),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Whose link it is, if it is still good.
pub(crate) async fn good(db: &Db, fingerprint: &str, now: DateTime<Utc>) -> Result<Option<Uuid>> {
    let row = row::Entity::find().filter(is_good(fingerprint, now)).one(db).await?;
    Ok(row.map(|row| row.user_id))
}

/// Uses a link up; whether it was still good.
pub(crate) async fn take(db: &Db, fingerprint: &str, now: DateTime<Utc>) -> Result<bool> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::UsedAt, Expr::value(now))
        .filter(is_good(fingerprint, now))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Forgets the links of a user that were not used.
pub(crate) async fn withdraw(db: &Db, user_id: Uuid) -> Result<()> {
    row::Entity::delete_many()
        .filter(row::Column::UserId.eq(user_id))
        .filter(row::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

fn is_good(fingerprint: &str, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(row::Column::Fingerprint.eq(fingerprint))
        .add(row::Column::UsedAt.is_null())
        .add(row::Column::ExpiresAt.gt(now))
}
