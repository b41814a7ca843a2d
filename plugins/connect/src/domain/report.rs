//! The account of an import: every line that was read is imported or rejected.

use std::collections::BTreeMap;

use serde::Serialize;

/// What became of the lines of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Report {
    /// Lines below the header.
    pub(crate) lines_read: u64,
    /// Lines that are in the store now.
    pub(crate) lines_imported: u64,
    /// Lines that are not, each with a reason.
    pub(crate) lines_rejected: u64,
    /// Imported lines by what they became.
    pub(crate) by_kind: BTreeMap<String, u64>,
    /// Rejected lines by reason.
    pub(crate) by_reason: BTreeMap<String, u64>,
    /// What is in the file: products, orders, customers, returns.
    pub(crate) found: BTreeMap<String, u64>,
    /// What was written: created, changed, unchanged.
    pub(crate) written: BTreeMap<String, u64>,
    /// Lines whose price is finer than the minor unit; their totals were rounded once.
    pub(crate) prices_finer_than_minor: u64,
    /// Sums in minor units, of the rounded totals of lines.
    pub(crate) sums_minor: BTreeMap<String, i64>,
    /// What the rounding of line totals added to the exact sums, in millionths of the major unit.
    pub(crate) rounding_micros: BTreeMap<String, i64>,
    /// Where rejected lines are, when they were written.
    pub(crate) rejects_file: Option<String>,
    /// Whether nothing was written.
    pub(crate) dry_run: bool,
    /// The row an interrupted import went on from.
    pub(crate) resumed_at_row: Option<u64>,
    /// Seconds from the first line to the last unit of work.
    pub(crate) seconds: f64,
    /// Lines per second.
    pub(crate) lines_per_second: f64,
}

impl Report {
    /// Counts an imported line.
    pub(crate) fn imported(&mut self, kind: &str) {
        self.lines_read += 1;
        self.lines_imported += 1;
        add(&mut self.by_kind, kind, 1);
    }

    /// Counts a rejected line.
    pub(crate) fn rejected(&mut self, reason: &str) {
        self.lines_read += 1;
        self.lines_rejected += 1;
        add(&mut self.by_reason, reason, 1);
    }

    /// Counts something that was written.
    pub(crate) fn wrote(&mut self, what: &str, count: u64) {
        add(&mut self.written, what, count);
    }

    /// Whether something of these kinds was written.
    pub(crate) fn wrote_any(&self, kinds: &[&str]) -> bool {
        kinds.iter().any(|kind| self.written.get(*kind).is_some_and(|count| *count > 0))
    }
}

fn add(counts: &mut BTreeMap<String, u64>, key: &str, count: u64) {
    match counts.get_mut(key) {
        Some(known) => *known += count,
        None => drop(counts.insert(key.to_owned(), count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_imported_or_rejected() {
        let mut report = Report::default();
        report.imported("sale");
        report.imported("sale");
        report.rejected("no quantity");
        assert_eq!(report.lines_read, report.lines_imported + report.lines_rejected);
        assert_eq!(report.by_kind["sale"], 2);
        assert_eq!(report.by_reason["no quantity"], 1);
    }
}
