//! Settings that people saved: the store's table `kernel_setting`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use hatchery_component::{Db, Result};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::Value;

use super::file::Leaf;
use super::place::{Place, SettingsError};
use super::{Schemas, Vault};
use crate::db::entity::setting;

/// The saved settings of a store, secrets opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredSettings {
    values: BTreeMap<String, BTreeMap<String, Value>>,
}

/// A change of saved settings of one component: keys with their new value, or none to forget them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StoredChange {
    pub(crate) component: String,
    pub(crate) values: BTreeMap<String, Option<Value>>,
}

impl StoredSettings {
    /// Reads the table. What cannot be opened, or belongs to no component of this host, is left aside;
    /// the former with an error.
    pub(crate) async fn load(
        db: &Db,
        vault: &Vault,
        schemas: &Schemas,
    ) -> Result<(Self, Vec<SettingsError>)> {
        let mut stored = Self::default();
        let mut errors = Vec::new();
        for row in setting::Entity::find().all(db).await? {
            let Some(accepted) = schemas.0.get(&row.component) else { continue };
            let name = format!("{}.{}", row.component, row.key);
            let value = match (&row.value, accepted.secrets.contains(&row.key)) {
                (Value::String(sealed), true) => match vault.open(&name, sealed) {
                    Ok(text) => Value::String(text),
                    Err(error) => {
                        errors.push(SettingsError::new(&Place::Stored, name, error.message()));
                        continue;
                    }
                },
                _ => row.value,
            };
            stored.values.entry(row.component).or_default().insert(row.key, value);
        }
        Ok((stored, errors))
    }

    /// The same after a change.
    pub(crate) fn changed(&self, change: &StoredChange) -> Self {
        let mut stored = self.clone();
        let values = stored.values.entry(change.component.clone()).or_default();
        for (key, value) in &change.values {
            match value {
                Some(value) => drop(values.insert(key.clone(), value.clone())),
                None => drop(values.remove(key)),
            }
        }
        stored
    }

    /// Forgets a key, given with its component and dots.
    pub(crate) fn forget(&mut self, name: &str) {
        for (component, values) in &mut self.values {
            values.retain(|key, _| {
                let own = format!("{component}.{key}");
                name != own && !name.starts_with(&format!("{own}."))
            });
        }
    }

    pub(crate) fn leaves(&self, component: &str) -> Vec<Leaf> {
        let values = self.values.get(component).into_iter().flatten();
        let leaf = |(key, value): (&String, &Value)| {
            Leaf::new(vec![component.to_owned(), key.clone()], value.clone(), Place::Stored)
        };
        values.map(leaf).collect()
    }
}

impl StoredChange {
    /// Writes the change. `db` is that of a unit of work.
    pub(crate) async fn save(
        &self,
        db: &Db,
        vault: &Vault,
        secrets: &BTreeSet<String>,
        now: DateTime<Utc>,
        by: &str,
    ) -> Result<()> {
        for (key, value) in &self.values {
            let id = (self.component.clone(), key.clone());
            let before = setting::Entity::find_by_id(id.clone()).one(db).await?;
            let Some(value) = value else {
                setting::Entity::delete_by_id(id).exec(db).await?;
                continue;
            };
            let name = format!("{}.{key}", self.component);
            let value = match value {
                Value::String(text) if secrets.contains(key) => {
                    Value::String(vault.seal(&name, text)?)
                }
                other => other.clone(),
            };
            let row = setting::ActiveModel {
                component: Set(self.component.clone()),
                key: Set(key.clone()),
                value: Set(value),
                version: Set(before.as_ref().map_or(1, |row| row.version + 1)),
                updated_at: Set(now),
                updated_by: Set(by.to_owned()),
            };
            match before {
                None => drop(setting::Entity::insert(row).exec_without_returning(db).await?),
                Some(_) => drop(setting::Entity::update(row).exec(db).await?),
            }
        }
        Ok(())
    }
}
