//! What stops an import. What is wrong with a single line never does: the line is rejected.

use hatchery_sdk::prelude::*;

/// Facts that stop an import.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("{path} cannot be read")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path} cannot be written")]
    Unwritable { path: String, source: std::io::Error },
    #[error("{path} is no CSV file with a header: {reason}")]
    NoTable { path: String, reason: String },
    #[error("the mapping {mapping} is not understood: {reason}")]
    Mapping { mapping: String, reason: String },
    #[error(
        "there is no mapping '{mapping}'; use online-retail, shopify-csv or a file that ends in .toml"
    )]
    UnknownMapping { mapping: String },
    #[error("the file has no column '{column}'; its columns are {known}")]
    MissingColumn { column: String, known: String },
    #[error(
        "this mapping needs '{interface}', which is off in this store; switch on a component that provides it"
    )]
    Absent { interface: &'static str },
    #[error("files of the server can be imported from its command line only")]
    NotFromHere,
}

impl From<ImportError> for Error {
    fn from(error: ImportError) -> Self {
        let code = match &error {
            ImportError::Unreadable { .. } => "connect.unreadable",
            ImportError::Unwritable { .. } => "connect.unwritable",
            ImportError::NoTable { .. } => "connect.no_table",
            ImportError::Mapping { .. } => "connect.mapping_invalid",
            ImportError::UnknownMapping { .. } => "connect.mapping_unknown",
            ImportError::MissingColumn { .. } => "connect.column_missing",
            ImportError::Absent { .. } => "connect.component_absent",
            ImportError::NotFromHere => "connect.not_from_here",
        };
        let mut message = error.to_string();
        if let ImportError::Unreadable { source, .. } | ImportError::Unwritable { source, .. } =
            &error
        {
            message = format!("{message}: {source}");
        }
        match error {
            ImportError::NotFromHere => Self::new(Kind::Denied, code, message),
            error => Self::invalid(code, message).with_source(error),
        }
    }
}
