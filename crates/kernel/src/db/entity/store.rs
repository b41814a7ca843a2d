//! Stores of the host. In the mother's database only.

use sea_orm::entity::prelude::*;

/// A row of `kernel_store`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_store")]
pub struct Model {
    /// Its short name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    /// Its id.
    pub store_id: Uuid,
    /// Name for people.
    pub name: String,
    /// Host names it answers on.
    pub domains: Json,
    /// Languages, the default first.
    pub locales: Json,
    /// Currency of the prices.
    pub currency: String,
    /// IANA time zone.
    pub time_zone: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// `preparing`, `active`, `suspended` or `deleted`.
    pub state: String,
    /// When it was created.
    pub created_at: DateTimeUtc,
    /// Why visitors cannot buy.
    pub suspension: Option<Json>,
    /// What it was made from.
    pub origin: Option<String>,
    /// When it was put into the trash.
    pub deleted_at: Option<DateTimeUtc>,
    /// When it has work of its own.
    pub wakes_at: Option<DateTimeUtc>,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
