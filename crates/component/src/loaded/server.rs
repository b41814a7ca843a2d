//! Answers the host's calls to a component.

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, to_bytes};
use hatchery_abi::{Dispatch, Reply, ReplyFuture, Request, Service, Status};
use hatchery_types::Query;
use http::{HeaderName, HeaderValue};
use sea_orm::DbBackend;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::ServiceExt;

use crate::component::{Component, Instance, StoreContext};
use crate::ctx::Ctx;
use crate::declaration::{Declaration, Progress};
use crate::error::{Error, Kind, Result};
use crate::loaded::db::RemoteUnit;
use crate::loaded::host::{Calls, RemoteHost, Spawned};
use crate::resource::Resource;
use crate::view::View;
use crate::wire::{
    self, DeclarationWire, HttpRequest, HttpResponse, Incoming, Outgoing, Start, Started, context,
    method,
};

/// A component and its instances in the stores of the host.
pub struct Server {
    component: Arc<dyn Component>,
    declaration: Declaration,
    instances: RwLock<BTreeMap<u64, Arc<Running>>>,
    next: AtomicU64,
    spawned: Arc<Spawned>,
}

struct Running {
    component: Arc<str>,
    instance: Instance,
}

impl Server {
    /// A server without instances.
    pub(super) fn new(component: Arc<dyn Component>) -> Self {
        let declaration = component.declare();
        let (instances, next, spawned) = (RwLock::default(), AtomicU64::new(1), Arc::default());
        Self { component, declaration, instances, next, spawned }
    }

    fn running(&self, instance: u64) -> Result<Arc<Running>> {
        let instances = self.instances.read().unwrap_or_else(PoisonError::into_inner);
        instances
            .get(&instance)
            .cloned()
            .ok_or_else(|| Error::internal(format!("the component has no instance {instance}")))
    }

    async fn start(&self, start: Start) -> Result<Started> {
        let store = StoreContext { store: start.store, settings: start.settings };
        let instance = self.component.start(&store).await?;
        let provides = instance.provided().iter().map(|(id, _)| (*id).to_owned()).collect();
        let running = Arc::new(Running { component: start.component, instance });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.instances.write().unwrap_or_else(PoisonError::into_inner).insert(number, running);
        Ok(Started { instance: number, provides })
    }

    async fn stop(&self, instance: u64) -> Result<()> {
        let running = {
            let mut instances = self.instances.write().unwrap_or_else(PoisonError::into_inner);
            instances.remove(&instance)
        };
        if let Some(running) = running {
            self.component.stop(running.instance.clone()).await;
        }
        Ok(())
    }

    /// The context of a call, with the way back to the host.
    fn ctx(&self, header: &Incoming, service: Option<Service>) -> Result<Ctx> {
        let (Some(service), Some(ctx)) = (service, header.ctx.clone()) else {
            return Err(Error::internal("the call came without a context"));
        };
        let running = self.running(header.instance)?;
        let state: Arc<dyn Any + Send + Sync> = running.instance.state();
        let calls = Arc::new(Calls::new(service, DbBackend::from(header.backend)));
        let component = running.component.clone();
        let host = RemoteHost::new(calls.clone(), component, Some(state), &self.spawned);
        let unit = ctx.unit;
        let ctx = Ctx::new(ctx, Arc::new(host));
        Ok(match unit {
            Some(unit) => ctx.within(Arc::new(RemoteUnit::joined(calls, unit))),
            None => ctx,
        })
    }

    async fn interface(&self, call: Call) -> Result<Vec<u8>> {
        let Call { header, args, service } = call;
        let running = self.running(header.instance)?;
        let (_, handle) =
            running.instance.provided().iter().find(|(id, _)| *id == header.interface).ok_or_else(
                || Error::internal(format!("'{}' is not provided", header.interface)),
            )?;
        let dispatch =
            handle.dispatch().ok_or_else(|| Error::internal("a handle of another type"))?;
        let ctx = self.ctx(&header, service)?;
        dispatch.dispatch(&ctx, header.method, args).await
    }

    async fn http(&self, ctx: Ctx, request: HttpRequest) -> Result<HttpResponse> {
        let route = usize::try_from(request.route).ok();
        let route = route.and_then(|index| self.declaration.routes.get(index));
        let route = route.ok_or_else(|| Error::internal("the component has no such route"))?;
        let request = into_request(request, ctx)?;
        let response = match route.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        into_wire(response).await
    }

    fn resource(&self, name: &str) -> Result<&dyn Resource> {
        let found = self.declaration.resources.iter().find(|resource| resource.name == name);
        found.map(|resource| &*resource.resource).ok_or_else(|| missing("resource", name))
    }

