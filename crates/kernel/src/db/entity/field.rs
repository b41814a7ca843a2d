//! Fields that staff added to resources.

use sea_orm::entity::prelude::*;

/// A row of `kernel_field`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_field")]
pub struct Model {
    /// The resource.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource: String,
    /// The field's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// `text`, `number`, `date`, `choice` or `yes_no`.
    pub kind: String,
    /// Its name for people, by language.
    pub label: Json,
    /// The choices of a `choice`.
    pub choices: Json,
    /// Its place among the fields of the resource.
    pub position: i32,
    /// Grows with every change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
