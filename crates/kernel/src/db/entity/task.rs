//! Runs of tasks that people started.

use sea_orm::entity::prelude::*;

/// A row of `kernel_task`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_task")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `connect.import`
    pub task: String,
    /// `running`, `done` or `failed`.
    pub state: String,
    /// How far it is.
    pub done: i64,
    /// Of how much, when known.
    pub total: Option<i64>,
    /// What it does now, or why it failed.
    pub message: String,
    /// What it was given.
    pub input: Json,
    /// Its result when done.
    pub result: Option<Json>,
    /// Who started it, as a label.
    pub actor: String,
    /// When it was started.
    pub created_at: DateTimeUtc,
    /// When it was changed.
    pub updated_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
