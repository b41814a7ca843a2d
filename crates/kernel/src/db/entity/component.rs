//! Which components the store wants.

use sea_orm::entity::prelude::*;

/// A row of `kernel_component`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_component")]
pub struct Model {
    /// The component.
    #[sea_orm(primary_key, auto_increment = false)]
    pub component: String,
    /// Whether it is to be part of the assembly.
    pub enabled: bool,
    /// The version that was put in place last.
    pub version: String,
    /// Name of the build that was chosen; the best there is when absent.
    pub build: Option<String>,
    /// Why it was taken out because it failed too often.
    pub quarantine: Option<String>,
    /// Why it is off although it should be on.
    pub problem: Option<String>,
    /// When it was changed.
    pub changed_at: DateTimeUtc,
    /// Who changed it, as a label.
    pub changed_by: String,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
