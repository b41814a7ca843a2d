//! Sessions of those who signed in.

use sea_orm::entity::prelude::*;

/// A row of `kernel_session`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_session")]
pub struct Model {
    /// SHA-256 of the cookie's value, so that who reads the table cannot sign in.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Whose it is.
    pub subject: Uuid,
    /// When it was opened.
    pub created_at: DateTimeUtc,
    /// When it was last used, to within some minutes.
    pub seen_at: DateTimeUtc,
    /// When it ends, unless it is used before.
    pub expires_at: DateTimeUtc,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
