//! Who changed what.

use sea_orm::entity::prelude::*;

/// A row of `kernel_audit`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_audit")]
pub struct Model {
    /// Rises in the order of writing.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When.
    pub at: DateTimeUtc,
    /// Who: a label such as `user:018f..`.
    pub actor: String,
    /// Name of who, for people.
    pub actor_name: String,
    /// The resource.
    pub resource: String,
    /// The record's id.
    pub record_id: String,
    /// `create`, `update` or the action's name.
    pub action: String,
    /// Fields that changed: before and after.
    pub changes: Json,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
