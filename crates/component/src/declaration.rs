//! What a component brings: one value that reads as a list.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::MethodRouter;
use hatchery_types::Locale;
use http::Method;
use sea_orm::DbBackend;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::UtoipaMethodRouter;

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::host::BoxFuture;
use crate::resource::ResourceDeclaration;
use crate::settings::SettingsSchema;
use crate::view::View;

/// Everything a component brings. Build it with `Declaration::new()` and the methods below.
#[derive(Default)]
pub struct Declaration {
    /// HTTP endpoints and pages.
    pub routes: Vec<Route>,
    /// Steps of the component's own schema, in order.
    pub migrations: Vec<Migration>,
    /// Its settings.
    pub settings: SettingsSchema,
    /// Events it hears.
    pub subscriptions: Vec<Subscription>,
    /// Work it does later or again and again.
    pub jobs: Vec<Job>,
    /// Long work that a person starts and watches.
    pub tasks: Vec<Task>,
    /// What staff see and change.
    pub resources: Vec<ResourceDeclaration>,
    /// Parts of other components' pages it fills.
    pub slots: Vec<SlotFiller>,
    /// Its templates: file name and text.
    pub templates: Vec<(&'static str, &'static str)>,
    /// Its words: language and Fluent source.
    pub messages: Vec<(Locale, &'static str)>,
    /// Static files under `/assets`.
    pub assets: Vec<Asset>,
    /// Rebuilds everything it derives from others.
    pub resync: Option<Resync>,
    /// Events it emits, for the reference: type and meaning.
    pub emits: Vec<(&'static str, &'static str)>,
    /// Beginnings of public paths that stay open while the store is suspended.
    pub open_while_suspended: Vec<&'static str>,
}

impl Declaration {
    /// An empty declaration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds API endpoints written with `#[utoipa::path]`: `.api(Access::Public, routes!(list_products))`.
    #[must_use]
    pub fn api(mut self, access: Access, (schemas, paths, router): UtoipaMethodRouter) -> Self {
        let components =
            utoipa::openapi::ComponentsBuilder::new().schemas_from_iter(schemas).build();
        for (path, item) in paths.paths.iter() {
            let verbs = [
                (Method::GET, item.get.is_some()),
                (Method::POST, item.post.is_some()),
                (Method::PUT, item.put.is_some()),
                (Method::PATCH, item.patch.is_some()),
                (Method::DELETE, item.delete.is_some()),
            ];
            for (method, _) in verbs.into_iter().filter(|(_, there)| *there) {
                self.routes.push(Route {
                    method,
                    path: path.clone(),
                    access: access.clone(),
                    router: Router::new().route(path, router.clone()),
                    openapi: Some(ApiDoc {
                        item: utoipa::openapi::PathItem::clone(item),
                        components: components.clone(),
                    }),
                    body_limit: None,
                });
            }
        }
        self
    }

    /// Adds a page or another endpoint that is not part of the documented API.
    #[must_use]
    pub fn page(
        mut self,
        access: Access,
        method: Method,
        path: &str,
        handler: MethodRouter,
    ) -> Self {
        let router = Router::new().route(path, handler);
        let path = path.to_owned();
        self.routes.push(Route { method, path, access, router, openapi: None, body_limit: None });
        self
    }

