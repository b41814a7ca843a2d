//! Values of fields that staff added.

use sea_orm::entity::prelude::*;

/// A row of `kernel_field_value`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kernel_field_value")]
pub struct Model {
    /// The resource.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource: String,
    /// The record's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: String,
    /// The field's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Value of a `text` or `choice`.
    pub text_value: Option<String>,
    /// Value of a `number`.
    pub number_value: Option<f64>,
    /// Value of a `date`.
    pub date_value: Option<Date>,
    /// Value of a `yes_no`.
    pub bool_value: Option<bool>,
}

/// It has none: nothing is joined.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
