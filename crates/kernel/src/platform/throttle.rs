//! Counts of failures, so that guessing stops.
//!
//! Kept in memory: a failed login must count although its unit of work is undone, and an attack must not
//! keep the writer busy. A restart forgets them, which nobody outside can cause.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use hatchery_component::platform::Throttle;
use hatchery_component::{Ctx, Declaration, Error, Instance, Kind, Result};
use serde_json::json;

use crate::request;
use crate::store::Store;

/// The most keys that are kept; the ones that failed longest ago go first.
const KEYS: usize = 50_000;
/// The most failures of a key that are kept, and so the highest limit that works.
const FAILURES: usize = 1_000;
/// Older failures are forgotten, whatever the window.
const LONGEST: Duration = Duration::hours(24);

/// Adds nothing.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    declaration
}

/// Provides the interface.
pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Throttle>(Arc::new(Failures::default()))
}

/// When keys failed.
#[derive(Default)]
struct Failures {
    by_key: Mutex<HashMap<String, VecDeque<DateTime<Utc>>>>,
}

impl Failures {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, VecDeque<DateTime<Utc>>>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until a key may go on; none when it may now.
    fn wait(
        &self,
        key: &str,
        limit: u32,
        window: Duration,
        now: DateTime<Utc>,
    ) -> Option<Duration> {
        let by_key = self.lock();
        let failures = by_key.get(key)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if limit == 0 {
            return None;
        }
        // The failure that has to pass out of the window before there are fewer than the limit.
        let decisive = failures.iter().rev().nth(limit - 1)?;
        let wait = *decisive + window - now;
        (wait > Duration::zero()).then_some(wait)
    }

    fn add(&self, key: String, now: DateTime<Utc>) {
        let mut by_key = self.lock();
        let failures = by_key.entry(key).or_default();
        failures.push_back(now);
        while failures.len() > FAILURES || failures.front().is_some_and(|at| now - *at > LONGEST) {
            failures.pop_front();
        }
        if by_key.len() > KEYS {
            forget_half(&mut by_key);
        }
    }
}

fn forget_half(by_key: &mut HashMap<String, VecDeque<DateTime<Utc>>>) {
    let mut latest: BTreeMap<(Option<DateTime<Utc>>, String), ()> = BTreeMap::new();
    for (key, failures) in by_key.iter() {
        latest.insert((failures.back().copied(), key.clone()), ());
    }
    for ((_, key), ()) in latest.into_iter().take(KEYS / 2) {
        by_key.remove(&key);
    }
}

#[async_trait]
impl Throttle for Failures {
    async fn check(&self, ctx: &Ctx, key: String, limit: u32, window_seconds: u32) -> Result<()> {
        let window = Duration::seconds(i64::from(window_seconds));
        let Some(wait) = self.wait(&key, limit, window, ctx.now()) else { return Ok(()) };
        let seconds = wait.num_seconds().max(1);
        let message =
            format!("There were too many failures. Please try again in {}.", spoken(seconds));
        let error = Error::new(Kind::RateLimited, "throttle.limit", message);
        Err(error.with_details(json!({ "retry_after_seconds": seconds })))
    }

    async fn failed(&self, ctx: &Ctx, key: String) -> Result<()> {
        self.add(key, ctx.now());
        Ok(())
    }

    async fn succeeded(&self, _: &Ctx, key: String) -> Result<()> {
        self.lock().remove(&key);
        Ok(())
    }

    async fn client_address(&self, ctx: &Ctx) -> Result<String> {
        let facts = request::facts(ctx.request_id());
        Ok(facts.map_or_else(|| "local".to_owned(), |facts| facts.client_address.to_string()))
    }
}

fn spoken(seconds: i64) -> String {
    match seconds {
        1 => "a second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    #[test]
    fn the_limit_holds_within_the_window_only() {
        let failures = Failures::default();
        let window = Duration::seconds(60);
        for second in [0, 10, 20] {
            assert_eq!(failures.wait("a", 3, window, at(second)), None);
            failures.add("a".into(), at(second));
        }
        assert_eq!(failures.wait("a", 3, window, at(20)), Some(Duration::seconds(40)));
        assert_eq!(failures.wait("a", 4, window, at(20)), None);
        assert_eq!(failures.wait("b", 3, window, at(20)), None);
        assert_eq!(failures.wait("a", 3, window, at(60)), None);
        failures.add("a".into(), at(61));
        assert_eq!(failures.wait("a", 3, window, at(61)), Some(Duration::seconds(9)));
    }

    #[test]
    fn memory_is_bounded_and_the_latest_stay() {
        let failures = Failures::default();
        for number in 0..=KEYS {
            failures.add(format!("key-{number}"), at(number as i64));
        }
        assert!(failures.lock().len() <= KEYS);
        assert!(failures.lock().contains_key(&format!("key-{KEYS}")));
        assert!(!failures.lock().contains_key("key-0"));
        for second in 0..2_000 {
            failures.add("much".into(), at(second));
        }
        assert_eq!(failures.lock()["much"].len(), FAILURES);
    }

    #[test]
    fn concurrent_failures_all_count() {
        let failures = Arc::new(Failures::default());
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let failures = failures.clone();
                std::thread::spawn(move || (0..100).for_each(|_| failures.add("a".into(), at(0))))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(failures.lock()["a"].len(), 800);
    }
}
