//! Where a setting was made, and what is wrong with it.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// In an environment variable of this name.
    Variable(String),
    /// In the store's own table, by the admin, the API or the command line.
    Stored,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Stored => f.write_str("saved settings of the store"),
        }
    }
}

/// A setting that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {key}: {message}")]
pub struct SettingsError {
    /// Where it was made.
    pub place: Place,
    /// The key, dotted, with its table.
    pub key: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl SettingsError {
    pub(crate) fn new(place: &Place, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.clone(), key: key.into(), message: message.into() }
    }
}

/// All settings that cannot be, sorted by place; a line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct SettingsErrors(pub Vec<SettingsError>);

impl SettingsErrors {
    /// Succeeds when there are none.
    pub(crate) fn none_of(mut errors: Vec<SettingsError>) -> Result<(), Self> {
        errors.sort();
        errors.dedup();
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }
}

impl From<SettingsErrors> for hatchery_component::Error {
    fn from(errors: SettingsErrors) -> Self {
        Self::invalid("settings.invalid", errors.to_string())
    }
}
