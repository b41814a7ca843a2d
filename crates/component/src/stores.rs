//! The fleet: what the mother may know of the stores and do with them. The kernel provides this interface in
//! the mother only, so that a component of a store cannot even name another store.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_types::{Currency, Locale, Page};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::platform::{Change, ComponentChange, ComponentStatus, ListRequest, PlanReport, TaskRun};
use crate::resource::Record;
use crate::sharing::{SharePolicy, ShareStatus, SharedKind};

/// Who may see the fleet.
pub const READ: &str = "kernel.store.read";
/// Who may change it.
pub const WRITE: &str = "kernel.store.write";

/// A store of the fleet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FleetStore {
    /// Short name in addresses and folders.
    pub slug: String,
    /// Its id.
    pub id: Uuid,
    /// Name for people.
    pub name: String,
    /// Address for visitors, without a slash at the end.
    pub address: String,
    /// Host names it answers on.
    pub domains: Vec<String>,
    /// Languages, the default first.
    #[schema(value_type = Vec<String>)]
    pub locales: Vec<Locale>,
    /// Currency of the prices.
    #[schema(value_type = String)]
    pub currency: Currency,
    /// IANA time zone.
    pub time_zone: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Whether it can be used.
    pub state: StoreState,
    /// Why visitors cannot buy, when it is suspended.
    pub suspension: Option<Suspension>,
    /// What it was made from: `blueprint:grocery`, `store:acme`, `backup:..`.
    pub origin: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was put into the trash.
    pub deleted_at: Option<DateTime<Utc>>,
    /// When it is taken out of the trash for good.
    pub purge_at: Option<DateTime<Utc>>,
}

/// Whether a store can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoreState {
    /// It is being filled for the first time; if that was interrupted, it is made anew.
    Preparing,
    /// It sells.
    Active,
    /// Visitors read why it does not sell; staff work on, and orders that were placed can be followed.
    Suspended,
    /// It is in the trash.
    Deleted,
}

/// Why a store does not sell for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suspension {
    /// A short code: `maintenance`, `unpaid`, `legal`, or another of lowercase letters, digits and dashes.
    pub reason: String,
    /// What visitors read, by language; a general text where there is none.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    pub message: BTreeMap<Locale, String>,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// How a store does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StoreLook {
    /// Whether it is open in this process. An idle store is closed until somebody needs it.
    pub is_open: bool,
    /// What is wrong with it, a sentence each; empty when it is well.
    pub problems: Vec<String>,
    /// Bytes of its database.
    pub database_bytes: u64,
    /// Bytes of its files.
    pub file_bytes: u64,
    /// Components that run.
    pub components: u64,
    /// When it is woken for its own work, while it is closed.
    pub wakes_at: Option<DateTime<Utc>>,
    /// Another number whenever something was written, as far as this process knows.
    #[serde(default)]
    pub changes: u64,
}

/// A recipe for a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlueprintInfo {
    /// Its name: `grocery`.
    pub name: String,
    /// Its name for people, by language.
    #[schema(value_type = BTreeMap<String, String>)]
    pub title: BTreeMap<Locale, String>,
    /// What it makes, by language.
    #[schema(value_type = BTreeMap<String, String>)]
    pub summary: BTreeMap<Locale, String>,
    /// Components that its stores run, of those that this host has.
    pub components: Vec<String>,
}

/// A store that is wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreRequest {
    /// Short name: up to 40 of `a-z`, `0-9` and `-`.
    pub slug: String,
    /// Name for people; the slug when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Blueprint to make it from; `empty` when neither it nor `clone_of` is there.
    #[serde(default)]
    pub blueprint: Option<String>,
    /// Store to copy it from instead.
    #[serde(default)]
    pub clone_of: Option<String>,
    /// How much of that store.
    #[serde(default)]
    pub scope: CloneScope,
    /// Whether the blueprint's sample products are wanted.
    #[serde(default)]
    pub samples: bool,
    /// Languages, the default first; those of the source, or English, when empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub locales: Vec<Locale>,
    /// Currency of the prices; that of the source, or USD, when absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// IANA time zone; that of the source, or Etc/UTC, when absent.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Host names it answers on, beside `<slug>.localhost` and `<slug>.<mother domain>`.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Components that are on at first; the blueprint's when absent.
    #[serde(default)]
    pub components: Option<Vec<String>>,
    /// E-mail address of the first administrator, who gets a one-time link.
    #[serde(default)]
    pub owner: Option<String>,
}

