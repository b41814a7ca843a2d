//! What stores share, by the policies that the mother keeps: [`policy`] says what a policy must be, [`carry`]
//! carries records. This is the one place where anything goes from one store to another while both live.

mod carry;
mod policy;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use hatchery_component::sharing::{Share, SharePolicy, ShareStatus, ShareWay, SharedKind, Sharing};
use hatchery_component::{Actor, Ctx, Error, Kind, Result};

use crate::kernel::Kernel;
use crate::registry::StoreState;
use crate::solver::KERNEL;
use crate::store::Store;
use carry::{Way, WayKey};

/// What stores share, in this process.
#[derive(Default)]
pub(crate) struct Shares {
    policies: ArcSwap<BTreeMap<String, SharePolicy>>,
    /// How far records are. Held by whoever carries: one at a time.
    ways: tokio::sync::Mutex<BTreeMap<WayKey, Way>>,
    /// What stands in the way of records.
    problems: Mutex<BTreeMap<WayKey, String>>,
    /// Stores that may hold records that were not carried before they were closed.
    unsettled: Mutex<BTreeSet<String>>,
}

impl Shares {
    /// Begins with what the registry keeps.
    pub(crate) fn new(policies: Vec<SharePolicy>) -> Self {
        let shares = Self::default();
        for policy in &policies {
            shares.unsettle(policy.members.keys().chain([&policy.home]));
        }
        let named = policies.into_iter().map(|policy| (policy.name.clone(), policy));
        shares.policies.store(Arc::new(named.collect()));
        shares
    }

    fn unsettle<'a>(&self, slugs: impl IntoIterator<Item = &'a String>) {
        let mut unsettled = self.unsettled.lock().unwrap_or_else(PoisonError::into_inner);
        unsettled.extend(slugs.into_iter().cloned());
    }

    fn take_unsettled(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.unsettled.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that a store is closed before everything may have been carried.
    pub(crate) fn closed_early(&self, slug: &str) {
        if self.policies.load().values().any(|policy| takes_part(policy, slug)) {
            self.unsettle([&slug.to_owned()]);
        }
    }

    fn remember(&self, policy: SharePolicy) {
        self.unsettle(policy.members.keys().chain([&policy.home]));
        self.policies.rcu(|policies| {
            let mut policies = BTreeMap::clone(policies);
            policies.insert(policy.name.clone(), policy.clone());
            policies
        });
    }

    fn forget(&self, name: &str) {
        let mut problems = self.problems.lock().unwrap_or_else(PoisonError::into_inner);
        problems.retain(|(share, ..), _| share != name);
        self.policies.rcu(|policies| {
            let mut policies = BTreeMap::clone(policies);
            policies.remove(name);
            policies
        });
    }
}

impl Kernel {
    /// The policies by which a store shares records of a kind, as it sees them.
    pub(crate) fn shares_of(&self, slug: &str, kind: &str) -> Vec<Share> {
        let policies = self.shares().policies.load();
        let of_kind = policies.values().filter(|policy| policy.kind == kind);
        of_kind
            .filter(|policy| takes_part(policy, slug))
            .map(|policy| self.seen(policy, slug))
            .collect()
    }

    fn seen(&self, policy: &SharePolicy, slug: &str) -> Share {
        let records = self.records();
        let name = |slug: &String| records.get(slug).map_or(slug, |record| &record.name).clone();
        let access = policy.members.get(slug).cloned().unwrap_or_default();
        let locked = access.read.unwrap_or_default().into_iter();
        Share {
            name: policy.name.clone(),
            kind: policy.kind.clone(),
            home: name(&policy.home),
            stores: [&policy.home].into_iter().chain(policy.members.keys()).map(name).collect(),
            is_home: policy.home == slug,
            locked: locked.filter(|field| !access.write.contains(field)).collect(),
        }
    }

    /// What stores share, by name of the policy.
    ///
    /// # Errors
    /// The registry.
    pub async fn share_statuses(&self) -> Result<Vec<ShareStatus>> {
        let policies = self.shares().policies.load_full();
        let problems =
            self.shares().problems.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut statuses = Vec::new();
        for policy in policies.values() {
            let mut ways = Vec::new();
            for row in self.registry().share_ways(&policy.name).await? {
                let key = (row.share.clone(), row.source.clone(), row.target.clone());
                ways.push(ShareWay {
                    problem: problems.get(&key).cloned(),
                    is_first: row.walk.is_some(),
                    from: row.source,
                    to: row.target,
                    carried: u64::try_from(row.carried).unwrap_or_default(),
                    carried_at: row.carried_at,
                    untaken: serde_json::from_value(row.untaken)?,
                });
            }
            // A way that was never begun has no row, but may have a problem.
            for ((share, from, to), problem) in &problems {
                let begun = ways.iter().any(|way: &ShareWay| way.from == *from && way.to == *to);
                if *share == policy.name && !begun {
                    let (from, to, problem) = (from.clone(), to.clone(), Some(problem.clone()));
                    ways.push(ShareWay {
                        from,
                        to,
                        problem,
                        is_first: true,
                        ..ShareWay::default()
                    });
                }
            }
            statuses.push(ShareStatus { policy: policy.clone(), ways });
        }
        Ok(statuses)
    }

