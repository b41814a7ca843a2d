//! Sharing: what stores of one mother have in common. Nothing is shared unless a policy of the mother says so.
//!
//! A [`SharePolicy`] names a kind of records, the store whose records they are (*home*), the stores that have
//! them too (*members*), and which fields each member may read and write. A component that keeps records of
//! such a kind implements [`Sharing`]: it gives what changed and takes what comes. The kernel carries records
//! from one to the other and lets through what the policy says; a component sees its own store only.
//!
//! Every store keeps what it takes in its own database: it sells on when the home is suspended or gone, and
//! what is its own (prices, stock) stands beside it. Records are told apart by a key that means the same in
//! every store, such as an address or a slug; ids are each store's own.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::ctx::Ctx;
use crate::error::Result;

/// A policy: which records stores share, and who may read and write what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SharePolicy {
    /// Its name: up to 40 of `a-z`, `0-9` and `-`.
    pub name: String,
    /// What is shared: `products`.
    pub kind: String,
    /// Slug of the store whose records they are.
    pub home: String,
    /// The stores that have them too, by slug.
    pub members: BTreeMap<String, ShareAccess>,
}

/// What a member may do with shared records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareAccess {
    /// Fields it gets; all of the kind when absent.
    #[serde(default)]
    pub read: Option<Vec<String>>,
    /// Fields whose changes here reach the home, and from there the others.
    #[serde(default)]
    pub write: Vec<String>,
}

/// What a component lets stores share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SharedKind {
    /// Its name: `products`.
    pub kind: String,
    /// Fields that a policy may name.
    pub fields: Vec<String>,
    /// Those of them that every member reads: a record is nothing without them.
    #[serde(default)]
    pub required: Vec<String>,
    /// Types of the events that tell of changes.
    pub events: Vec<String>,
    /// Whether members may write, and have a say in what is given at all.
    #[serde(default)]
    pub two_way: bool,
}

/// What records are asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// All that are to be given, in pages.
    All {
        /// Where the last page ended.
        after: Option<String>,
        /// Records in a page.
        limit: u32,
    },
    /// Those that events tell of, by the data of the events.
    Changed(Vec<Value>),
}

/// Records that a store gives.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// The records.
    pub records: Vec<SharedRecord>,
    /// Where the next page begins; none at the end.
    #[serde(default)]
    pub next: Option<String>,
}

/// A record on its way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SharedRecord {
    /// What names it in every store.
    pub key: String,
    /// Fields that a policy may hold back.
    pub fields: Map<String, Value>,
    /// What goes along under every policy: whether it is to be had at all, a consent.
    #[serde(default)]
    pub always: Map<String, Value>,
    /// Hashes of the store's files that fields name, by field.
    #[serde(default)]
    pub files: BTreeMap<String, Vec<String>>,
}

/// Records that a store is to take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Name of the policy.
    pub share: String,
    /// What they are.
    pub kind: String,
    /// The records, with the fields that the policy lets through.
    pub records: Vec<SharedRecord>,
}

/// A record that a store does not take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Untaken {
    /// Its key.
    pub key: String,
    /// Why.
    pub reason: String,
}

/// A policy as one of its stores sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Name of the policy.
    pub name: String,
    /// What is shared.
    pub kind: String,
    /// Name for people of the store whose records they are.
    pub home: String,
    /// Names for people of all its stores.
    pub stores: Vec<String>,
    /// Whether this store is the home.
    pub is_home: bool,
    /// Fields that come from the home and are changed there only.
    pub locked: Vec<String>,
}

/// How a policy does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShareStatus {
    /// The policy.
    pub policy: SharePolicy,
    /// How far records are on their ways.
    pub ways: Vec<ShareWay>,
}

/// How far records are on the way from one store to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ShareWay {
    /// Slug of the store they come from.
    pub from: String,
    /// Slug of the store they go to.
    pub to: String,
    /// Records carried since it began.
    pub carried: u64,
    /// When records were carried last.
    pub carried_at: Option<DateTime<Utc>>,
    /// Whether all records are still being carried for the first time.
    pub is_first: bool,
    /// What stands in the way; it is tried again.
    pub problem: Option<String>,
    /// Records that the other store does not take.
    pub untaken: Vec<Untaken>,
}

/// Gives and takes records of kinds that stores may share.
#[hatchery_macros::interface(id = "sharing", version = "1.0.0", collective)]
#[async_trait]
pub trait Sharing: Send + Sync {
    /// What can be shared.
    async fn kinds(&self, ctx: &Ctx) -> Result<Vec<SharedKind>>;

    /// Records of a kind that other stores may have, with all fields that can be shared.
    async fn give(&self, ctx: &Ctx, kind: String, wanted: Wanted) -> Result<Given>;

    /// Takes records, each all or not at all, and says which it does not take. Taking one again changes
    /// nothing.
    async fn take(&self, ctx: &Ctx, batch: Batch) -> Result<Vec<Untaken>>;

    /// A policy ended, or this store left it.
    async fn release(&self, ctx: &Ctx, share: String, kind: String) -> Result<()>;
}
