//! Queued, running and dead job runs.

use sea_orm::entity::prelude::*;

/// A row of `kernel_job`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_job")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name of the declared job: `payment.settle`.
    pub job: String,
    /// What the run is about.
    pub key: String,
    /// The key while it is queued; unique with the job. Null while it runs or is dead.
    pub queued_key: Option<String>,
    /// What the handler is given.
    pub payload: Json,
    /// `queued`, `running` or `dead`.
    pub state: String,
    /// Not before.
    pub run_at: DateTimeUtc,
    /// How often it was tried.
    pub attempts: i32,
    /// While it runs: when it counts as lost.
    pub lease_until: Option<DateTimeUtc>,
    /// While it runs: the runner that has it.
    pub lease_owner: Option<Uuid>,
    /// Why it failed last.
    pub error: Option<String>,
    /// When it was queued.
    pub created_at: DateTimeUtc,
    /// When it was changed.
    pub updated_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
