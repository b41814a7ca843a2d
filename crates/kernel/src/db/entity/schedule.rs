//! When jobs with a schedule run next.

use sea_orm::entity::prelude::*;

/// A row of `kernel_schedule`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_schedule")]
pub struct Model {
    /// Name of the declared job.
    #[sea_orm(primary_key, auto_increment = false)]
    pub job: String,
    /// When it is queued next.
    pub next_run_at: DateTimeUtc,
    /// When it was queued last.
    pub last_run_at: Option<DateTimeUtc>,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
