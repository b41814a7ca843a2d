//! Answers to requests that brought an `Idempotency-Key`.

use sea_orm::entity::prelude::*;

/// A row of `kernel_idempotency`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_idempotency")]
pub struct Model {
    /// Whose key it is and for which route.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: String,
    /// The process that works on it; another one is gone.
    pub owner: Option<Uuid>,
    /// Status of the answer; null while there is none.
    pub status: Option<i32>,
    /// Media type of the answer.
    pub content_type: Option<String>,
    /// Header `Location` of the answer.
    pub location: Option<String>,
    /// The answer.
    pub body: Option<Vec<u8>>,
    /// When the request came.
    pub created_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
