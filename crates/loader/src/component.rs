//! A loaded component as the kernel sees it.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use hatchery_abi::{self as abi, Request, Service};
use hatchery_component::declaration::{
    Access, Asset, Declaration, EventHandler, Job, JobHandler, Migration, Progress, Resync, Route,
    SlotFiller, SlotHandler, Subscription, Task, TaskHandler,
};
use hatchery_component::interface::{Dispatch, Handle};
use hatchery_component::settings::SettingsSchema;
use hatchery_component::wire::{
    self, AccessWire, DeclarationWire, HttpRequest, HttpResponse, Incoming, ResourceWire,
    RouteWire, Start, Started, method,
};
use hatchery_component::{
    Component, Ctx, Error, Instance, Manifest, Record, Resource, ResourceDeclaration, Result,
    StoreContext,
};
use hatchery_types::{Page, Query};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::Context;
use crate::openapi::api_doc;

/// A component in a library.
pub(crate) struct LoadedComponent {
    link: Arc<Link>,
    /// A library is never closed, and its declaration stays with it.
    declaration: &'static DeclarationWire,
    methods: Vec<Method>,
    provides: Vec<&'static str>,
}

impl LoadedComponent {
    /// Asks the component what it brings.
    pub(crate) fn new(service: Service, manifest: &Manifest) -> Result<Self> {
        let link = Arc::new(Link { service, component: manifest.id.as_str().into() });
        let declaration: DeclarationWire =
            at_once(link.ask(method::DECLARE, Incoming::default(), &(), None))?;
        let method = |route: &RouteWire| {
            let known = Method::try_from(route.method.as_str()).ok();
            let known = known.filter(|it| MethodFilter::try_from(it.clone()).is_ok());
            let what = || format!("'{}' is no method for {}", route.method, route.path);
            known.ok_or_else(|| Error::internal(what()))
        };
        let methods = declaration.routes.iter().map(method).collect::<Result<_>>()?;
        let provides = manifest.provides.keys().map(|id| &*id.clone().leak()).collect();
        Ok(Self { link, declaration: Box::leak(Box::new(declaration)), methods, provides })
    }

