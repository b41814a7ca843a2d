//! A whole store for tests beside the code: in a temporary folder, with a clock that stands still.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use hatchery_types::{Currency, Locale};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::store::Store;

/// A fixed time and ids that count.
#[derive(Debug, Default)]
pub(crate) struct TestClock(AtomicU64);

impl StoreClock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::days(365 * 56)
    }

    fn new_uuid(&self) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Uuid::from_u128((0x0190_0000_0000_7000_8000 << 48) | u128::from(count))
    }
}

/// A store called `demo` with these components.
pub(crate) async fn store(
    components: Vec<(Manifest, Arc<dyn Component>)>,
) -> (Arc<Kernel>, Arc<Store>, TempDir) {
    let folder = TempDir::new().unwrap();
    let options = KernelOptions {
        clock: Arc::new(TestClock::default()),
        ..KernelOptions::new(folder.path().join("data"), components)
    };
    let kernel = Kernel::open(options).await.unwrap();
    let store = kernel.create_store(new_store("demo")).await.unwrap();
    (kernel, store, folder)
}

/// A store to be made with all components.
pub(crate) fn new_store(slug: &str) -> NewStore {
    NewStore {
        slug: slug.into(),
        name: "Demo".into(),
        locales: vec![Locale::en(), Locale::zh_cn()],
        currency: Currency::GBP,
        time_zone: "Europe/London".into(),
        domains: Vec::new(),
        components: None,
        preparing: false,
    }
}
