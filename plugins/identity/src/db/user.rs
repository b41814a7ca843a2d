//! Staff users.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity_user")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub email: String,
        pub name: String,
        pub role: String,
        pub password_hash: String,
        pub locked: bool,
        pub created_at: DateTimeUtc,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A member of staff.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) password_hash: String,
    pub(crate) locked: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) version: i64,
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("email", FieldKind::Text),
        FieldDef::new("name", FieldKind::Text),
        FieldDef::new("role", FieldKind::Text),
        FieldDef::new("locked", FieldKind::Bool),
        FieldDef::new("created_at", FieldKind::Time),
    ])
}

/// The users of those ids.
pub(crate) async fn by_ids(db: &Db, ids: &[Uuid]) -> Result<Vec<User>> {
    let rows =
        row::Entity::find().filter(row::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(user).collect())
}

/// The users with these e-mail addresses.
pub(crate) async fn by_emails(db: &Db, emails: &[String]) -> Result<Vec<User>> {
    let rows = row::Entity::find().filter(row::Column::Email.is_in(emails)).all(db).await?;
    Ok(rows.into_iter().map(user).collect())
}

/// The user with an e-mail address.
pub(crate) async fn by_email(db: &Db, email: &str) -> Result<Option<User>> {
    let row = row::Entity::find().filter(row::Column::Email.eq(email)).one(db).await?;
    Ok(row.map(user))
}

/// How many users of a role can sign in.
pub(crate) async fn count_role(db: &Db, role: &str) -> Result<u64> {
    let count = row::Entity::find()
        .filter(row::Column::Role.eq(role))
        .filter(row::Column::Locked.eq(false))
        .count(db)
        .await?;
    Ok(count)
}

/// A page of users.
pub(crate) async fn list(db: &Db, query: &Query<serde_json::Value>) -> Result<Page<User>> {
    use row::Column as C;
    let columns = Columns::new([
        ("id", C::Id),
        ("email", C::Email),
        ("name", C::Name),
        ("role", C::Role),
        ("locked", C::Locked),
        ("created_at", C::CreatedAt),
    ]);
    Ok(sql::fetch(query, row::Entity::find(), &columns, db).await?.map(user))
}

/// Writes a user.
pub(crate) async fn save(db: &Db, user: &User) -> Result<()> {
    use row::Column as C;
    let row = row::ActiveModel {
        id: Set(user.id),
        email: Set(user.email.clone()),
        name: Set(user.name.clone()),
        role: Set(user.role.clone()),
        password_hash: Set(user.password_hash.clone()),
        locked: Set(user.locked),
        created_at: Set(user.created_at),
        version: Set(user.version),
    };
    let replace = OnConflict::column(C::Id)
        .update_columns([C::Email, C::Name, C::Role, C::PasswordHash, C::Locked, C::Version])
        .to_owned();
    row::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

fn user(row: row::Model) -> User {
    User {
        id: row.id,
        email: row.email,
        name: row.name,
        role: row.role,
        password_hash: row.password_hash,
        locked: row.locked,
        created_at: row.created_at,
        version: row.version,
    }
}
