//! How far shared records are on the way from one store to another. In the mother's database only.

use sea_orm::entity::prelude::*;

/// A row of `kernel_share_way`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_share_way")]
pub struct Model {
    /// Name of the policy.
    #[sea_orm(primary_key, auto_increment = false)]
    pub share: String,
    /// Slug of the store they come from.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// Slug of the store they go to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target: String,
    /// Transaction of the last event that is carried.
    pub transaction_id: i64,
    /// Outbox id of the last event that is carried.
    pub outbox_id: i64,
    /// While all records are carried: where the last page ended, empty at the beginning.
    pub walk: Option<String>,
    /// Records carried.
    pub carried: i64,
    /// When records were carried last.
    pub carried_at: Option<DateTimeUtc>,
    /// When the way was last seen to be free.
    pub seen_at: DateTimeUtc,
    /// Records that the target does not take, with the reason.
    pub untaken: Json,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