    fn routes(&self) -> Vec<Route> {
        let numbered = self.declaration.routes.iter().zip(&self.methods).zip(0_u32..);
        let route = |((wire, method), number): ((&'static RouteWire, &Method), u32)| {
            let link = self.link.clone();
            let handler = move |request: axum::extract::Request| {
                let link = link.clone();
                async move {
                    link.http(number, request).await.unwrap_or_else(IntoResponse::into_response)
                }
            };
            // Checked when the component was opened.
            let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
            let openapi = wire.openapi.as_ref().and_then(|doc| match api_doc(doc) {
                Ok(doc) => Some(doc),
                Err(error) => {
                    let (component, path) = (&*self.link.component, &wire.path);
                    tracing::warn!(
                        component,
                        "the description of {path} is not understood: {error}"
                    );
                    None
                }
            });
            Route {
                method: method.clone(),
                path: wire.path.clone(),
                access: match &wire.access {
                    AccessWire::Public => Access::Public,
                    AccessWire::Staff(permission) => Access::Staff(permission),
                    AccessWire::Webhook => Access::Webhook,
                },
                router: Router::new().route(&wire.path, on(filter, handler)),
                openapi,
                body_limit: wire.body_limit.and_then(|bytes| usize::try_from(bytes).ok()),
            }
        };
        numbered.map(route).collect()
    }

    fn settings(&self) -> SettingsSchema {
        let link = self.link.clone();
        let check = move |settings: &Value| {
            let asked = link.ask(method::CHECK_SETTINGS, Incoming::default(), settings, None);
            match at_once::<Option<String>>(asked) {
                Ok(None) => Ok(()),
                Ok(Some(problem)) => Err(problem),
                Err(error) => Err(error.chain()),
            }
        };
        SettingsSchema {
            defaults: self.declaration.settings_defaults.clone(),
            schema: self.declaration.settings_schema.clone(),
            check: Arc::new(check),
        }
    }

    fn subscription(&self, (name, event_type): &'static (String, String)) -> Subscription {
        let link = self.link.clone();
        let handler: EventHandler = Arc::new(move |ctx, data| {
            let link = link.clone();
            Box::pin(async move { link.handle(method::EVENT, &ctx, &(name, data), None).await })
        });
        Subscription { name, event_type, handler }
    }

    fn job(&self, (name, schedule): &'static (String, hatchery_component::Schedule)) -> Job {
        let link = self.link.clone();
        let handler: JobHandler = Arc::new(move |ctx, payload| {
            let link = link.clone();
            Box::pin(async move { link.handle(method::JOB, &ctx, &(name, payload), None).await })
        });
        Job { name, schedule: *schedule, handler }
    }

    fn task(
        &self,
        (name, permission): &'static (String, String),
        wire: &'static DeclarationWire,
    ) -> Task {
        let link = self.link.clone();
        let handler: TaskHandler = Arc::new(move |ctx, input, progress| {
            let link = link.clone();
            Box::pin(async move {
                link.handle(method::TASK, &ctx, &(name, input), Some(progress)).await
            })
        });
        let told_once = wire.tasks_told_once.contains(name);
        Task { name, permission, handler, told_once }
    }

    fn slot(&self, slot: &'static str) -> SlotFiller {
        let link = self.link.clone();
        let filler: SlotHandler = Arc::new(move |ctx, subjects| {
            let link = link.clone();
            Box::pin(async move { link.handle(method::SLOT, &ctx, &(slot, subjects), None).await })
        });
        SlotFiller { slot, filler }
    }

    fn resync(&self) -> Resync {
        let link = self.link.clone();
        Resync(Arc::new(move |ctx, progress| {
            let link = link.clone();
            Box::pin(async move { link.handle(method::RESYNC, &ctx, &(), Some(progress)).await })
        }))
    }

    fn resource(&self, wire: &'static ResourceWire) -> ResourceDeclaration {
        ResourceDeclaration {
            name: &wire.name,
            group: &wire.group,
            read: &wire.read,
            write: wire.write.as_deref(),
            can_create: wire.can_create,
            schema: wire.schema.clone(),
            columns: wire.columns.iter().map(|column| &**column).collect(),
            fields: wire.fields.clone(),
            actions: wire.actions.clone(),
            page: wire.page.as_deref(),
            resource: Arc::new(RemoteResource { link: self.link.clone(), name: &wire.name }),
        }
    }
}

fn migration(wire: &'static wire::MigrationWire) -> Migration {
    Migration::given(&wire.id, wire.kind, wire.sqlite.clone(), wire.postgres.clone())
}

fn pairs(pairs: &'static [(String, String)]) -> Vec<(&'static str, &'static str)> {
    pairs.iter().map(|(one, other)| (&**one, &**other)).collect()
}

#[async_trait]
impl Component for LoadedComponent {
    fn declare(&self) -> Declaration {
        let wire = self.declaration;
        Declaration {
            routes: self.routes(),
            migrations: wire.migrations.iter().map(migration).collect(),
            settings: self.settings(),
            subscriptions: wire.subscriptions.iter().map(|it| self.subscription(it)).collect(),
            jobs: wire.jobs.iter().map(|it| self.job(it)).collect(),
            tasks: wire.tasks.iter().map(|it| self.task(it, wire)).collect(),
            resources: wire.resources.iter().map(|it| self.resource(it)).collect(),
            slots: wire.slots.iter().map(|it| self.slot(it)).collect(),
            templates: pairs(&wire.templates),
            messages: wire
                .messages
                .iter()
                .map(|(locale, text)| (locale.clone(), &**text))
                .collect(),
            assets: wire
                .assets
                .iter()
                .map(|(path, content_type, bytes)| Asset { path, content_type, bytes })
                .collect(),
            resync: wire.resync.then(|| self.resync()),
            emits: pairs(&wire.emits),
            open_while_suspended: wire.open_while_suspended.iter().map(String::as_str).collect(),
        }
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        let start = Start {
            component: self.link.component.clone(),
            store: store.store.clone(),
            settings: store.settings.clone(),
        };
        let started: Started =
            self.link.ask(method::START, Incoming::default(), &start, None).await?;
        let number = started.instance;
        let mut instance = Instance::new(Arc::new(RemoteInstance { number }));
        for interface in started.provides {
            let id = self.provides.iter().find(|id| **id == interface).ok_or_else(|| {
                Error::internal(format!(
                    "it provides '{interface}', which its manifest does not say"
                ))
            })?;
            let elsewhere = RemoteInterface { link: self.link.clone(), number, interface };
            instance = instance.provide_handle(id, Handle::remote(Arc::new(elsewhere)));
        }
        Ok(instance)
    }

    async fn stop(&self, instance: Instance) {
        let Ok(remote) = instance.state().downcast::<RemoteInstance>() else { return };
        let header = Incoming { instance: remote.number, ..Incoming::default() };
        if let Err(error) = self.link.ask::<()>(method::STOP, header, &(), None).await {
            tracing::error!("'{}' did not stop: {}", self.link.component, error.chain());
        }
    }
}

/// The way to a component's code.
struct Link {
    service: Service,
    component: Arc<str>,
}

/// An instance: its state is in the library, under this number.
struct RemoteInstance {
    number: u64,
}

impl Link {
    async fn send(
        &self,
        number: u32,
        header: &Incoming,
        args: Vec<u8>,
        context: Option<Context>,
    ) -> Result<abi::Buf> {
        let request = Request::new(number, wire::encode(header)?, args);
        let request = match context {
            Some(context) => request.with(Service::export(Arc::new(context))),
            None => request,
        };
        wire::outcome(self.service.call(request).await)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        number: u32,
        header: Incoming,
        args: &(impl Serialize + Sync + ?Sized),
        context: Option<Context>,
    ) -> Result<T> {
        let result = self.send(number, &header, wire::encode(args)?, context).await?;
        wire::decode(result.as_slice())
    }