/// How much of a store a copy has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloneScope {
    /// What the owner made: products, settings, texts. No customers, no orders.
    #[default]
    Setup,
    /// Everything.
    All,
}

/// A new store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MadeStore {
    /// The store.
    pub store: FleetStore,
    /// One-time link of its first administrator, when it has a component that knows such links.
    pub welcome: Option<String>,
    /// What else there is to know, a sentence each.
    pub notes: Vec<String>,
    /// Milliseconds it took.
    pub milliseconds: u64,
}

/// A backup of a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BackupInfo {
    /// Its name: `acme-20260704T101500Z`.
    pub name: String,
    /// The store as it was.
    pub slug: String,
    /// Its name for people.
    pub store_name: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// Rows in its database.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// The folder.
    pub folder: String,
}

/// Something to be done with a store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoreAct {
    /// Make a store. Gives a [`MadeStore`].
    Create(StoreRequest),
    /// Let it not sell for a while.
    Suspend {
        /// The store.
        slug: String,
        /// `maintenance`, `unpaid`, `legal`, or another short code.
        reason: String,
        /// What visitors read, by language.
        #[serde(default)]
        #[schema(value_type = BTreeMap<String, String>)]
        message: BTreeMap<Locale, String>,
    },
    /// Let it sell again.
    Resume {
        /// The store.
        slug: String,
    },
    /// Change its name for people.
    Rename {
        /// The store.
        slug: String,
        /// The new name.
        name: String,
    },
    /// Let it answer on other host names.
    SetDomains {
        /// The store.
        slug: String,
        /// All its host names, the one for links first.
        domains: Vec<String>,
    },
    /// Change its languages and its time zone; periods, slots, reports and mails follow. Since 1.2.
    SetRegion {
        /// The store.
        slug: String,
        /// Languages, the default first; as they are when empty.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        locales: Vec<Locale>,
        /// IANA time zone; as it is when absent.
        #[serde(default)]
        time_zone: Option<String>,
    },
    /// Copy it into a backup while it sells. Gives a [`BackupInfo`].
    Backup {
        /// The store.
        slug: String,
    },
    /// Put a backup in place. Gives a [`MadeStore`].
    Restore {
        /// Name or folder of the backup.
        backup: String,
        /// Under which slug; the old one when absent.
        #[serde(default)]
        slug: Option<String>,
        /// Whether a store of that slug is replaced; it is backed up before.
        #[serde(default)]
        replace: bool,
    },
    /// Remove a backup for good. Gives its name. Since 1.2.
    RemoveBackup {
        /// Name of the backup.
        backup: String,
    },
    /// Write all its records in open formats. Gives the folder.
    Export {
        /// The store.
        slug: String,
        /// The folder; one below the data folder when absent.
        #[serde(default)]
        to: Option<String>,
    },
    /// Put it into the trash, from where it is removed after 30 days. It must have a backup.
    Delete {
        /// The store.
        slug: String,
        /// The slug again.
        confirm: String,
    },
    /// Take it out of the trash.
    Recover {
        /// The store.
        slug: String,
    },
    /// Write a host of its own with this store only. Gives the folder.
    Eject {
        /// The store.
        slug: String,
        /// A folder that is empty or does not exist.
        to: String,
        /// Whether passwords and keys of providers go along.
        #[serde(default)]
        with_secrets: bool,
    },
    /// Ask somebody in as an administrator of a store. Gives the one-time link.
    Invite {
        /// The store.
        slug: String,
        /// E-mail address.
        email: String,
    },
    /// Let stores share records, or change how they do. Gives the [`SharePolicy`].
    Share(SharePolicy),
    /// Let stores share no longer. What each has by then, it keeps as the kind says.
    Unshare {
        /// Name of the policy.
        name: String,
    },
}

