//! Events that a subscriber could not handle yet, and dead letters.

use sea_orm::entity::prelude::*;

/// A row of `kernel_retry`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_retry")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `<component>/<subscription>`
    pub subscriber: String,
    /// Transaction of the event.
    pub transaction_id: i64,
    /// Outbox id of the event.
    pub outbox_id: i64,
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
    /// `waiting` (for an earlier event of the subject), `retrying` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next.
    pub next_at: DateTimeUtc,
    /// Why it failed last.
    pub error: String,
    /// When it was put here.
    pub created_at: DateTimeUtc,
    /// When it was tried last.
    pub updated_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
