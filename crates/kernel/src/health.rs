//! How the components of a store do: calls, defects, how long they take, and what follows when one keeps
//! failing.
//!
//! A component with too many defects within a minute is *quarantined*: taken out of the assembly with a
//! reason, until somebody switches it on again. One that others need, or that keeps the store reachable,
//! *rests* instead: its calls are refused for a while, then it is tried again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use hatchery_component::platform::Vitals;
use hatchery_component::watch::{End, Watch};
use hatchery_component::{Error, Kind, Result};

use crate::change;
use crate::settings::WatchSettings;
use crate::solver::KERNEL;
use crate::store::Store;

/// The time in which defects are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// One in so many calls must fail, so that a busy component stands a rare defect.
const ONE_IN: u64 = 5;
/// Buckets of durations: four for each doubling of a microsecond.
const BUCKETS: usize = 128;

/// The pulses of a store's components.
pub(crate) struct Health {
    store: Weak<Store>,
    pulses: RwLock<BTreeMap<String, Arc<Pulse>>>,
}

impl Health {
    pub(crate) fn new(store: Weak<Store>) -> Self {
        Self { store, pulses: RwLock::default() }
    }

    /// The pulse of a component; the kernel's own part has none.
    pub(crate) fn pulse(&self, component: &str) -> Option<Arc<Pulse>> {
        if component == KERNEL {
            return None;
        }
        let pulses = self.pulses.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(pulse) = pulses.get(component) {
            return Some(pulse.clone());
        }
        drop(pulses);
        let mut pulses = self.pulses.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Pulse::new(component, self.store.clone()));
        Some(pulses.entry(component.to_owned()).or_insert_with(new).clone())
    }

    /// How a component has done.
    pub(crate) fn vitals(&self, component: &str) -> Vitals {
        let pulses = self.pulses.read().unwrap_or_else(PoisonError::into_inner);
        pulses.get(component).map(|pulse| pulse.vitals()).unwrap_or_default()
    }

    /// Forgets the defects of a component, so that it gets another chance.
    pub(crate) fn forgive(&self, component: &str) {
        let pulses = self.pulses.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(pulse) = pulses.get(component) {
            *pulse.trouble() = Trouble::default();
        }
    }
}

/// What is counted of one component.
pub(crate) struct Pulse {
    component: String,
    store: Weak<Store>,
    calls: AtomicU64,
    errors: AtomicU64,
    panics: AtomicU64,
    timeouts: AtomicU64,
    times: [AtomicU64; BUCKETS],
    trouble: Mutex<Trouble>,
}

/// The defects of the last minute, and what came of them.
#[derive(Default)]
struct Trouble {
    /// When, and how many calls there were till then.
    defects: VecDeque<(Instant, u64)>,
    /// Until when calls are refused, and why.
    rests: Option<(Instant, String)>,
    /// It is being taken out.
    is_going: bool,
}

impl Pulse {
    fn new(component: &str, store: Weak<Store>) -> Self {
        Self {
            component: component.to_owned(),
            store,
            calls: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            timeouts: AtomicU64::new(0),
            times: std::array::from_fn(|_| AtomicU64::new(0)),
            trouble: Mutex::default(),
        }
    }

