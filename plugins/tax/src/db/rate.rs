//! Tax rates.

use hatchery_sdk::component::Db;
use hatchery_sdk::prelude::*;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, Set};

use crate::domain::rate::TaxRate;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tax_rate")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        #[sea_orm(column_type = "Json")]
        pub name: Json,
        pub country: String,
        pub region: String,
        #[sea_orm(column_type = "Json")]
        pub categories: Json,
        pub basis_points: i64,
        pub included: bool,
        pub active: bool,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A rate with its version.
#[derive(Clone, Debug)]
pub(crate) struct StoredRate {
    pub(crate) rate: TaxRate,
    pub(crate) version: i64,
}

/// All rates, by code. A store has few.
pub(crate) async fn all(db: &Db) -> Result<Vec<StoredRate>> {
    let rows = row::Entity::find().order_by_asc(row::Column::Code).all(db).await?;
    rows.into_iter().map(stored).collect()
}

/// The rate of a code.
pub(crate) async fn by_code(db: &Db, code: &str) -> Result<Option<StoredRate>> {
    row::Entity::find_by_id(code.to_owned()).one(db).await?.map(stored).transpose()
}

/// Writes a new rate.
pub(crate) async fn insert(db: &Db, rate: &TaxRate) -> Result<()> {
    row::Entity::insert(active(rate, 1)?).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a rate that was read with that version; false when it changed since.
pub(crate) async fn update(db: &Db, rate: &TaxRate, version: i64) -> Result<bool> {
    let done = row::Entity::update_many()
        .set(active(rate, version + 1)?)
        .filter(row::Column::Code.eq(&rate.code))
        .filter(row::Column::Version.eq(version))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

fn active(rate: &TaxRate, version: i64) -> Result<row::ActiveModel> {
    Ok(row::ActiveModel {
        code: Set(rate.code.clone()),
        name: Set(serde_json::to_value(&rate.name)?),
        country: Set(rate.country.clone()),
        region: Set(rate.region.clone()),
        categories: Set(serde_json::to_value(&rate.categories)?),
        basis_points: Set(rate.basis_points),
        included: Set(rate.included),
        active: Set(rate.active),
        version: Set(version),
    })
}

fn stored(row: row::Model) -> Result<StoredRate> {
    let rate = TaxRate {
        code: row.code,
        name: serde_json::from_value(row.name)?,
        country: row.country,
        region: row.region,
        categories: serde_json::from_value(row.categories)?,
        basis_points: row.basis_points,
        included: row.included,
        active: row.active,
    };
    Ok(StoredRate { rate, version: row.version })
}
