//! Interfaces the platform itself speaks: those the kernel provides to every component, and those it
//! looks for in the assembly.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hatchery_types::{Locale, Page, Query};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ctx::{Actor, Ctx};
use crate::error::{Kind, Result};
use crate::resource::{Action, Record};
use crate::sharing::Share;
use crate::view::View;

/// Tells who somebody is. Provided by the component that keeps credentials (`identity`); the kernel asks
/// it for every request that brings a session or a token. Without it nobody can sign in.
#[hatchery_macros::interface(id = "authentication", version = "1.1.0")]
#[async_trait]
pub trait Authentication: Send + Sync {
    /// The actor behind an API token, if the token is good.
    async fn actor_of_token(&self, ctx: &Ctx, token: String) -> Result<Option<Actor>>;

    /// The actors behind session subjects (the ids given to [`Sessions::open`]) with their present
    /// permissions; a subject that was locked or removed is absent.
    async fn actors(&self, ctx: &Ctx, subjects: Vec<Uuid>) -> Result<BTreeMap<Uuid, Actor>>;

    /// The e-mail addresses of session subjects that are not locked. Since 1.1.
    async fn emails(&self, ctx: &Ctx, subjects: Vec<Uuid>) -> Result<BTreeMap<Uuid, String>>;

    /// The actors with these e-mail addresses, those that are locked left out. Since 1.1.
    async fn actors_by_email(
        &self,
        ctx: &Ctx,
        emails: Vec<String>,
    ) -> Result<BTreeMap<String, Actor>>;
}

/// What a store may know of its mother.
#[hatchery_macros::interface(id = "mother", version = "1.1.0")]
#[async_trait]
pub trait Mother: Send + Sync {
    /// Where the actor can make another store, beginning from this one: for a member of staff who, by the same
    /// e-mail address, may make stores at the mother; none for everybody else.
    async fn new_store_address(&self, ctx: &Ctx) -> Result<Option<String>>;

    /// The policies by which the store shares records of a kind with others, by name. Since 1.1.
    async fn shares(&self, ctx: &Ctx, kind: String) -> Result<Vec<Share>>;
}

/// Sessions, kept by the kernel as rows and shown to browsers as cookies.
#[hatchery_macros::interface(id = "sessions", version = "1.0.0")]
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens a session for a subject and gives the `Set-Cookie` value. Inside a unit of work.
    async fn open(&self, ctx: &Ctx, subject: Uuid) -> Result<String>;

    /// Ends the session the request came with and gives the `Set-Cookie` value that removes the cookie.
    async fn close(&self, ctx: &Ctx) -> Result<String>;

    /// Ends all sessions of a subject, such as after a changed password.
    async fn close_all(&self, ctx: &Ctx, subject: Uuid) -> Result<()>;
}

/// Counts failures, so that guessing stops: logins per account and address, payments per cart.
#[hatchery_macros::interface(id = "throttle", version = "1.0.0")]
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Fails with `RateLimited` when a key had `limit` failures within the last `window_seconds`.
    async fn check(&self, ctx: &Ctx, key: String, limit: u32, window_seconds: u32) -> Result<()>;

    /// Counts a failure of a key.
    async fn failed(&self, ctx: &Ctx, key: String) -> Result<()>;

    /// Forgets the failures of a key, after a success.
    async fn succeeded(&self, ctx: &Ctx, key: String) -> Result<()>;

    /// The client's address of this request: the peer, or what a trusted proxy says.
    async fn client_address(&self, ctx: &Ctx) -> Result<String>;
}

/// A file of the store, named by the SHA-256 of its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileInfo {
    /// Hexadecimal SHA-256.
    pub hash: String,
    /// Media type.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
}

/// The store's files, content-addressed. Public ones are served at `/files/{hash}`.
#[hatchery_macros::interface(id = "files", version = "1.0.0")]
#[async_trait]
pub trait Files: Send + Sync {
    /// Keeps contents (synced before this returns) and names them, in order. The same content is kept once.
    async fn put(&self, ctx: &Ctx, files: Vec<(String, Vec<u8>)>) -> Result<Vec<FileInfo>>;

