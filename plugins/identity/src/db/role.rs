//! Roles and what they may do.

use std::collections::{BTreeMap, BTreeSet};

use hatchery_sdk::component::Db;
use hatchery_sdk::prelude::*;
use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::domain::user::OWNER;

mod row {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity_role")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        #[sea_orm(column_type = "Json")]
        pub permissions: Json,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// All roles by name, the owner's among them.
pub(crate) async fn all(db: &Db) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut roles = BTreeMap::new();
    for row in row::Entity::find().all(db).await? {
        roles.insert(row.name, serde_json::from_value(row.permissions)?);
    }
    roles.insert(OWNER.to_owned(), BTreeSet::from(["*".to_owned()]));
    Ok(roles)
}

/// Writes a role.
pub(crate) async fn save(db: &Db, name: &str, permissions: &BTreeSet<String>) -> Result<()> {
    let row = row::ActiveModel {
        name: Set(name.to_owned()),
        permissions: Set(serde_json::to_value(permissions)?),
    };
    let replace =
        OnConflict::column(row::Column::Name).update_column(row::Column::Permissions).to_owned();
    row::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}
