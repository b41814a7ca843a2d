//! How far each subscriber has come.

use sea_orm::entity::prelude::*;

/// A row of `kernel_cursor`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_cursor")]
pub struct Model {
    /// `<component>/<subscription>`
    #[sea_orm(primary_key, auto_increment = false)]
    pub subscriber: String,
    /// Transaction of the last event that is done.
    pub transaction_id: i64,
    /// Outbox id of the last event that is done.
    pub outbox_id: i64,
    /// When it was moved, or last seen to be subscribed.
    pub updated_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
