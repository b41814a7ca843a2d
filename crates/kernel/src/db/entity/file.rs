//! Files that the store keeps by the hash of their content.

use sea_orm::entity::prelude::*;

/// A row of `kernel_file`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_file")]
pub struct Model {
    /// Hexadecimal SHA-256.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// Media type.
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// The component that put it first.
    pub component: String,
    /// When it was put first.
    pub created_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