    /// The contents of those files that are there, by hash.
    async fn get(
        &self,
        ctx: &Ctx,
        hashes: Vec<String>,
    ) -> Result<BTreeMap<String, (FileInfo, Vec<u8>)>>;
}

/// A bounded cache per store. What is in it may vanish at any time.
#[hatchery_macros::interface(id = "cache", version = "1.0.0")]
#[async_trait]
pub trait Cache: Send + Sync {
    /// What was put under a key, unless a component it was read from has written since.
    async fn get(&self, ctx: &Ctx, key: String) -> Result<Option<Vec<u8>>>;

    /// Puts something under a key. `reads` names the components whose tables it was made from.
    async fn put(&self, ctx: &Ctx, key: String, value: Vec<u8>, reads: Vec<String>) -> Result<()>;
}

/// Texts and pages outside of a request: for mails and exports.
#[hatchery_macros::interface(id = "texts", version = "1.0.0")]
#[async_trait]
pub trait Texts: Send + Sync {
    /// A message in the context's language.
    async fn translate(
        &self,
        ctx: &Ctx,
        key: String,
        arguments: BTreeMap<String, Value>,
    ) -> Result<String>;

    /// Renders a view with the store's theme, in the context's language.
    async fn render(&self, ctx: &Ctx, view: View) -> Result<String>;
}

/// A resource as staff see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourceDescription {
    /// `products`
    pub name: String,
    /// The component that brings it.
    pub component: String,
    /// Part of the navigation.
    pub group: String,
    /// JSON Schema of the data; fields that staff added are under the property `custom`.
    pub schema: Value,
    /// Fields the list shows.
    pub columns: Vec<String>,
    /// Fields that can be sorted by.
    pub sortable: Vec<String>,
    /// Fields that can be filtered by.
    pub filterable: Vec<String>,
    /// Actions the actor may do.
    pub actions: Vec<Action>,
    /// Whether the actor may change records.
    pub can_write: bool,
    /// Whether the actor may create records.
    pub can_create: bool,
    /// A page of its own for one record, with `{id}`.
    pub page: Option<String>,
}

/// A change of a record, from the audit trail.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// Who: a label such as `user:018f..`.
    pub actor: String,
    /// Name of who, for people.
    pub actor_name: String,
    /// `create`, `update` or the action's name.
    pub action: String,
    /// Fields that changed: before and after.
    pub changes: Value,
}

/// All resources of the store, each with its permissions, staff-defined fields and history. What the
/// admin API does is what this does.
#[hatchery_macros::interface(id = "resources", version = "1.0.0")]
#[async_trait]
pub trait Resources: Send + Sync {
    /// The resources the actor may read, by group and name.
    async fn describe(&self, ctx: &Ctx) -> Result<Vec<ResourceDescription>>;

    /// A page of records. `filter` and `sort` are texts in the REST syntax.
    async fn list(&self, ctx: &Ctx, resource: String, request: ListRequest)
    -> Result<Page<Record>>;

    /// Records by id.
    async fn get(&self, ctx: &Ctx, resource: String, ids: Vec<String>) -> Result<Vec<Record>>;

    /// Creates or changes a record.
    async fn save(
        &self,
        ctx: &Ctx,
        resource: String,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record>;

    /// Does an action.
    async fn act(
        &self,
        ctx: &Ctx,
        resource: String,
        action: String,
        ids: Vec<String>,
        input: Value,
    ) -> Result<Value>;

    /// Names for people, by id.
    async fn labels(
        &self,
        ctx: &Ctx,
        resource: String,
        ids: Vec<String>,
    ) -> Result<BTreeMap<String, String>>;

    /// What happened to a record, newest first.
    async fn history(&self, ctx: &Ctx, resource: String, id: String) -> Result<Vec<Change>>;
}

/// What a list is asked for, as texts of the REST API.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListRequest {
    /// `status = "placed" AND total > 1000`
    pub filter: Option<String>,
    /// `-placed_at,number`
    pub sort: Option<String>,
    /// 1 to 500.
    pub limit: Option<u32>,
    /// From the page before.
    pub cursor: Option<String>,
}

