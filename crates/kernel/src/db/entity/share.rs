//! What stores share. In the mother's database only.

use sea_orm::entity::prelude::*;

/// A row of `kernel_share`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_share")]
pub struct Model {
    /// Name of the policy.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The policy.
    pub policy: Json,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
