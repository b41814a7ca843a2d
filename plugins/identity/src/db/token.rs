//! API tokens.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub user_id: Uuid,
        pub name: String,
        pub fingerprint: String,
        pub created_at: DateTimeUtc,
        pub expires_at: Option<DateTimeUtc>,
        pub revoked: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A token, as far as it is kept.
#[derive(Clone)]
pub(crate) struct ApiToken {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) name: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) revoked: bool,
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("name", FieldKind::Text),
        FieldDef::new("user_id", FieldKind::Id),
        FieldDef::new("created_at", FieldKind::Time),
        FieldDef::new("revoked", FieldKind::Bool),
    ])
}

/// Writes a token.
pub(crate) async fn insert(db: &Db, token: &ApiToken, fingerprint: String) -> Result<()> {
    let row = row::ActiveModel {
        id: Set(token.id),
        user_id: Set(token.user_id),
        name: Set(token.name.clone()),
        fingerprint: Set(fingerprint),
        created_at: Set(token.created_at),
        expires_at: Set(token.expires_at),
        revoked: Set(token.revoked),
    };
    row::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The token with a fingerprint, if it is still good.
pub(crate) async fn good(db: &Db, fingerprint: &str, now: DateTimeUtc) -> Result<Option<ApiToken>> {
    let row = row::Entity::find()
        .filter(row::Column::Fingerprint.eq(fingerprint))
        .filter(row::Column::Revoked.eq(false))
        .one(db)
        .await?;
    Ok(row.map(token).filter(|token| token.expires_at.is_none_or(|end| end > now)))
}

/// The tokens of those ids.
pub(crate) async fn by_ids(db: &Db, ids: &[Uuid]) -> Result<Vec<ApiToken>> {
    let rows =
        row::Entity::find().filter(row::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(token).collect())
}

/// A page of tokens.
pub(crate) async fn list(db: &Db, query: &Query<serde_json::Value>) -> Result<Page<ApiToken>> {
    use row::Column as C;
    let columns = Columns::new([
        ("id", C::Id),
        ("name", C::Name),
        ("user_id", C::UserId),
        ("created_at", C::CreatedAt),
        ("revoked", C::Revoked),
    ]);
    Ok(sql::fetch(query, row::Entity::find(), &columns, db).await?.map(token))
}

/// Takes tokens back.
pub(crate) async fn revoke(db: &Db, ids: &[Uuid]) -> Result<u64> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::Revoked, Expr::value(true))
        .filter(row::Column::Id.is_in(ids.iter().copied()))
        .filter(row::Column::Revoked.eq(false))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

fn token(row: row::Model) -> ApiToken {
    ApiToken {
        id: row.id,
        user_id: row.user_id,
        name: row.name,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked: row.revoked,
    }
}