    /// Raises or lowers the limit of the request body, in bytes, of the routes added last for this path.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        if let Some(path) = self.routes.last().map(|route| route.path.clone()) {
            for route in self.routes.iter_mut().filter(|route| route.path == path) {
                route.body_limit = Some(bytes);
            }
        }
        self
    }

    /// Adds steps of the schema.
    #[must_use]
    pub fn migrations(mut self, migrations: impl IntoIterator<Item = Migration>) -> Self {
        self.migrations.extend(migrations);
        self
    }

    /// Sets the settings schema.
    #[must_use]
    pub fn settings(mut self, settings: SettingsSchema) -> Self {
        self.settings = settings;
        self
    }

    /// Hears an event. `name` tells this subscription from others of the component; its cursor is kept
    /// under it, so it must not change.
    #[must_use]
    pub fn on<E, F, Fut>(mut self, name: &'static str, handler: F) -> Self
    where
        E: Event,
        F: Fn(Ctx, E) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let handler: EventHandler = Arc::new(move |ctx, data| match serde_json::from_value(data) {
            Ok(event) => Box::pin(handler(ctx, event)),
            Err(error) => Box::pin(async move {
                let message = format!("the event '{}' is not understood: {error}", E::TYPE);
                Err(Error::invalid("event.invalid", message))
            }),
        });
        self.subscriptions.push(Subscription { name, event_type: E::TYPE, handler });
        self
    }

    /// Adds a job.
    #[must_use]
    pub fn job<F, Fut>(mut self, name: &'static str, schedule: Schedule, handler: F) -> Self
    where
        F: Fn(Ctx, Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let handler: JobHandler = Arc::new(move |ctx, payload| Box::pin(handler(ctx, payload)));
        self.jobs.push(Job { name, schedule, handler });
        self
    }

    /// Adds a task.
    #[must_use]
    pub fn task<F, Fut>(mut self, name: &'static str, permission: &'static str, handler: F) -> Self
    where
        F: Fn(Ctx, Value, Progress) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value>> + Send + 'static,
    {
        let handler: TaskHandler =
            Arc::new(move |ctx, input, progress| Box::pin(handler(ctx, input, progress)));
        self.tasks.push(Task { name, permission, handler, told_once: false });
        self
    }

    /// Adds a task whose result is a secret, such as a first password: it is told to who waits for it and
    /// never written down.
    #[must_use]
    pub fn task_told_once<F, Fut>(
        self,
        name: &'static str,
        permission: &'static str,
        handler: F,
    ) -> Self
    where
        F: Fn(Ctx, Value, Progress) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Value>> + Send + 'static,
    {
        let mut declaration = self.task(name, permission, handler);
        if let Some(task) = declaration.tasks.last_mut() {
            task.told_once = true;
        }
        declaration
    }

    /// Adds a resource.
    #[must_use]
    pub fn resource(mut self, resource: ResourceDeclaration) -> Self {
        self.resources.push(resource);
        self
    }

    /// Fills a slot: given all subjects a page shows it for, answers the views of those it has something
    /// for.
    #[must_use]
    pub fn slot<F, Fut>(mut self, slot: &'static str, filler: F) -> Self
    where
        F: Fn(Ctx, Vec<String>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<BTreeMap<String, View>>> + Send + 'static,
    {
        let filler: SlotHandler = Arc::new(move |ctx, subjects| Box::pin(filler(ctx, subjects)));
        self.slots.push(SlotFiller { slot, filler });
        self
    }

    /// Adds templates: `("product.html", include_str!("../templates/product.html"))`.
    #[must_use]
    pub fn templates(
        mut self,
        templates: impl IntoIterator<Item = (&'static str, &'static str)>,
    ) -> Self {
        self.templates.extend(templates);
        self
    }

    /// Adds the words of a language.
    #[must_use]
    pub fn messages(mut self, locale: Locale, fluent: &'static str) -> Self {
        self.messages.push((locale, fluent));
        self
    }

    /// Adds a static file.
    #[must_use]
    pub fn asset(
        mut self,
        path: &'static str,
        content_type: &'static str,
        bytes: &'static [u8],
    ) -> Self {
        self.assets.push(Asset { path, content_type, bytes });
        self
    }

    /// Sets how everything derived is rebuilt.
    #[must_use]
    pub fn resync<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Ctx, Progress) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        let handler = move |ctx, progress| Box::pin(handler(ctx, progress)) as BoxFuture<_>;
        self.resync = Some(Resync(Arc::new(handler)));
        self
    }

    /// Leaves public paths open while the store is suspended: those where staff sign in, and where people
    /// follow what they bought before. A path counts with all below it.
    #[must_use]
    pub fn open_while_suspended(mut self, paths: impl IntoIterator<Item = &'static str>) -> Self {
        self.open_while_suspended.extend(paths);
        self
    }

    /// Names an event the component emits, for the reference.
    #[must_use]
    pub fn emits<E: Event>(mut self, meaning: &'static str) -> Self {
        self.emits.push((E::TYPE, meaning));
        self
    }
}

/// Who may call a route. The kernel checks it before the handler runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody. What needs more is checked by the handler, such as an order's token.
    Public,
    /// A member of staff with this permission.
    Staff(&'static str),
    /// Anybody, and requests from other sites are no forgery: signed webhooks.
    Webhook,
}

/// An endpoint, independent of any store. Its handler is an ordinary axum handler that takes a [`Ctx`].
#[derive(Clone)]
pub struct Route {
    /// HTTP method.
    pub method: Method,
    /// Path in axum's syntax: `/api/v1/store/products/{slug}`.
    pub path: String,
    /// Who may call it.
    pub access: Access,
    /// A router with this path only.
    pub router: Router,
    /// Its part of the OpenAPI document, with the other methods of the path.
    pub openapi: Option<ApiDoc>,
    /// Limit of the request body in bytes; the store's default when absent.
    pub body_limit: Option<usize>,
}

/// A path's part of the OpenAPI document.
#[derive(Clone)]
pub struct ApiDoc {
    /// The operations of the path.
    pub item: utoipa::openapi::PathItem,
    /// The schemas they use.
    pub components: utoipa::openapi::Components,
}

/// A step of a component's schema. The kernel runs it in a transaction and keeps the ledger.
#[derive(Clone)]
pub struct Migration {
    /// Unique in the component, and in order: `0001_create_product`.
    pub id: &'static str,
    /// Whether an older version of the component still works after it.
    pub kind: MigrationKind,
    source: Statements,
}

