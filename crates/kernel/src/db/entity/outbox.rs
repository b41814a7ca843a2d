//! Events in the order of their commits.

use sea_orm::entity::prelude::*;

/// A row of `kernel_outbox`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_outbox")]
pub struct Model {
    /// Rises in the order of writing.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// PostgreSQL: the transaction that wrote it. SQLite, where ids rise in commit order: 0.
    pub transaction_id: i64,
    /// The event's id for the outside.
    pub event_id: Uuid,
    /// `order.placed.v1`
    pub event_type: String,
    /// Id of the thing it is about.
    pub subject: String,
    /// The facts.
    pub data: Json,
    /// The component that emitted it.
    pub source: String,
    /// Who acted, as a label.
    pub actor: String,
    /// The request, job run or event batch it was emitted in.
    pub correlation_id: Uuid,
    /// When it was emitted.
    pub occurred_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