    /// Calls one of the component's handlers; the instance is that of the context's assembly.
    async fn handle<T: DeserializeOwned>(
        &self,
        number: u32,
        ctx: &Ctx,
        args: &(impl Serialize + Sync),
        progress: Option<Progress>,
    ) -> Result<T> {
        let state = ctx.host().state(&self.component);
        let remote = state.and_then(|state| state.downcast::<RemoteInstance>().ok());
        let remote = remote
            .ok_or_else(|| Error::internal(format!("no instance of '{}' here", self.component)))?;
        let (header, context) = self.with(ctx, remote.number, progress);
        self.ask(number, header, args, Some(context)).await
    }

    fn with(&self, ctx: &Ctx, instance: u64, progress: Option<Progress>) -> (Incoming, Context) {
        let backend = match ctx.unit() {
            Some(unit) => unit.backend(),
            None => ctx.host().database().backend(),
        };
        let (ctx_header, backend) = (Some(ctx.header().clone()), backend.into());
        let header = Incoming { instance, ctx: ctx_header, backend, ..Incoming::default() };
        (header, Context::new(ctx.clone(), self.service.clone(), progress))
    }

    async fn http(&self, route: u32, request: axum::extract::Request) -> Result<Response> {
        let (parts, body) = request.into_parts();
        let ctx = parts.extensions.get::<Ctx>().cloned();
        let ctx = ctx.ok_or_else(|| Error::internal("request without Ctx"))?;
        // The kernel has limited the body already.
        let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
        let headers = parts.headers.iter();
        let request = HttpRequest {
            route,
            method: parts.method.to_string(),
            uri: parts.uri.to_string(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
                .collect(),
            body: body.to_vec(),
        };
        into_response(self.handle(method::HTTP, &ctx, &request, None).await?)
    }
}

fn into_response(wire: HttpResponse) -> Result<Response> {
    let mut response = Response::new(Body::from(wire.body));
    *response.status_mut() = StatusCode::from_u16(wire.status).map_err(Error::internal)?;
    for (name, value) in &wire.headers {
        let name = HeaderName::try_from(name).map_err(Error::internal)?;
        let value = HeaderValue::from_bytes(value).map_err(Error::internal)?;
        response.headers_mut().append(name, value);
    }
    if let Some(view) = wire.view {
        response.extensions_mut().insert(view);
    }
    if let Some(failure) = wire.error {
        response.extensions_mut().insert(Arc::new(Error::from(failure)));
    }
    Ok(response)
}

/// The result of a call that needs no waiting.
fn at_once<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    abi::now(call).unwrap_or_else(|| Err(Error::internal("the component did not answer at once")))
}

/// An interface of a component, called by others.
struct RemoteInterface {
    link: Arc<Link>,
    number: u64,
    interface: String,
}

#[async_trait]
impl Dispatch for RemoteInterface {
    async fn dispatch(&self, ctx: &Ctx, method: u32, args: Vec<u8>) -> Result<Vec<u8>> {
        let (header, context) = self.link.with(ctx, self.number, None);
        let header = Incoming { interface: self.interface.clone(), method, ..header };
        let result = self.link.send(method::CALL, &header, args, Some(context)).await?;
        Ok(result.as_slice().to_vec())
    }
}

/// A resource of a component.
struct RemoteResource {
    link: Arc<Link>,
    name: &'static str,
}

#[async_trait]
impl Resource for RemoteResource {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        self.link.handle(method::RESOURCE_LIST, ctx, &(self.name, query), None).await
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        self.link.handle(method::RESOURCE_GET, ctx, &(self.name, ids), None).await
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let args = (self.name, id, data, version);
        self.link.handle(method::RESOURCE_SAVE, ctx, &args, None).await
    }

    async fn act(
        &self,
        ctx: &Ctx,
        action: String,
        ids: Vec<String>,
        input: Value,
    ) -> Result<Value> {
        let args = (self.name, action, ids, input);
        self.link.handle(method::RESOURCE_ACT, ctx, &args, None).await
    }

    async fn labels(
        &self,
        ctx: &Ctx,
        ids: Vec<String>,
    ) -> Result<std::collections::BTreeMap<String, String>> {
        self.link.handle(method::RESOURCE_LABELS, ctx, &(self.name, ids), None).await
    }
}
