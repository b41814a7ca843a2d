//! Notices and whether they left.

use chrono::{DateTime, Utc};
use hatchery_sdk::component::Db;
use hatchery_sdk::component::sql::{self, Columns};
use hatchery_sdk::interfaces::notification::Notice;
use hatchery_sdk::prelude::*;
use hatchery_sdk::types::query::{FieldDef, Fields, Kind as FieldKind};
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "notification_notice")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub key: String,
        pub template: String,
        pub recipient: String,
        pub locale: String,
        #[sea_orm(column_type = "Json")]
        pub data: Json,
        pub subject: Option<String>,
        pub created_at: DateTimeUtc,
        pub sent_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A notice as staff see it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct StoredNotice {
    /// Its id.
    pub(crate) id: Uuid,
    /// One notice per key is sent.
    pub(crate) key: String,
    /// Its text.
    pub(crate) template: String,
    /// Address.
    pub(crate) recipient: String,
    /// Language.
    pub(crate) locale: String,
    /// Subject, once it left.
    pub(crate) subject: Option<String>,
    /// When it was caused.
    pub(crate) created_at: DateTime<Utc>,
    /// When a messenger took it.
    pub(crate) sent_at: Option<DateTime<Utc>>,
}

/// What `filter=` and `sort=` may name.
pub(crate) fn fields() -> Fields {
    Fields::new([
        FieldDef::new("key", FieldKind::Text),
        FieldDef::new("recipient", FieldKind::Text),
        FieldDef::new("created_at", FieldKind::Time),
        FieldDef::new("sent_at", FieldKind::Time),
    ])
}

/// Writes a notice; false when there is one with its key.
pub(crate) async fn insert(db: &Db, id: Uuid, notice: &Notice, now: DateTimeUtc) -> Result<bool> {
    let row = row::ActiveModel {
        id: Set(id),
        key: Set(notice.key.clone()),
        template: Set(notice.template.clone()),
        recipient: Set(notice.to.clone()),
        locale: Set(notice.locale.to_string()),
        data: Set(serde_json::Value::Object(notice.data.clone())),
        subject: Set(None),
        created_at: Set(now),
        sent_at: Set(None),
    };
    let keep = OnConflict::column(row::Column::Key).do_nothing().to_owned();
    let written = row::Entity::insert(row).on_conflict(keep).exec_without_returning(db).await?;
    Ok(written == 1)
}

/// The notice of an id with everything that is needed to send it, and whether it left.
pub(crate) async fn find(db: &Db, id: Uuid) -> Result<Option<(Notice, bool)>> {
    let Some(row) = row::Entity::find_by_id(id).one(db).await? else { return Ok(None) };
    let data = match row.data {
        serde_json::Value::Object(data) => data,
        _ => serde_json::Map::new(),
    };
    let locale = row.locale.parse().unwrap_or_else(|_| Locale::en());
    let notice = Notice { key: row.key, template: row.template, to: row.recipient, locale, data };
    Ok(Some((notice, row.sent_at.is_some())))
}

/// Notes that a notice left.
pub(crate) async fn sent(db: &Db, id: Uuid, subject: &str, now: DateTimeUtc) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::Subject, Expr::value(subject))
        .col_expr(row::Column::SentAt, Expr::value(now))
        .filter(row::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes that a notice is to leave again.
pub(crate) async fn unsend(db: &Db, id: Uuid) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::SentAt, Expr::value(Option::<DateTimeUtc>::None))
        .filter(row::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// The notices of those ids.
pub(crate) async fn by_ids(db: &Db, ids: &[Uuid]) -> Result<Vec<StoredNotice>> {
    let rows =
        row::Entity::find().filter(row::Column::Id.is_in(ids.iter().copied())).all(db).await?;
    Ok(rows.into_iter().map(stored).collect())
}

/// A page of notices.
pub(crate) async fn list(db: &Db, query: &Query<serde_json::Value>) -> Result<Page<StoredNotice>> {
    use row::Column as C;
    let columns = Columns::new([
        ("id", C::Id),
        ("key", C::Key),
        ("recipient", C::Recipient),
        ("created_at", C::CreatedAt),
        ("sent_at", C::SentAt),
    ]);
    Ok(sql::fetch(query, row::Entity::find(), &columns, db).await?.map(stored))
}

fn stored(row: row::Model) -> StoredNotice {
    StoredNotice {
        id: row.id,
        key: row.key,
        template: row.template,
        recipient: row.recipient,
        locale: row.locale,
        subject: row.subject,
        created_at: row.created_at,
        sent_at: row.sent_at,
    }
}