    fn trouble(&self) -> std::sync::MutexGuard<'_, Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settings(&self) -> WatchSettings {
        let store = self.store.upgrade();
        store.map(|store| store.assembly.load().settings.watch.clone()).unwrap_or_default()
    }

    fn vitals(&self) -> Vitals {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let now = Instant::now();
        let resting = self.trouble().rests.clone().filter(|(until, _)| *until > now);
        Vitals {
            calls: of(&self.calls),
            errors: of(&self.errors),
            panics: of(&self.panics),
            timeouts: of(&self.timeouts),
            p99_milliseconds: self.quantile(0.99),
            resting: resting.map(|(_, why)| why),
        }
    }

    /// The upper bound of the bucket in which this part of all calls ends.
    fn quantile(&self, part: f64) -> Option<f64> {
        let counts: Vec<u64> =
            self.times.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let all: u64 = counts.iter().sum();
        let wanted = (all as f64 * part).ceil().max(1.0) as u64;
        let mut seen = 0;
        let bucket = counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        bucket.map(|bucket| upper_bound(bucket) / 1000.0)
    }

    /// Counts a defect and acts when there are too many.
    fn defect(&self) {
        let Some(store) = self.store.upgrade() else { return };
        let settings = store.assembly.load().settings.watch.clone();
        let (now, calls) = (Instant::now(), self.calls.load(Ordering::Relaxed));
        let reason = {
            let mut trouble = self.trouble();
            trouble.defects.push_back((now, calls));
            while trouble.defects.front().is_some_and(|(then, _)| now - *then > WINDOW) {
                trouble.defects.pop_front();
            }
            let defects = trouble.defects.len() as u64;
            let first = trouble.defects.front().map_or(calls, |(_, calls)| *calls);
            let among = calls - first + 1;
            let is_too_many = settings.most_defects > 0
                && defects >= u64::from(settings.most_defects)
                && defects * ONE_IN >= among;
            if !is_too_many || trouble.is_going {
                return;
            }
            trouble.is_going = true;
            format!("{defects} of the last {among} calls failed within a minute")
        };
        let (component, rest) = (self.component.clone(), settings.rest_seconds);
        tokio::spawn(async move {
            let taken_out = change::quarantine(&store, &component, &reason).await;
            let Some(pulse) = store.health.pulse(&component) else { return };
            let mut trouble = pulse.trouble();
            *trouble = Trouble::default();
            match taken_out {
                Ok(true) => {}
                Ok(false) => {
                    let why = format!("{reason}; it is tried again after {rest} s");
                    tracing::error!(%component, store = %store.slug, "'{component}' rests: {why}");
                    trouble.rests = Some((Instant::now() + Duration::from_secs(rest), why));
                }
                Err(error) => {
                    tracing::error!(%component, "'{component}' is not taken out: {}", error.chain());
                }
            }
        });
    }
}

impl Watch for Pulse {
    fn enter(&self) -> Result<()> {
        // Nobody rests: the usual case, and no clock is read for it.
        let Some((until, _)) = self.trouble().rests.clone() else { return Ok(()) };
        if Instant::now() >= until {
            self.trouble().rests = None;
            return Ok(());
        }
        let message = "A part of this store is out of order. Please try again in a moment.";
        let source = format!("'{}' failed too often and rests", self.component);
        Err(Error::new(Kind::Unavailable, "component.resting", message).with_source(source))
    }

    fn limit(&self, is_external: bool) -> Duration {
        let settings = self.settings();
        Duration::from_millis(match is_external {
            true => settings.long_call_milliseconds,
            false => settings.call_milliseconds,
        })
    }

    fn leave(&self, took: Duration, end: End) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(bucket) = self.times.get(bucket_of(took)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        let what = match end {
            End::Done => return,
            End::Failed => "error",
            End::Panicked => {
                self.panics.fetch_add(1, Ordering::Relaxed);
                "panic"
            }
            End::Late => {
                self.timeouts.fetch_add(1, Ordering::Relaxed);
                "timeout"
            }
        };
        self.errors.fetch_add(1, Ordering::Relaxed);
        metrics::counter!(
            "component_errors_total", "component" => self.component.clone(), "kind" => what
        )
        .increment(1);
        self.defect();
    }
}

/// The bucket of a duration.
fn bucket_of(took: Duration) -> usize {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if micros < 4 {
        return micros as usize;
    }
    let power = 63 - micros.leading_zeros() as usize;
    let quarter = (micros >> (power - 2)) as usize & 3;
    (4 * (power - 1) + quarter).min(BUCKETS - 1)
}

/// Microseconds that no duration of a bucket reaches.
fn upper_bound(bucket: usize) -> f64 {
    if bucket < 4 {
        return bucket as f64 + 1.0;
    }
    let (power, quarter) = (bucket / 4 + 1, bucket % 4);
    (1_u64 << (power - 2)) as f64 * (quarter as f64 + 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_lies_in_its_bucket_and_buckets_follow_each_other() {
        let mut last = 0;
        for micros in 0..100_000_u64 {
            let bucket = bucket_of(Duration::from_micros(micros));
            assert!(bucket == last || bucket == last + 1, "{micros}");
            assert!((micros as f64) < upper_bound(bucket), "{micros}");
            assert!(bucket == 0 || micros as f64 >= upper_bound(bucket - 1), "{micros}");
            last = bucket;
        }
        assert_eq!(bucket_of(Duration::MAX), BUCKETS - 1);
    }

    #[test]
    fn the_99th_of_a_hundred_is_told() {
        let pulse = Pulse::new("tea", Weak::new());
        assert_eq!(pulse.vitals().p99_milliseconds, None);
        for call in 0..100 {
            let took = Duration::from_millis(if call < 98 { 1 } else { 100 });
            pulse.leave(took, End::Done);
        }
        let p99 = pulse.vitals().p99_milliseconds.unwrap();
        assert!((100.0..125.0).contains(&p99), "{p99}");
        assert_eq!(pulse.vitals().calls, 100);
    }
}