/// Staff-defined fields of any resource, for components that import, export or search records.
#[hatchery_macros::interface(id = "custom-fields", version = "1.0.0")]
#[async_trait]
pub trait CustomFields: Send + Sync {
    /// The definitions for a resource, in order.
    async fn definitions(&self, ctx: &Ctx, resource: String) -> Result<Vec<CustomField>>;

    /// Values of records: id, then key, then value.
    async fn values(
        &self,
        ctx: &Ctx,
        resource: String,
        ids: Vec<String>,
    ) -> Result<BTreeMap<String, BTreeMap<String, Value>>>;

    /// Sets values of one record; checked against the definitions; null removes. Inside a unit of work.
    async fn set(
        &self,
        ctx: &Ctx,
        resource: String,
        id: String,
        values: BTreeMap<String, Value>,
    ) -> Result<()>;
}

/// A field that staff added to a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomField {
    /// The resource it belongs to: `products`.
    pub resource: String,
    /// Its key: lowercase letters, digits and `_`. In `filter=` it is `custom.<key>`.
    pub key: String,
    /// What it holds.
    pub kind: CustomFieldKind,
    /// Its name for people, by language.
    #[schema(value_type = BTreeMap<String, String>)]
    pub label: BTreeMap<Locale, String>,
    /// The choices of a `choice`.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// What a staff-defined field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomFieldKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A calendar day.
    Date,
    /// One of the choices.
    Choice,
    /// Yes or no.
    YesNo,
}

/// A component as the store's staff see it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ComponentStatus {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// One sentence.
    pub summary: String,
    /// Whether it is part of the running assembly.
    pub enabled: bool,
    /// `linked` or `loaded`.
    pub home: String,
    /// `catalog@1.0.0`
    pub provides: Vec<String>,
    /// `catalog ^1.0`
    pub requires: Vec<String>,
    /// `inventory ^1.0`
    pub optional: Vec<String>,
    /// Why it is off although it should be on, or what else people should know of it.
    pub problem: Option<String>,
    /// The build that is used: `linked`, or the beginning of the file's checksum.
    #[serde(default)]
    pub build: String,
    /// All builds there are of it, the best last.
    #[serde(default)]
    pub builds: Vec<BuildStatus>,
    /// How it has done since the process began.
    #[serde(default)]
    pub vitals: Vitals,
}

/// One build of a component.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BuildStatus {
    /// `linked`, or the beginning of the file's checksum.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The file; none when it is linked.
    pub file: Option<String>,
    /// Bytes of the file, which is about what it takes of the memory.
    pub bytes: u64,
}

/// How a component has done since the process began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Vitals {
    /// Calls: requests, events, jobs, parts of pages, calls of its interfaces.
    pub calls: u64,
    /// Calls that failed by a defect.
    pub errors: u64,
    /// Errors that were panics.
    pub panics: u64,
    /// Errors that were calls without an answer in time.
    pub timeouts: u64,
    /// Milliseconds within which 99 of 100 calls were answered; none before the first call.
    pub p99_milliseconds: Option<f64>,
    /// Why calls are refused for a while.
    pub resting: Option<String>,
}

/// The process behind a store's components.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ComponentHost {
    /// How many assemblies the store has had since the process began.
    pub generation: u64,
    /// Older assemblies that requests still run on.
    pub older_assemblies: u64,
    /// Component files that are open although no store uses them any more.
    pub retired_libraries: u64,
    /// About the memory they keep, in bytes.
    pub retired_bytes: u64,
    /// How many there may be before the host must be restarted.
    pub retired_limit: u64,
    /// Files that are no components for this host, a sentence each.
    pub refused: Vec<String>,
    /// Why the last edit of the settings files is not in place.
    pub settings_problem: Option<String>,
}