    async fn answer(self: Arc<Self>, number: u32, call: Call) -> Answer {
        Ok(match number {
            method::DECLARE => pack(&DeclarationWire::of(&self.declaration)?)?,
            method::CHECK_SETTINGS => {
                let settings: Value = call.args()?;
                pack(&(self.declaration.settings.check)(&settings).err())?
            }
            method::START => pack(&self.start(call.args()?).await?)?,
            method::STOP => pack(&self.stop(call.header.instance).await?)?,
            method::CALL => self.interface(call).await?,
            method::HTTP => {
                let (ctx, request) = call.open(&self)?;
                pack(&self.http(ctx, request).await?)?
            }
            method::EVENT => {
                let (ctx, (name, data)): (_, (String, Value)) = call.open(&self)?;
                let found = self.declaration.subscriptions.iter().find(|it| it.name == name);
                let found = found.ok_or_else(|| missing("subscription", &name))?;
                pack(&(found.handler)(ctx, data).await?)?
            }
            method::JOB => {
                let (ctx, (name, payload)): (_, (String, Value)) = call.open(&self)?;
                let found = self.declaration.jobs.iter().find(|it| it.name == name);
                let found = found.ok_or_else(|| missing("job", &name))?;
                pack(&(found.handler)(ctx, payload).await?)?
            }
            method::TASK => {
                let progress = call.progress();
                let (ctx, (name, input)): (_, (String, Value)) = call.open(&self)?;
                let found = self.declaration.tasks.iter().find(|it| it.name == name);
                let found = found.ok_or_else(|| missing("task", &name))?;
                pack(&(found.handler)(ctx, input, progress).await?)?
            }
            method::RESYNC => {
                let progress = call.progress();
                let (ctx, ()) = call.open(&self)?;
                let resync = self.declaration.resync.as_ref();
                let resync = resync.ok_or_else(|| missing("resync", ""))?;
                pack(&(resync.0)(ctx, progress).await?)?
            }
            method::SLOT => {
                let (ctx, (slot, subjects)): (_, (String, Vec<String>)) = call.open(&self)?;
                let found = self.declaration.slots.iter().find(|it| it.slot == slot);
                let found = found.ok_or_else(|| missing("slot", &slot))?;
                pack(&(found.filler)(ctx, subjects).await?)?
            }
            method::RESOURCE_LIST => {
                let (ctx, (name, query)): (_, (String, Query<Value>)) = call.open(&self)?;
                pack(&self.resource(&name)?.list(&ctx, query).await?)?
            }
            method::RESOURCE_GET => {
                let (ctx, (name, ids)): (_, (String, _)) = call.open(&self)?;
                pack(&self.resource(&name)?.get(&ctx, ids).await?)?
            }
            method::RESOURCE_SAVE => {
                let (ctx, (name, id, data, version)): (_, (String, _, _, _)) = call.open(&self)?;
                pack(&self.resource(&name)?.save(&ctx, id, data, version).await?)?
            }
            method::RESOURCE_ACT => {
                let (ctx, (name, action, ids, input)): (_, (String, _, _, _)) = call.open(&self)?;
                pack(&self.resource(&name)?.act(&ctx, action, ids, input).await?)?
            }
            method::RESOURCE_LABELS => {
                let (ctx, (name, ids)): (_, (String, _)) = call.open(&self)?;
                pack(&self.resource(&name)?.labels(&ctx, ids).await?)?
            }
            method::SPAWNED => {
                if let Some(work) = self.spawned.take(call.args()?) {
                    work.await;
                }
                pack(&())?
            }
            other => {
                let text = format!("method {other:#010x}");
                return Err(Refusal::Reply(Reply::text(Status::Unknown, &text)));
            }
        })
    }
}

impl Dispatch for Server {
    fn call(self: Arc<Self>, mut request: Request) -> ReplyFuture {
        let header = match wire::decode::<Incoming>(request.header.as_slice()) {
            Ok(header) => header,
            Err(error) => {
                return ReplyFuture::ready(Reply::text(Status::BadArguments, &error.chain()));
            }
        };
        let (service, args) = (request.context(), request.args.as_slice().to_vec());
        let call = Call { header, args, service };
        ReplyFuture::new(replied(self.answer(request.method, call)))
    }
}

type Answer = Result<Vec<u8>, Refusal>;

/// Why a call has no result: the component's own error, or a reply that says it all.
enum Refusal {
    Error(Error),
    Reply(Reply),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

async fn replied(answer: impl Future<Output = Answer>) -> Reply {
    match answer.await {
        Ok(body) => Reply::ok(body),
        Err(Refusal::Error(error)) => wire::reply(Err(error)),
        Err(Refusal::Reply(reply)) => reply,
    }
}

/// A call that was taken apart.
struct Call {
    header: Incoming,
    args: Vec<u8>,
    service: Option<Service>,
}

impl Call {
    fn args<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        wire::decode(&self.args)
            .map_err(|error| Refusal::Reply(Reply::text(Status::BadArguments, &error.chain())))
    }

    /// Context and arguments.
    fn open<T: DeserializeOwned>(self, server: &Server) -> Result<(Ctx, T), Refusal> {
        let args = self.args()?;
        Ok((server.ctx(&self.header, self.service)?, args))
    }

    /// Reports go to the host until the call is over; then nobody watches.
    fn progress(&self) -> Progress {
        let Some(service) = self.service.clone() else { return Progress::silent() };
        let calls = Calls::new(service, DbBackend::from(self.header.backend));
        Progress::new(move |done, total, what| {
            let args = (done, total, what);
            if let Err(error) = calls.look_up::<()>(context::PROGRESS, &Outgoing::default(), &args)
            {
                tracing::warn!("progress is not seen: {}", error.chain());
            }
        })
    }
}

fn pack<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    wire::encode(value)
}

fn missing(what: &str, name: &str) -> Error {
    let message = format!("This version of the component has no {what} '{name}'.");
    Error::new(Kind::Unavailable, "component.no_method", message)
}

fn into_request(request: HttpRequest, ctx: Ctx) -> Result<http::Request<Body>> {
    let mut built = http::Request::builder().method(request.method.as_str()).uri(request.uri);
    for (name, value) in &request.headers {
        let name = HeaderName::try_from(name).map_err(Error::internal)?;
        built = built.header(name, HeaderValue::from_bytes(value).map_err(Error::internal)?);
    }
    built.extension(ctx).body(Body::from(request.body)).map_err(Error::internal)
}

async fn into_wire(response: http::Response<Body>) -> Result<HttpResponse> {
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let headers = parts.headers.iter();
    Ok(HttpResponse {
        status: parts.status.as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect(),
        body: body.to_vec(),
        view: parts.extensions.remove::<View>(),
        error: parts.extensions.remove::<Arc<Error>>().map(|error| wire::Failure::from(&*error)),
    })
}