impl StoreAct {
    /// The slugs of all stores that it reads or changes.
    pub fn stores(&self) -> Vec<&str> {
        match self {
            Self::Create(request) => [Some(&request.slug), request.clone_of.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect(),
            Self::Restore { slug, .. } => slug.as_deref().into_iter().collect(),
            Self::Share(policy) => {
                policy.members.keys().chain([&policy.home]).map(String::as_str).collect()
            }
            Self::RemoveBackup { .. } | Self::Unshare { .. } => Vec::new(),
            _ => vec![self.subject().0],
        }
    }

    /// The store it is about, and what happens, for the audit trail.
    pub fn subject(&self) -> (&str, &'static str) {
        match self {
            Self::Create(request) => (&request.slug, "create"),
            Self::Suspend { slug, .. } => (slug, "suspend"),
            Self::Resume { slug } => (slug, "resume"),
            Self::Rename { slug, .. } => (slug, "rename"),
            Self::SetDomains { slug, .. } => (slug, "set-domains"),
            Self::SetRegion { slug, .. } => (slug, "set-region"),
            Self::Backup { slug } => (slug, "backup"),
            Self::Restore { backup, slug, .. } => (slug.as_deref().unwrap_or(backup), "restore"),
            Self::RemoveBackup { backup } => (backup, "remove-backup"),
            Self::Export { slug, .. } => (slug, "export"),
            Self::Delete { slug, .. } => (slug, "delete"),
            Self::Recover { slug } => (slug, "recover"),
            Self::Eject { slug, .. } => (slug, "eject"),
            Self::Invite { slug, .. } => (slug, "invite"),
            Self::Share(policy) => (&policy.home, "share"),
            Self::Unshare { name } => (name, "unshare"),
        }
    }
}

/// The stores of this host. In the mother only.
#[hatchery_macros::interface(id = "stores", version = "1.2.0")]
#[async_trait]
pub trait Stores: Send + Sync {
    /// All stores by slug, those in the trash included.
    async fn list(&self, ctx: &Ctx) -> Result<Vec<FleetStore>>;

    /// How stores do, by slug.
    async fn look(&self, ctx: &Ctx, slugs: Vec<String>) -> Result<BTreeMap<String, StoreLook>>;

    /// The recipes for stores, by name.
    async fn blueprints(&self, ctx: &Ctx) -> Result<Vec<BlueprintInfo>>;

    /// All backups, the newest first.
    async fn backups(&self, ctx: &Ctx) -> Result<Vec<BackupInfo>>;

    /// Does something with a store, as a run of a task of the mother. Waits a few seconds for its end; what
    /// takes longer goes on, and `Tasks` tells how far it is.
    async fn act(&self, ctx: &Ctx, act: StoreAct) -> Result<TaskRun>;

    /// Records of a resource of a store, for reports over the fleet.
    async fn records(
        &self,
        ctx: &Ctx,
        slug: String,
        resource: String,
        request: ListRequest,
    ) -> Result<Page<Record>>;

    /// What was done with a store, newest first.
    async fn history(&self, ctx: &Ctx, slug: String) -> Result<Vec<Change>>;

    /// The components of a store.
    async fn components(&self, ctx: &Ctx, slug: String) -> Result<Vec<ComponentStatus>>;

    /// What a change of a store's components would do.
    async fn plan_change(
        &self,
        ctx: &Ctx,
        slug: String,
        change: ComponentChange,
    ) -> Result<PlanReport>;

    /// Changes a store's components.
    async fn change(&self, ctx: &Ctx, slug: String, change: ComponentChange) -> Result<PlanReport>;

    /// What stores share, by name of the policy. Since 1.1.
    async fn shares(&self, ctx: &Ctx) -> Result<Vec<ShareStatus>>;

    /// What the components of a store let it share. Since 1.1.
    async fn shared_kinds(&self, ctx: &Ctx, slug: String) -> Result<Vec<SharedKind>>;
}
