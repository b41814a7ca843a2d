//! Typed settings of a component.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{PartialSchema, ToSchema};

use crate::resource::inline_schema;

/// A text that never shows: not in logs, not in the admin, not in errors.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub struct Secret(String);

impl Secret {
    /// The text itself. Call this as late as possible.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Secret(empty)" } else { "Secret(..)" })
    }
}

/// Says what is wrong with settings.
pub type SettingsCheck = dyn Fn(&Value) -> Result<(), String> + Send + Sync;

/// The schema of a component's settings: defaults, JSON Schema and the check of a value.
#[derive(Clone)]
pub struct SettingsSchema {
    /// The value when nobody sets anything.
    pub defaults: Value,
    /// JSON Schema of the type; its descriptions become the reference and the admin's help.
    pub schema: Value,
    /// The type's own rules: the text says which key is wrong and what to write.
    pub check: Arc<SettingsCheck>,
}

impl SettingsSchema {
    /// The schema of a settings type. The type should `deny_unknown_fields` and `default` every field.
    pub fn of<S>(rules: fn(&S) -> Result<(), String>) -> Self
    where
        S: Default + Serialize + DeserializeOwned + ToSchema + PartialSchema + 'static,
    {
        let check = move |value: &Value| {
            let typed: S =
                serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
            rules(&typed)
        };
        Self {
            defaults: serde_json::to_value(S::default()).unwrap_or_default(),
            schema: inline_schema::<S>(),
            check: Arc::new(check),
        }
    }

    /// For a component without settings: any key is an error.
    pub fn none() -> Self {
        let check = |value: &Value| match value.as_object().and_then(|map| map.keys().next()) {
            Some(key) => Err(format!("unknown field `{key}`, this component has no settings")),
            None => Ok(()),
        };
        Self {
            defaults: Value::Object(Default::default()),
            schema: Value::Null,
            check: Arc::new(check),
        }
    }
}

impl Default for SettingsSchema {
    fn default() -> Self {
        Self::none()
    }
}
impl fmt::Debug for SettingsSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingsSchema").field("defaults", &self.defaults).finish_non_exhaustive()
    }
}
