//! Counts commits, and remembers for each table the last one that wrote it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// The table name that stands for all.
pub(crate) const ALL_TABLES: &str = "*";

/// The commits of an open database.
pub(crate) struct Writes {
    start: u64,
    last: RwLock<HashMap<String, u64>>,
    sequence: watch::Sender<u64>,
}

impl Writes {
    /// Starts at the present time in microseconds, so that no number comes again after a restart (ETags
    /// are made of them).
    pub(crate) fn new() -> Self {
        let start = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(1, |since| since.as_micros() as u64);
        Self { start, last: RwLock::default(), sequence: watch::Sender::new(start) }
    }

    /// Number of the last commit.
    pub(crate) fn sequence(&self) -> u64 {
        *self.sequence.borrow()
    }

    /// Tells of every commit that wrote something.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.sequence.subscribe()
    }

    /// Notes a commit.
    pub(crate) fn committed(&self, tables: BTreeSet<String>) {
        if tables.is_empty() {
            return;
        }
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        let number = self.sequence() + 1;
        last.extend(tables.into_iter().map(|table| (table, number)));
        // Under the lock, so that no two commits have one number.
        self.sequence.send_replace(number);
    }

    /// Number of the last commit that wrote a table whose name `fits`.
    pub(crate) fn last(&self, fits: impl Fn(&str) -> bool) -> u64 {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        let numbers = last.iter().filter(|(table, _)| *table == ALL_TABLES || fits(table));
        numbers.map(|(_, number)| *number).max().unwrap_or(self.start)
    }
}
