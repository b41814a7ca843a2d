//! A bounded cache per store, whose entries end with a commit of a component they were read from.
//!
//! Between reading and putting somebody may write. So a value is as old as the question that did not find
//! it: `get` notes when it was asked, and `put` of the same request and key takes that. Inside a unit of
//! work nothing is cached: it sees what is not committed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use hatchery_component::platform::Cache;
use hatchery_component::{Ctx, Declaration, Instance, Result};
use uuid::Uuid;

use crate::platform::state;
use crate::store::Store;

/// The most bytes of keys and values.
const BYTES: usize = 32 * 1024 * 1024;
/// A larger value is not kept.
const LARGEST: usize = BYTES / 8;
/// The most questions that wait for their answer to be put.
const ASKED: usize = 10_000;

/// Adds nothing.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    declaration
}

/// Provides the interface.
pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Cache>(Arc::new(BoundedCache::default()))
}

#[derive(Default)]
struct BoundedCache {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    by_key: HashMap<String, Entry>,
    /// Keys by their last use.
    by_use: BTreeMap<u64, String>,
    uses: u64,
    bytes: usize,
    /// Number of the last commit when a request asked for a key in vain.
    asked: HashMap<(Uuid, String), u64>,
}

struct Entry {
    value: Vec<u8>,
    reads: Vec<String>,
    /// Number of the last commit when it was asked for.
    as_of: u64,
    used: u64,
}

impl Entries {
    /// The value, if no component it was read from has committed since.
    fn get(&mut self, key: &str, generation: impl Fn(&str) -> u64) -> Option<Vec<u8>> {
        let entry = self.by_key.get(key)?;
        if entry.reads.iter().any(|component| generation(component) > entry.as_of) {
            self.remove(key);
            return None;
        }
        self.uses += 1;
        let entry = self.by_key.get_mut(key)?;
        self.by_use.remove(&entry.used);
        entry.used = self.uses;
        self.by_use.insert(entry.used, key.to_owned());
        Some(entry.value.clone())
    }

    fn ask(&mut self, request: Uuid, key: String, as_of: u64) {
        if self.asked.len() >= ASKED {
            self.asked.clear();
        }
        self.asked.entry((request, key)).or_insert(as_of);
    }

    fn put(&mut self, request: Uuid, key: String, value: Vec<u8>, reads: Vec<String>) {
        let Some(as_of) = self.asked.remove(&(request, key.clone())) else { return };
        if value.len() > LARGEST {
            return;
        }
        self.remove(&key);
        self.uses += 1;
        self.bytes += key.len() + value.len();
        self.by_use.insert(self.uses, key.clone());
        self.by_key.insert(key, Entry { value, reads, as_of, used: self.uses });
        while self.bytes > BYTES {
            let Some((_, oldest)) = self.by_use.pop_first() else { return };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.by_key.remove(key) {
            self.bytes -= key.len() + entry.value.len();
            self.by_use.remove(&entry.used);
        }
    }
}

impl BoundedCache {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Cache for BoundedCache {
    async fn get(&self, ctx: &Ctx, key: String) -> Result<Option<Vec<u8>>> {
        if ctx.unit().is_some() {
            return Ok(None);
        }
        let store = state(ctx)?.store()?;
        let as_of = store.db.sequence();
        let mut entries = self.lock();
        let found = entries.get(&key, |component| store.db.generation(component));
        if found.is_none() {
            entries.ask(ctx.request_id(), key, as_of);
        }
        Ok(found)
    }

    async fn put(&self, ctx: &Ctx, key: String, value: Vec<u8>, reads: Vec<String>) -> Result<()> {
        if ctx.unit().is_none() {
            self.lock().put(ctx.request_id(), key, value, reads);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Uuid = Uuid::from_u128(1);

    fn put(entries: &mut Entries, key: &str, size: usize, as_of: u64) {
        entries.ask(REQUEST, key.to_owned(), as_of);
        entries.put(REQUEST, key.to_owned(), vec![0; size], vec!["catalog".into()]);
    }

    #[test]
    fn an_entry_ends_with_a_commit_after_the_question() {
        let mut entries = Entries::default();
        put(&mut entries, "a", 1, 5);
        assert!(entries.get("a", |_| 5).is_some());
        // Somebody wrote between question and answer, or after it.
        assert!(entries.get("a", |_| 6).is_none());
        assert!(entries.get("a", |_| 5).is_none());
        assert_eq!(entries.bytes, 0);
        assert!(entries.by_use.is_empty());
    }

    #[test]
    fn an_answer_without_a_question_is_not_kept() {
        let mut entries = Entries::default();
        entries.put(REQUEST, "a".into(), vec![1], Vec::new());
        assert!(entries.get("a", |_| 0).is_none());
        entries.ask(Uuid::from_u128(2), "a".into(), 1);
        entries.put(REQUEST, "a".into(), vec![1], Vec::new());
        assert!(entries.get("a", |_| 0).is_none());
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let mut entries = Entries::default();
        let size = LARGEST - 10;
        for number in 0..8 {
            put(&mut entries, &number.to_string(), size, 1);
        }
        assert!(entries.get("0", |_| 0).is_some());
        put(&mut entries, "8", size, 1);
        assert!(entries.bytes <= BYTES);
        assert!(entries.get("1", |_| 0).is_none());
        assert!(entries.get("0", |_| 0).is_some());
        put(&mut entries, "huge", LARGEST + 1, 1);
        assert!(entries.get("huge", |_| 0).is_none());
    }

    #[tokio::test]
    async fn a_commit_ends_what_was_read_before_it() {
        use hatchery_component::Actor;
        use hatchery_component::platform::Sessions;

        let (kernel, store, _folder) = crate::kernel::testing::store(Vec::new()).await;
        let ctx = store.ctx("kernel".into(), Actor::Guest, None);
        let cache = ctx.get::<dyn Cache>().unwrap();
        let get = async || cache.get(&ctx, "a".into()).await.unwrap();
        let put =
            async || cache.put(&ctx, "a".into(), vec![1], vec!["kernel".into()]).await.unwrap();
        let write = async || {
            ctx.get::<dyn Sessions>().unwrap().open(&ctx, Uuid::from_u128(9)).await.unwrap()
        };
        // The store's own background work writes kernel tables; it is to be quiet.
        store.drain().await;
        assert_eq!(get().await, None);
        put().await;
        assert_eq!(get().await, Some(vec![1]));
        write().await;
        assert_eq!(get().await, None);
        // Somebody writes between the question and the answer.
        write().await;
        put().await;
        assert_eq!(get().await, None);
        let inside = ctx.transaction(|ctx| async move {
            let cache = ctx.get::<dyn Cache>()?;
            cache.put(&ctx, "b".into(), vec![1], Vec::new()).await?;
            cache.get(&ctx, "b".into()).await
        });
        assert_eq!(inside.await.unwrap(), None);
        kernel.shutdown().await;
    }
}
