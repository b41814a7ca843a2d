//! Carries records from one store to another.
//!
//! A *way* leads from one store to another under one policy: from the home to a member, and back when the
//! kind goes both ways. At first all records are carried, in pages; then what events of the source tell of.
//! How far a way is stands in the mother's registry and is written after the target has taken the records, so
//! after a crash some are carried again, which changes nothing.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hatchery_component::platform::Files;
use hatchery_component::sharing::{Batch, SharePolicy, SharedRecord, Sharing, Untaken, Wanted};
use hatchery_component::{Ctx, Kind, Result};
use tokio::time::Instant;

use super::sharing_of;
use crate::db::entity::share_way;
use crate::events::{self, Position};
use crate::kernel::Kernel;
use crate::store::Store;

/// Policy, source, target.
pub(super) type WayKey = (String, String, String);

/// Records that are carried at once.
const PAGE: u32 = 50;
/// Events that are read at once.
const EVENTS: u64 = 500;
/// Records that are not taken and told of.
const TOLD: usize = 100;
/// How often a position is written while nothing is carried.
const PLACE: Duration = Duration::from_secs(60);
/// The longest pause after a failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// A way that was not looked at for so long may have missed events that are gone: they are kept 30 days.
const FRESH: chrono::Duration = chrono::Duration::days(29);

/// How far records are on the way from one store to another.
pub(crate) struct Way {
    row: share_way::Model,
    /// Generation of the source's outbox up to which everything is carried.
    settled: Option<u64>,
    written: Instant,
    failures: u32,
    not_before: Option<Instant>,
}

/// Who carries from where to where.
struct Route<'a> {
    policy: &'a SharePolicy,
    from: &'a str,
    to: &'a str,
    /// Fields that go along.
    fields: BTreeSet<&'a str>,
    /// Whether it leads from a member to the home.
    is_back: bool,
}

impl<'a> Route<'a> {
    fn key(&self) -> WayKey {
        (self.policy.name.clone(), self.from.to_owned(), self.to.to_owned())
    }

    /// All of a policy: back to the home first, so that the members hear of it in the same round; but before
    /// a member gives anything it has what the home says.
    fn of(policy: &'a SharePolicy, is_new: impl Fn(&WayKey) -> bool) -> Vec<Self> {
        let home = policy.home.as_str();
        let out = policy.members.iter().map(|(slug, access)| {
            let fields = access.read.iter().flatten().map(String::as_str).collect();
            Self { policy, from: home, to: slug, fields, is_back: false }
        });
        let back = policy.members.iter().map(|(slug, access)| {
            let fields = access.write.iter().map(String::as_str).collect();
            Self { policy, from: slug, to: home, fields, is_back: true }
        });
        let (new, known): (Vec<_>, Vec<_>) = out.partition(|route| is_new(&route.key()));
        new.into_iter().chain(back).chain(known).collect()
    }
}

impl Kernel {
    /// Carries what stores share as far as it goes; answers how many records were carried.
    pub async fn carry_shares(&self) -> u64 {
        let policies = self.shares().policies.load_full();
        if policies.is_empty() {
            return 0;
        }
        let mut ways = self.shares().ways.lock().await;
        let due = self.shares().take_unsettled();
        let (mut carried, mut behind) = (0, BTreeSet::new());
        for policy in policies.values() {
            let is_new = |key: &WayKey| ways.get(key).is_none_or(|way| way.row.walk.is_some());
            for route in Route::of(policy, is_new) {
                let gone = self.go(&mut ways, &route, due.contains(route.from)).await;
                if !matches!(gone, Ok(Gone { is_settled: true, .. })) {
                    behind.insert(route.from.to_owned());
                }
                match gone {
                    Ok(Gone { is_waiting: true, .. }) => {}
                    Ok(Gone { records, .. }) => {
                        carried += records;
                        self.note_problem(&route, None);
                    }
                    Err(error) => {
                        tracing::warn!(share = %policy.name, "what '{}' shares does not reach '{}': {}", route.from, route.to, error.chain());
                        self.note_problem(&route, Some(error.message().to_owned()));
                    }
                }
            }
        }
        self.shares().unsettle(behind.intersection(&due));
        carried
    }