    /// What the components of a store let it share.
    ///
    /// # Errors
    /// There is no such store; a component.
    pub(crate) async fn shared_kinds(&self, slug: &str) -> Result<Vec<SharedKind>> {
        let store = self.store(slug).await?;
        let ctx = store.system_ctx(KERNEL.into(), None);
        let mut kinds = Vec::new();
        for (_, sharing) in ctx.all::<dyn Sharing>()? {
            kinds.extend(sharing.kinds(&ctx).await?);
        }
        kinds.sort_by(|left, right| left.kind.cmp(&right.kind));
        Ok(kinds)
    }

    /// Lets stores share, or changes how they do, and carries what there is.
    ///
    /// # Errors
    /// The policy does not fit; the registry.
    pub(crate) async fn share(&self, policy: SharePolicy) -> Result<SharePolicy> {
        let policy = self.checked(policy).await?;
        let before = self.shares().policies.load().get(&policy.name).cloned();
        let left = before.iter().flat_map(|before| before.members.keys());
        for slug in left.filter(|slug| !policy.members.contains_key(*slug)) {
            self.release(slug, &policy).await;
        }
        {
            let mut ways = self.shares().ways.lock().await;
            for row in self.registry().share_ways(&policy.name).await? {
                let access = |policy: &SharePolicy| {
                    policy
                        .members
                        .get(&row.source)
                        .or_else(|| policy.members.get(&row.target))
                        .cloned()
                };
                if before.as_ref().and_then(access) != access(&policy) {
                    // Under another access everything is carried again.
                    ways.remove(&(row.share.clone(), row.source.clone(), row.target.clone()));
                    self.registry().remove_share_way(&row).await?;
                }
            }
            self.registry().save_share(&policy).await?;
            self.shares().remember(policy.clone());
        }
        self.carry_shares().await;
        Ok(policy)
    }

    /// Lets stores share no longer.
    ///
    /// # Errors
    /// There is no such policy; the registry.
    pub(crate) async fn unshare(&self, name: &str) -> Result<SharePolicy> {
        let Some(policy) = self.shares().policies.load().get(name).cloned() else {
            let message = format!("The stores share nothing by the name of '{name}'.");
            return Err(Error::not_found("share.unknown", message));
        };
        {
            let mut ways = self.shares().ways.lock().await;
            ways.retain(|(share, ..), _| share != name);
            self.registry().remove_share(name).await?;
            self.shares().forget(name);
        }
        for slug in policy.members.keys().chain([&policy.home]) {
            self.release(slug, &policy).await;
        }
        Ok(policy)
    }

    /// Lets a store that is removed share nothing.
    pub(crate) async fn leave_shares(&self, slug: &str) -> Result<()> {
        for policy in self.shares().policies.load_full().values() {
            if policy.home == slug
                || (policy.members.contains_key(slug) && policy.members.len() == 1)
            {
                self.unshare(&policy.name).await?;
            } else if policy.members.contains_key(slug) {
                let mut without = policy.clone();
                without.members.remove(slug);
                self.registry().save_share(&without).await?;
                self.shares().remember(without);
            }
        }
        Ok(())
    }

    /// Carries everything of a store again: its data are those of a backup.
    pub(crate) async fn share_again(&self, slug: &str) -> Result<()> {
        let policies = self.shares().policies.load_full();
        for policy in policies.values().filter(|policy| takes_part(policy, slug)) {
            let mut ways = self.shares().ways.lock().await;
            for row in self.registry().share_ways(&policy.name).await? {
                if row.source == slug || row.target == slug {
                    ways.remove(&(row.share.clone(), row.source.clone(), row.target.clone()));
                    self.registry().remove_share_way(&row).await?;
                }
            }
            self.shares().unsettle(policy.members.keys().chain([&policy.home]));
        }
        Ok(())
    }

    /// Tells a store that it shares no longer. One that cannot be told finds out by its policies.
    async fn release(&self, slug: &str, policy: &SharePolicy) {
        let released = async {
            if !self.is_in_use(slug) {
                return Ok(());
            }
            let store = self.store_for_work(slug).await?;
            let (ctx, sharing, _) = sharing_of(&store, policy).await?;
            sharing.release(&ctx, policy.name.clone(), policy.kind.clone()).await
        };
        if let Err(error) = released.await {
            tracing::warn!(store = %slug, share = %policy.name, "'{slug}' is not told that '{}' ended: {}", policy.name, error.chain());
        }
    }

    fn is_in_use(&self, slug: &str) -> bool {
        let records = self.records();
        let state = records.get(slug).map(|record| record.state);
        matches!(state, Some(StoreState::Active | StoreState::Suspended))
    }
}

fn takes_part(policy: &SharePolicy, slug: &str) -> bool {
    policy.home == slug || policy.members.contains_key(slug)
}

/// The component of a store that keeps what a policy shares, and a context for it.
async fn sharing_of(
    store: &Arc<Store>,
    policy: &SharePolicy,
) -> Result<(Ctx, Arc<dyn Sharing>, SharedKind)> {
    let caused_by = Some(format!("share {}", policy.name));
    let ctx = store.system_ctx(KERNEL.into(), caused_by.clone());
    for (component, sharing) in ctx.all::<dyn Sharing>()? {
        let kinds = sharing.kinds(&ctx).await?;
        if let Some(kind) = kinds.into_iter().find(|kind| kind.kind == policy.kind) {
            return Ok((store.ctx(component, Actor::System { caused_by }, None), sharing, kind));
        }
    }
    let message = format!("No component that runs in '{}' shares {}.", store.slug, policy.kind);
    Err(Error::new(Kind::Unavailable, "share.no_component", message))
}