/// Where the statements of a step come from: code that is linked, or texts that a loaded component gave.
#[derive(Clone)]
enum Statements {
    Built(fn(DbBackend) -> Vec<String>),
    Given { sqlite: Arc<[String]>, postgres: Arc<[String]> },
}

impl Migration {
    /// A step after which older versions go on working: new tables, nullable or defaulted columns.
    pub const fn expand(id: &'static str, statements: fn(DbBackend) -> Vec<String>) -> Self {
        Self { id, kind: MigrationKind::Expand, source: Statements::Built(statements) }
    }

    /// A step after which they do not.
    pub const fn contract(id: &'static str, statements: fn(DbBackend) -> Vec<String>) -> Self {
        Self { id, kind: MigrationKind::Contract, source: Statements::Built(statements) }
    }

    /// A step whose statements are known as text. For homes of loaded components.
    pub fn given(
        id: &'static str,
        kind: MigrationKind,
        sqlite: Vec<String>,
        postgres: Vec<String>,
    ) -> Self {
        let source = Statements::Given { sqlite: sqlite.into(), postgres: postgres.into() };
        Self { id, kind, source }
    }

    /// Its SQL for a backend, built with sea-query; one statement each.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        match &self.source {
            Statements::Built(build) => build(backend),
            Statements::Given { postgres, .. } if backend == DbBackend::Postgres => {
                postgres.to_vec()
            }
            Statements::Given { sqlite, .. } => sqlite.to_vec(),
        }
    }
}

/// Whether older code runs on the schema a step leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrationKind {
    /// It does.
    Expand,
    /// It does not.
    Contract,
}

/// Handles an event, given as JSON.
pub type EventHandler = Arc<dyn Fn(Ctx, Value) -> BoxFuture<Result<()>> + Send + Sync>;
/// Handles a job run.
pub type JobHandler = Arc<dyn Fn(Ctx, Value) -> BoxFuture<Result<()>> + Send + Sync>;
/// Runs a task.
pub type TaskHandler = Arc<dyn Fn(Ctx, Value, Progress) -> BoxFuture<Result<Value>> + Send + Sync>;
/// Fills a slot.
pub type SlotHandler =
    Arc<dyn Fn(Ctx, Vec<String>) -> BoxFuture<Result<BTreeMap<String, View>>> + Send + Sync>;

/// An event a component hears. The handler runs in a unit of work of the kernel; the cursor moves in the
/// same commit. It may hear an event again after a crash only if its effects did not commit.
#[derive(Clone)]
pub struct Subscription {
    /// Name of the subscription in its component.
    pub name: &'static str,
    /// `order.placed.v1`
    pub event_type: &'static str,
    /// The handler.
    pub handler: EventHandler,
}

/// Work done later or again and again, at least once, outside any unit of work.
#[derive(Clone)]
pub struct Job {
    /// Component id, a dot, a name: `payment.settle`.
    pub name: &'static str,
    /// When it runs by itself.
    pub schedule: Schedule,
    /// The handler; a failure is tried again with growing pauses.
    pub handler: JobHandler,
}

/// When a job runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "at", rename_all = "snake_case")]
pub enum Schedule {
    /// Only when queued with `ctx.enqueue`.
    OnDemand,
    /// Again and again, this long after the last run began.
    Every(Duration),
    /// Once a day at this time in the store's time zone.
    Daily {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
    },
}

/// Long work that a person starts (command line, admin) and watches.
#[derive(Clone)]
pub struct Task {
    /// Component id, a dot, a name: `connect.import`.
    pub name: &'static str,
    /// Who may start it.
    pub permission: &'static str,
    /// Runs it; input and result are JSON.
    pub handler: TaskHandler,
    /// Whether the result is a secret: told to who waits for it, never written down.
    pub told_once: bool,
}

/// Rebuilds what a component derives from others.
#[derive(Clone)]
pub struct Resync(pub Arc<dyn Fn(Ctx, Progress) -> BoxFuture<Result<()>> + Send + Sync>);

/// Tells whoever watches how far long work is.
#[derive(Clone)]
pub struct Progress(Arc<Report>);

type Report = dyn Fn(u64, Option<u64>, &str) + Send + Sync;

impl Progress {
    /// Progress that goes to `report`: done, total when known, and what is being done.
    pub fn new(report: impl Fn(u64, Option<u64>, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    /// Progress nobody watches.
    pub fn silent() -> Self {
        Self::new(|_, _, _| {})
    }

    /// Reports.
    pub fn report(&self, done: u64, total: Option<u64>, what: &str) {
        (self.0)(done, total, what);
    }
}

/// A slot a component fills.
#[derive(Clone)]
pub struct SlotFiller {
    /// `product.after`
    pub slot: &'static str,
    /// The filler.
    pub filler: SlotHandler,
}

/// A static file, served under a path with its hash.
#[derive(Clone, Copy)]
pub struct Asset {
    /// `site.css`
    pub path: &'static str,
    /// Media type.
    pub content_type: &'static str,
    /// Content.
    pub bytes: &'static [u8],
}