    /// Carries what stores share, until shutdown.
    pub(crate) async fn carry_on(self: Arc<Self>) {
        let kernel = Arc::downgrade(&self);
        drop(self);
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(kernel) = kernel.upgrade() else { return };
            kernel.carry_shares().await;
        }
    }

    /// Whether everything that a store shares is carried.
    pub(crate) fn is_settled(&self, store: &Store) -> bool {
        let policies = self.shares().policies.load();
        if !policies.values().any(|policy| super::takes_part(policy, &store.slug)) {
            return true;
        }
        // Whoever carries may be about to need it.
        let Ok(ways) = self.shares().ways.try_lock() else { return false };
        let now = store.db.table_generation(OUTBOX);
        let mut from_here = ways.iter().filter(|((_, from, _), _)| **from == *store.slug);
        from_here.all(|(_, way)| way.settled == Some(now))
    }

    fn note_problem(&self, route: &Route<'_>, problem: Option<String>) {
        let mut problems = self.shares().problems.lock().unwrap_or_else(PoisonError::into_inner);
        match problem {
            Some(problem) => drop(problems.insert(route.key(), problem)),
            None => drop(problems.remove(&route.key())),
        }
    }

    /// Goes one way as far as it leads.
    async fn go(
        &self,
        ways: &mut BTreeMap<WayKey, Way>,
        route: &Route<'_>,
        is_due: bool,
    ) -> Result<Gone> {
        if !self.is_in_use(route.from) || !self.is_in_use(route.to) {
            // Until both are there again.
            return Ok(Gone { is_waiting: true, ..Gone::default() });
        }
        let key = route.key();
        let way = match ways.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let way = self.way(place.key()).await?;
                place.insert(way)
            }
        };
        if way.not_before.is_some_and(|at| at > Instant::now()) {
            return Ok(Gone { is_waiting: true, ..Gone::default() });
        }
        let from = match self.if_open(route.from) {
            Some(from) => from,
            None if is_due || way.row.walk.is_some() => self.store_for_work(route.from).await?,
            None => return Ok(Gone { is_settled: true, ..Gone::default() }),
        };
        let now = from.db.table_generation(OUTBOX);
        if way.settled == Some(now) && !is_due {
            return Ok(Gone { is_settled: true, ..Gone::default() });
        }
        let before = way.row.carried;
        match self.carry(way, route, &from).await {
            Ok(is_settled) => {
                way.settled = is_settled.then_some(now);
                (way.failures, way.not_before) = (0, None);
                let records = u64::try_from(way.row.carried - before).unwrap_or_default();
                Ok(Gone { records, is_settled, is_waiting: false })
            }
            Err(error) => {
                way.failures += 1;
                let pause = Duration::from_secs(1 << way.failures.min(6)).min(PATIENCE);
                way.not_before = Some(Instant::now() + pause);
                Err(error)
            }
        }
    }

    /// A way as the registry knows it, or at its beginning.
    async fn way(&self, (share, from, to): &WayKey) -> Result<Way> {
        let rows = self.registry().share_ways(share).await?;
        let known = rows.into_iter().find(|row| row.source == *from && row.target == *to);
        let row = known.unwrap_or_else(|| share_way::Model {
            share: share.clone(),
            source: from.clone(),
            target: to.clone(),
            transaction_id: 0,
            outbox_id: 0,
            walk: Some(String::new()),
            carried: 0,
            carried_at: None,
            seen_at: self.options().clock.now(),
            untaken: serde_json::json!([]),
        });
        Ok(Way { row, settled: None, written: Instant::now(), failures: 0, not_before: None })
    }

    /// Carries all there is; answers whether it was all.
    async fn carry(&self, way: &mut Way, route: &Route<'_>, from: &Arc<Store>) -> Result<bool> {
        let (ctx, sharing, kind) = sharing_of(from, route.policy).await?;
        if route.is_back && !kind.two_way {
            // Nothing goes this way; it is looked at again when the store is written to.
            way.row.walk = None;
            return Ok(true);
        }
        let (ctx, kind_name) = (&ctx, &route.policy.kind);
        let now = self.options().clock.now();
        if way.row.walk.is_none() && way.row.seen_at < now - FRESH {
            way.row.walk = Some(String::new());
        }
        while let Some(place) = way.row.walk.clone() {
            if place.is_empty() {
                // What changes from now on is carried after all there is.
                let position = events::end(&from.db.read()).await?;
                (way.row.transaction_id, way.row.outbox_id) = (position.transaction, position.id);
            }
            let after = Some(place).filter(|place| !place.is_empty());
            let page = Wanted::All { after, limit: PAGE };
            let given = sharing.give(ctx, kind_name.clone(), page).await?;
            self.hand_over(way, route, ctx, given.records).await?;
            way.row.walk = given.next;
            self.write(way).await?;
        }
        loop {
            let position = Position { transaction: way.row.transaction_id, id: way.row.outbox_id };
            let rows = events::after(&from.db, position, EVENTS).await?;
            let Some(last) = rows.last().map(Position::from) else { break };
            let told = rows.into_iter().filter(|row| kind.events.contains(&row.event_type));
            let changes: Vec<serde_json::Value> = told.map(|row| row.data).collect();
            let mut is_new = false;
            if !changes.is_empty() {
                let given = sharing.give(ctx, kind_name.clone(), Wanted::Changed(changes)).await?;
                is_new = !given.records.is_empty();
                let mut records = given.records.into_iter().peekable();
                while records.peek().is_some() {
                    let some = records.by_ref().take(PAGE as usize).collect();
                    self.hand_over(way, route, ctx, some).await?;
                }
            }
            (way.row.transaction_id, way.row.outbox_id) = (last.transaction, last.id);
            if is_new || way.written.elapsed() > PLACE {
                self.write(way).await?;
            }
        }
        let position = Position { transaction: way.row.transaction_id, id: way.row.outbox_id };
        Ok(!events::any_after(&from.db, position).await?)
    }

    async fn write(&self, way: &mut Way) -> Result<()> {
        way.row.seen_at = self.options().clock.now();
        self.registry().save_share_way(&way.row).await?;
        way.written = Instant::now();
        Ok(())
    }

    /// Lets the target take records, with the fields that the policy lets through and their files.
    async fn hand_over(
        &self,
        way: &mut Way,
        route: &Route<'_>,
        from: &Ctx,
        mut records: Vec<SharedRecord>,
    ) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let mut hashes = BTreeSet::new();
        for record in &mut records {
            record.fields.retain(|field, _| route.fields.contains(field.as_str()));
            record.files.retain(|field, _| route.fields.contains(field.as_str()));
            hashes.extend(record.files.values().flatten().cloned());
        }
        let to = self.store_for_work(route.to).await?;
        let (ctx, sharing, _) = sharing_of(&to, route.policy).await?;
        let (here, there) = (from.get::<dyn Files>()?, ctx.get::<dyn Files>()?);
        for hash in hashes {
            // One at a time: pictures are large.
            if let Some((info, bytes)) = here.get(from, vec![hash.clone()]).await?.remove(&hash) {
                there.put(&ctx, vec![(info.content_type, bytes)]).await?;
            }
        }
        let keys: BTreeSet<String> = records.iter().map(|record| record.key.clone()).collect();
        let share = route.policy.name.clone();
        let batch = Batch { share, kind: route.policy.kind.clone(), records };
        let new = take(&*sharing, &ctx, batch).await?;
        let mut untaken: Vec<Untaken> = serde_json::from_value(way.row.untaken.take())?;
        untaken.retain(|record| !keys.contains(&record.key));
        untaken.extend(new);
        untaken.truncate(TOLD);
        way.row.untaken = serde_json::to_value(untaken)?;
        way.row.carried += i64::try_from(keys.len()).unwrap_or(i64::MAX);
        way.row.carried_at = Some(self.options().clock.now());
        Ok(())
    }
}

/// Records in one unit of work.
async fn take(sharing: &dyn Sharing, ctx: &Ctx, batch: Batch) -> Result<Vec<Untaken>> {
    let mut again = 0;
    loop {
        match sharing.take(ctx, batch.clone()).await {
            // Others write too.
            Err(error) if error.kind() == Kind::Retry && again < 5 => again += 1,
            result => return result,
        }
    }
}

/// What came of going a way.
#[derive(Default)]
struct Gone {
    records: u64,
    is_settled: bool,
    /// It was not gone: a store is not in use, or a failure was a short time ago.
    is_waiting: bool,
}

/// The table that events are written to.
const OUTBOX: &str = "kernel_outbox";
