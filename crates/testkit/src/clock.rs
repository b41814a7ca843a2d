//! Time that stands still and ids that count.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use hatchery_kernel::host::StoreClock;
use uuid::Uuid;

/// A clock that moves only when it is told to. It begins on 5 January 2026, a Monday, at 10:00 UTC.
#[derive(Debug)]
pub struct TestClock {
    now: Mutex<DateTime<Utc>>,
    count: AtomicU64,
}

impl Default for TestClock {
    fn default() -> Self {
        let begin = DateTime::from_timestamp(1_767_607_200, 0).unwrap_or_default();
        Self { now: Mutex::new(begin), count: AtomicU64::new(0) }
    }
}

impl TestClock {
    /// Lets time pass.
    pub fn advance(&self, time: TimeDelta) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    /// Sets the time.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl StoreClock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `01900000-0000-7000-8000-000000000001`, then `..2`, and so on.
    fn new_uuid(&self) -> Uuid {
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128(
            (0x0190_0000_0000_7000_u128 << 64) | (0x8000_u128 << 48) | u128::from(count),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_moves_only_when_told_and_ids_count() {
        let clock = TestClock::default();
        assert_eq!(clock.now().to_rfc3339(), "2026-01-05T10:00:00+00:00");
        clock.advance(TimeDelta::minutes(90));
        assert_eq!(clock.now().to_rfc3339(), "2026-01-05T11:30:00+00:00");
        let ids = [clock.new_uuid(), clock.new_uuid()];
        assert_eq!(ids[0].to_string(), "01900000-0000-7000-8000-000000000001");
        assert!(ids[0] < ids[1]);
        assert_eq!(ids[1].get_version_num(), 7);
    }
}