/// A change of a store's component set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentChange {
    /// Switch a component on; ends its quarantine.
    Enable(String),
    /// Switch a component off. Its data stay.
    Disable(String),
    /// Take in a component file and switch its component on. For those who run the host.
    Install(String),
    /// Put another in its place.
    Swap {
        /// The component that runs.
        component: String,
        /// Another component that does the same, or another build of it: `linked`, a version, the beginning
        /// of a checksum; for those who run the host a file.
        to: String,
    },
    /// Switch it off for good. Its rows are written to files, and stay.
    Uninstall(String),
    /// Write the rows of a component that is off to files, and remove them.
    Purge(String),
    /// Take away what only older versions of a component need.
    FinishUpgrade(String),
}

impl ComponentChange {
    /// The change that makes a component be on or off.
    pub fn to(component: impl Into<String>, enabled: bool) -> Self {
        let component = component.into();
        if enabled { Self::Enable(component) } else { Self::Disable(component) }
    }
}

/// What a change of the component set would do, or why it cannot be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PlanReport {
    /// Whether it can be applied.
    pub possible: bool,
    /// What will happen, or the reason why not, a sentence each.
    pub lines: Vec<String>,
}

/// The store's component set and settings.
#[hatchery_macros::interface(id = "components", version = "1.1.0")]
#[async_trait]
pub trait Components: Send + Sync {
    /// All components the host knows, by id.
    async fn list(&self, ctx: &Ctx) -> Result<Vec<ComponentStatus>>;

    /// The process behind them. Since 1.1.
    async fn host(&self, ctx: &Ctx) -> Result<ComponentHost>;

    /// What switching a component on or off would do.
    async fn plan(&self, ctx: &Ctx, component: String, enabled: bool) -> Result<PlanReport>;

    /// Switches a component on or off.
    async fn switch(&self, ctx: &Ctx, component: String, enabled: bool) -> Result<PlanReport>;

    /// What any change would do. Since 1.1.
    async fn plan_change(&self, ctx: &Ctx, change: ComponentChange) -> Result<PlanReport>;

    /// Makes any change. Since 1.1.
    async fn change(&self, ctx: &Ctx, change: ComponentChange) -> Result<PlanReport>;

    /// Effective settings of a component, with where each comes from.
    async fn settings(&self, ctx: &Ctx, component: String) -> Result<SettingsView>;

    /// Changes settings of a component; only keys that no file or environment variable sets.
    async fn save_settings(
        &self,
        ctx: &Ctx,
        component: String,
        values: Value,
    ) -> Result<SettingsView>;
}

/// The settings of a component in a store.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SettingsView {
    /// JSON Schema.
    pub schema: Value,
    /// Effective values; secrets are replaced by whether they are set.
    pub values: Value,
    /// For each key set by a file or the environment: where (`config/stores/acme.toml:12`).
    pub locked: BTreeMap<String, String>,
}

/// A run of a task.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TaskRun {
    /// Its id.
    pub id: Uuid,
    /// `connect.import`
    pub task: String,
    /// `running`, `done` or `failed`.
    pub state: String,
    /// How far it is.
    pub done: u64,
    /// Of how much, when known.
    pub total: Option<u64>,
    /// What it does now, or why it failed.
    pub message: String,
    /// Its result when done.
    pub result: Option<Value>,
    /// What kind of failure it was, when it failed in this process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<TaskFailure>,
}

/// A failure of a task, beside its message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskFailure {
    /// What kind.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// Its code: `store.exists`.
    pub code: String,
}

/// Long work: start it, watch it.
#[hatchery_macros::interface(id = "tasks", version = "1.0.0")]
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Starts a declared task.
    async fn start(&self, ctx: &Ctx, task: String, input: Value) -> Result<TaskRun>;

    /// Runs of this process, by id.
    async fn runs(&self, ctx: &Ctx, ids: Vec<Uuid>) -> Result<Vec<TaskRun>>;
}

/// The typed query an untyped list request is parsed into.
pub type AnyQuery = Query<Value>;
