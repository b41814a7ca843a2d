//! Settings of the files.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where messages go.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MessageFileSettings {
    /// A folder of the server for `.eml` files. Default empty: messages are kept among the store's files
    /// only.
    pub(crate) folder: String,
}

impl MessageFileSettings {
    /// The rules no type tells.
    pub(crate) fn check(&self) -> Result<(), String> {
        let folder = std::path::Path::new(&self.folder);
        if !self.folder.is_empty() && folder.is_relative() {
            return Err("folder: give the whole path, such as /var/mail/store".into());
        }
        Ok(())
    }
}
