//! The file of rejected lines: row, reason, and the line's fields as they were.

use std::fs::File;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use crate::error::ImportError;

/// Writes rejected lines; nothing, when there is no path.
pub(crate) struct Rejects {
    path: Option<PathBuf>,
    writer: Option<csv::Writer<File>>,
}

impl Rejects {
    /// The file is begun with its first line.
    pub(crate) fn new(path: Option<&Path>) -> Self {
        Self { path: path.map(Path::to_owned), writer: None }
    }

    /// Adds a rejected line.
    pub(crate) fn add(
        &mut self,
        row: u64,
        reason: &str,
        record: Option<&StringRecord>,
    ) -> Result<(), ImportError> {
        let Some(path) = &self.path else { return Ok(()) };
        let fail = |source| ImportError::Unwritable { path: path.display().to_string(), source };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let file = File::create(path).map_err(fail)?;
                let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
                writer.write_record(["row", "reason"]).map_err(|error| fail(error.into()))?;
                self.writer.insert(writer)
            }
        };
        let row = row.to_string();
        let fields = [row.as_str(), reason].into_iter();
        let fields = fields.chain(record.into_iter().flatten());
        writer.write_record(fields).map_err(|error| fail(error.into()))
    }

    /// Ends the file and says where it is, if there is one.
    pub(crate) fn finish(self) -> Result<Option<String>, ImportError> {
        let (Some(path), Some(mut writer)) = (self.path, self.writer) else { return Ok(None) };
        let shown = path.display().to_string();
        writer.flush().map_err(|source| ImportError::Unwritable { path: shown.clone(), source })?;
        Ok(Some(shown))
    }
}
