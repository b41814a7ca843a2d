//! The ledger of schema steps.

use sea_orm::entity::prelude::*;

/// A row of `kernel_migration`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_migration")]
pub struct Model {
    /// Id of the component, or `kernel`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component: String,
    /// Id of the step in its component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub step: String,
    /// `expand` or `contract`.
    pub kind: String,
    /// SHA-256 of the statements that were run.
    pub sha256: String,
    /// When it was run.
    pub applied_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
