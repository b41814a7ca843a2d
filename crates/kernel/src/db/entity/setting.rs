//! Settings that staff made.

use sea_orm::entity::prelude::*;

/// A row of `kernel_setting`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_setting")]
pub struct Model {
    /// The component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component: String,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The value.
    pub value: Json,
    /// Grows with every change.
    pub version: i64,
    /// When it was changed.
    pub updated_at: DateTimeUtc,
    /// Who changed it, as a label.
    pub updated_by: String,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
