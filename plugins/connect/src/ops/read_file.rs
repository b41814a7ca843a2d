//! Reads a CSV file, packed with gzip or not, wholly into memory: it is read twice, and a file of half a
//! million lines is some 50 MB.

use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, StringRecord};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::error::ImportError;

/// A file in memory.
pub(crate) struct Source {
    path: String,
    bytes: Vec<u8>,
}

/// The two bytes every gzip file begins with (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Source {
    /// Reads a file.
    pub(crate) fn open(path: &Path) -> Result<Self, ImportError> {
        let shown = path.display().to_string();
        let fail = |source| ImportError::Unreadable { path: shown.clone(), source };
        let mut bytes = std::fs::read(path).map_err(fail)?;
        if bytes.starts_with(&GZIP) {
            let mut unpacked = Vec::new();
            MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).map_err(fail)?;
            bytes = unpacked;
        }
        if bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        Ok(Self { path: shown, bytes })
    }

    /// Tells this content from any other.
    pub(crate) fn hash(&self) -> String {
        Sha256::digest(&self.bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The header and the records below it, each with its row; the header is row 1. Records may span lines.
    pub(crate) fn table(
        &self,
        delimiter: u8,
    ) -> Result<(StringRecord, Vec<(u64, StringRecord)>), ImportError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(self.bytes.as_slice());
        let fail = |reason: String| ImportError::NoTable { path: self.path.clone(), reason };
        let header = reader.byte_headers().map_err(|error| fail(error.to_string()))?.clone();
        if header.is_empty() {
            return Err(fail("it is empty".into()));
        }
        let mut records = Vec::new();
        let (mut counted, mut row) = (0, 1);
        for record in reader.byte_records() {
            let record = record.map_err(|error| fail(error.to_string()))?;
            // The reader leaves what ends a line, and blank lines, to the next record.
            let at = record.position().map_or(0, csv::Position::byte);
            let at = usize::try_from(at).unwrap_or(usize::MAX).min(self.bytes.len());
            let ends =
                self.bytes[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let begin = at + ends;
            row += self.bytes[counted..begin].iter().filter(|byte| **byte == b'\n').count() as u64;
            counted = begin;
            records.push((row, decode(record)));
        }
        Ok((decode(header), records))
    }

    /// The header and an iterator over the lines below it, each with its row. A record is one line, so a
    /// stray quotation mark spoils its own line only.
    pub(crate) fn lines(&self) -> Result<(StringRecord, Lines<'_>), ImportError> {
        let mut lines = Lines { rest: &self.bytes, row: 0, record: StringRecord::new() };
        match lines.next() {
            Some((_, Some(header))) if header.len() > 1 => Ok((header.clone(), lines)),
            _ => Err(ImportError::NoTable {
                path: self.path.clone(),
                reason: "its first line is no header with commas".into(),
            }),
        }
    }
}

/// Lines of a file as records.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    row: u64,
    record: StringRecord,
}

impl Lines<'_> {
    /// The next line that is not blank: its row, and its record unless its quotation marks do not match.
    pub(crate) fn next(&mut self) -> Option<(u64, Option<&StringRecord>)> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
            let line = self.rest[..end].trim_ascii_end();
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            self.row += 1;
            if line.is_empty() {
                continue;
            }
            let understood = self.read(line);
            return Some((self.row, understood.then_some(&self.record)));
        }
    }

    fn read(&mut self, line: &[u8]) -> bool {
        self.record.clear();
        let text = match std::str::from_utf8(line) {
            Ok(text) => std::borrow::Cow::Borrowed(text),
            Err(_) => latin1(line).into(),
        };
        if !text.contains('"') {
            text.split(',').for_each(|field| self.record.push_field(field));
            return true;
        }
        if !text.matches('"').count().is_multiple_of(2) {
            return false;
        }
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        matches!(reader.read_record(&mut self.record), Ok(true))
    }
}

/// Fields that are no UTF-8 are read as Latin-1, which old systems write.
fn decode(record: ByteRecord) -> StringRecord {
    StringRecord::from_byte_record(record)
        .unwrap_or_else(|error| error.into_byte_record().iter().map(latin1).collect())
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &[u8]) -> Source {
        Source { path: "x.csv".into(), bytes: text.to_vec() }
    }

    #[test]
    fn a_stray_quotation_mark_spoils_its_own_line_only() {
        let source = source(b"a,b\n1,\"x, y\"\n2,\"oops\n\n3,caf\xe9\n");
        let (header, mut lines) = source.lines().unwrap();
        assert_eq!(header.len(), 2);
        let mut found = Vec::new();
        while let Some((row, record)) = lines.next() {
            found.push((row, record.map(|record| record[1].to_owned())));
        }
        assert_eq!(found, [(2, Some("x, y".into())), (3, None), (5, Some("café".into()))]);
    }

    #[test]
    fn a_record_of_a_table_may_span_lines() {
        let (_, records) = source(b"a,b\n1,\"x\ny\"\n2,z\n").table(b',').unwrap();
        let rows: Vec<(u64, &str)> =
            records.iter().map(|(row, record)| (*row, &record[1])).collect();
        assert_eq!(rows, [(2, "x\ny"), (4, "z")]);
        let (_, records) = source(b"a,b\r\n1,\"x\r\ny\"\r\n\r\n2,z\r\n").table(b',').unwrap();
        let rows: Vec<(u64, &str)> =
            records.iter().map(|(row, record)| (*row, &record[0])).collect();
        assert_eq!(rows, [(2, "1"), (5, "2")], "as Windows ends lines");
    }

    #[test]
    fn what_is_no_table_is_said() {
        assert!(source(b"").lines().is_err());
        assert!(source(b"just words\n").lines().is_err());
        assert!(source(b"").table(b',').is_err());
    }
}
