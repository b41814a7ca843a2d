//! A table with a column of each kind.

use hatchery_sdk::component::db::schema;
use hatchery_sdk::prelude::Migration;
use sea_orm::DbBackend;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ColumnDef, Table};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sample_brew")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub name: String,
    pub quantity: i64,
    pub size: i32,
    pub strength: f64,
    pub hot: bool,
    pub note: Option<String>,
    pub parent: Option<Uuid>,
    pub made_at: DateTimeUtc,
    pub day: Date,
    pub tags: Json,
    pub picture: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}

pub(crate) const MIGRATION: Migration = Migration::expand("0001_brew", create);

fn create(backend: DbBackend) -> Vec<String> {
    schema(backend)
        .table(
            Table::create()
                .table(Entity)
                .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
                .col(ColumnDef::new(Column::Name).text().not_null().unique_key())
                .col(ColumnDef::new(Column::Quantity).big_integer().not_null())
                .col(ColumnDef::new(Column::Size).integer().not_null())
                .col(ColumnDef::new(Column::Strength).double().not_null())
                .col(ColumnDef::new(Column::Hot).boolean().not_null())
                .col(ColumnDef::new(Column::Note).text())
                .col(ColumnDef::new(Column::Parent).uuid())
                .col(ColumnDef::new(Column::MadeAt).timestamp_with_time_zone().not_null())
                .col(ColumnDef::new(Column::Day).date().not_null())
                .col(ColumnDef::new(Column::Tags).json_binary().not_null())
                .col(ColumnDef::new(Column::Picture).binary().not_null()),
        )
        .into_statements()
}
