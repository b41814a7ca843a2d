//! The way of a request.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Bytes, BytesMut};
use futures::{FutureExt, StreamExt};
use hatchery_component::watch::{End, Watched};
use hatchery_component::{Access, Actor, Ctx, Error, Kind, Result, Route};
use hatchery_types::Locale;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tracing::Instrument;
use uuid::Uuid;

use super::idempotency::{self, InFlight};
use super::serve::Running;
use super::{actor, answer, fixed, forgery, headers, locale, metrics, openapi};
use crate::assembly::Assembly;
use crate::kernel::Kernel;
use crate::registry::MOTHER;
use crate::request::{self, HttpSettings, RequestFacts};
use crate::routing::Lookup;
use crate::store::Store;

/// The component that the kernel's own part is.
const KERNEL: &str = "kernel";

/// Everything the kernel serves, as a service for tests and for [`serve`](super::serve()).
pub fn router(kernel: Arc<Kernel>) -> Router {
    service(Arc::new(Http::new(kernel)))
}

pub(crate) fn service(http: Arc<Http>) -> Router {
    Router::new().fallback(receive).with_state(http).layer(CompressionLayer::new().gzip(true))
}

/// What serving needs, for all stores.
pub(crate) struct Http {
    kernel: Arc<Kernel>,
    pub(crate) running: Arc<Running>,
    pub(crate) in_flight: InFlight,
}

impl Http {
    pub(crate) fn new(kernel: Arc<Kernel>) -> Self {
        Self { kernel, running: Arc::default(), in_flight: InFlight::default() }
    }

    pub(crate) fn settings(&self) -> Arc<HttpSettings> {
        self.kernel.http_settings()
    }

    /// The store that a request means; opened if it is not.
    pub(crate) async fn store(&self, facts: &RequestFacts) -> Result<Option<Arc<Store>>> {
        self.kernel.store_for(&facts.host, &facts.path).await
    }

    /// The mother, on her domains.
    async fn mother(&self, facts: &RequestFacts) -> Result<Option<Arc<Store>>> {
        match self.kernel.is_mother_domain(&facts.host) {
            true => self.kernel.store(MOTHER).await.map(Some),
            false => Ok(None),
        }
    }

    fn time_limit(&self) -> Duration {
        Duration::from_secs(self.settings().request_timeout_seconds.max(1))
    }
}

/// A request that found its store.
pub(crate) struct Exchange {
    pub(crate) http: Arc<Http>,
    pub(crate) store: Arc<Store>,
    pub(crate) assembly: Arc<Assembly>,
    pub(crate) facts: Arc<RequestFacts>,
    pub(crate) locale: Locale,
}

/// What the log and the metrics tell of a request.
struct Trace {
    store: String,
    route: String,
}

async fn receive(State(http): State<Arc<Http>>, request: Request) -> Response {
    let began = Instant::now();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::from([127, 0, 0, 1]), |ConnectInfo(address)| address.ip());
    let (parts, body) = request.into_parts();
    let facts = Arc::new(read_facts(&parts, peer, &http.settings()));
    let mut trace = Trace { store: String::new(), route: "none".to_owned() };
    let mut response = match fixed::about_the_process(&http, &facts).await {
        Some(response) => {
            trace.route.clone_from(&facts.path);
            response
        }
        None => {
            let served =
                AssertUnwindSafe(serve_store(&http, facts.clone(), parts, body, &mut trace));
            match served.catch_unwind().await {
                Ok(response) => response,
                Err(panic) => answer::bare(&panicked(&panic), &facts),
            }
        }
    };
    headers::secure(response.headers_mut(), &facts, &http.settings());
    if facts.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    let (took, status) = (began.elapsed(), response.status().as_u16());
    metrics::count(&trace.store, facts.method.as_str(), &trace.route, status, took);
    let path = logged_path(&facts.path, &trace.route);
    tracing::info!(
        request = %facts.id, store = trace.store, method = %facts.method, path,
        route = trace.route, status, ms = took.as_secs_f64() * 1000.0,
        "{} {path} {status}", facts.method
    );
    response
}

/// The path as the log may have it: a part that a route calls `token` opens something, so the route stands
/// for the whole path.
fn logged_path<'a>(path: &'a str, route: &'a str) -> &'a str {
    if route.contains("{token}") { route } else { path }
}

/// Finds the store and its assembly, then the route.
async fn serve_store(
    http: &Arc<Http>,
    facts: Arc<RequestFacts>,
    parts: Parts,
    body: Body,
    trace: &mut Trace,
) -> Response {
    let store = match http.store(&facts).await {
        Ok(Some(store)) => store,
        Ok(None) => match http.mother(&facts).await {
            // Her pages on a domain that no store answers on.
            Ok(Some(mother)) if facts.path.starts_with("/assets/") => mother,
            Ok(Some(_)) if facts.path == "/" => return see_other("/mother"),
            Err(error) => return answer::bare(&error, &facts),
            Ok(_) => {
                let error = Error::not_found("store.unknown", "There is no store at this address.");
                return answer::bare(&error, &facts);
            }
        },
        Err(error) => return answer::bare(&error, &facts),
    };
    let assembly = store.assembly.load_full();
    trace.store.clone_from(&assembly.store.slug);
    let locale = locale::choose(&assembly.store, &facts, &parts.headers);
    let exchange = Exchange { http: http.clone(), store, assembly, facts, locale };
    let _announced = request::announce(exchange.facts.clone());
    if !exchange.store.admits(exchange.assembly.settings.limits.requests_per_second) {
        let details = serde_json::json!({ "retry_after_seconds": 1 });
        let error =
            Error::new(Kind::RateLimited, "store.busy", "Too many visitors at once; try again.");
        let response = error.with_details(details).into_response();
        return answer::finish(&exchange, &exchange.kernel_ctx(), response).await;
    }
    match exchange.shortcut().await {
        Some(Ok((route, response))) => {
            trace.route = route.to_owned();
            answer::finish(&exchange, &exchange.kernel_ctx(), response).await
        }
        Some(Err(error)) => {
            answer::finish(&exchange, &exchange.kernel_ctx(), error.into_response()).await
        }
        None => exchange.dispatch(parts, body, trace).await,
    }
}

impl Exchange {
    /// A context of the kernel's own part, for a guest.
    pub(crate) fn kernel_ctx(&self) -> Ctx {
        self.ctx(KERNEL.into(), Actor::Guest)
    }

    fn ctx(&self, component: Arc<str>, actor: Actor) -> Ctx {
        let locale = Some(self.locale.clone());
        self.store.ctx_on(self.assembly.clone(), component, actor, locale, self.facts.id)
    }

    /// What needs no route: static files, files of the store, the description of the API, the choice of a
    /// language, an address with a slash too many.
    async fn shortcut(&self) -> Option<Result<(&'static str, Response)>> {
        let facts = &self.facts;
        // `//other.example` in a `Location` would lead to another site.
        if facts.path.starts_with("//") {
            return Some(Err(no_path()));
        }
        if !matches!(facts.method, Method::GET | Method::HEAD) {
            return None;
        }
        let path = facts.path.as_str();
        if path.starts_with("/assets/") {
            return Some(self.asset(path).await.map(|response| ("/assets", response)));
        }
        if let Some(hash) = path.strip_prefix("/files/") {
            let file = fixed::file(&self.kernel_ctx(), hash).await;
            return Some(file.map(|response| ("/files", response)));
        }
        if path == "/api/openapi.json" {
            let document = openapi::document(&self.kernel_ctx(), &self.assembly).await;
            return Some(
                document
                    .map(|document| ("/api/openapi.json", axum::Json(document).into_response())),
            );
        }
        if path == "/api/docs" {
            let document = openapi::document(&self.kernel_ctx(), &self.assembly).await;
            return Some(
                document
                    .map(|document| ("/api/docs", openapi::page(&document, facts).into_response())),
            );
        }
        if facts.is_api() {
            return None;
        }
        if let Some(chosen) = locale::asked_for(&self.assembly.store, facts) {
            let (address, cookie) = locale::keep(facts, &chosen);
            let mut response = see_other(&address);
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            return Some(Ok(("language", response)));
        }
        let shorter = path.strip_suffix('/').filter(|shorter| !shorter.is_empty())?;
        let is_missing = matches!(self.assembly.paths.find(&Method::GET, path), Lookup::NotFound);
        if is_missing && self.assembly.paths.owner(shorter).is_some() {
            let mark = if facts.query.is_empty() { "" } else { "?" };
            return Some(Ok(("slash", see_other(&format!("{shorter}{mark}{}", facts.query)))));
        }
        None
    }

    /// A static file of the store, or of the mother's pages on her domains.
    async fn asset(&self, path: &str) -> Result<Response> {
        match fixed::asset(&self.assembly, path) {
            Err(error) if error.kind() == Kind::NotFound => {
                match self.http.mother(&self.facts).await? {
                    Some(mother) => fixed::asset(&mother.assembly.load(), path),
                    None => Err(error),
                }
            }
            found => found,
        }
    }

    /// Why visitors cannot come in, if they cannot and the route is for them.
    fn closed(&self, component: &str, route: &Route) -> Option<Error> {
        let suspension = self.http.kernel.suspension(&self.store.slug)?;
        let declared = self.assembly.component(component).map(|active| active.declaration.clone());
        let stays_open = |path: &&str| {
            route
                .path
                .strip_prefix(*path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_open = declared.is_some_and(|it| it.open_while_suspended.iter().any(stays_open));
        if is_open || route.access != Access::Public {
            return None;
        }
        let own =
            suspension.message.get(&self.locale).or_else(|| suspension.message.values().next());
        let general =
            || self.assembly.views.translate(&self.locale, "kernel-suspended", &Default::default());
        let text = own.cloned().unwrap_or_else(general);
        let details = serde_json::json!({
            "reason": suspension.reason, "since": suspension.since, "retry_after_seconds": 3600,
        });
        Some(Error::new(Kind::Unavailable, answer::SUSPENDED, text).with_details(details))
    }

    /// Finds the route and runs its handler: a request that changes something on a task of its own.
    async fn dispatch(self, parts: Parts, body: Body, trace: &mut Trace) -> Response {
        let assembly = self.assembly.clone();
        let (component, route) = match assembly.paths.find(&parts.method, &self.facts.path) {
            Lookup::Found(found) => (found.component.clone(), found.route.clone()),
            Lookup::NotFound => {
                return answer::finish(&self, &self.kernel_ctx(), no_path().into_response()).await;
            }
            Lookup::MethodNotAllowed(methods) => {
                return answer::method_not_allowed(&self, &self.kernel_ctx(), &methods).await;
            }
        };
        trace.route.clone_from(&route.path);
        if let Some(closed) = self.closed(&component, &route) {
            return answer::finish(&self, &self.kernel_ctx(), closed.into_response()).await;
        }
        let (http, facts, limit) = (self.http.clone(), self.facts.clone(), self.http.time_limit());
        let is_safe = parts.method.is_safe();
        let kernel_ctx = self.kernel_ctx();
        let exchange = Arc::new(self);
        let body = if is_safe {
            Ok(Bytes::new())
        } else {
            let most = route.body_limit.unwrap_or(http.settings().body_limit);
            let read = tokio::time::timeout(limit, read_body(&parts.headers, body, most)).await;
            read.unwrap_or_else(|_| Err(too_slow()))
        };
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                return answer::finish(&exchange, &kernel_ctx, error.into_response()).await;
            }
        };
        // On the heap: what a handler calls needs the stack.
        let work = Box::pin(exchange.clone().run(component, route, parts, body));
        let answered = if is_safe {
            tokio::time::timeout(limit, work).await
        } else {
            let running = http.running.clone();
            let announced = request::announce(facts.clone());
            let task = running.spawn(async move {
                let _announced = announced;
                work.await
            });
            tokio::time::timeout(limit, task).await.map(|joined| {
                joined.unwrap_or_else(|error| answer::bare(&Error::internal(error), &facts))
            })
        };
        match answered {
            Ok(response) => response,
            Err(_) => answer::finish(&exchange, &kernel_ctx, too_slow().into_response()).await,
        }
    }

    /// Who asks, whether they may, then the handler and what goes back. Contains panics.
    async fn run(
        self: Arc<Self>,
        component: Arc<str>,
        route: Route,
        parts: Parts,
        body: Bytes,
    ) -> Response {
        let guest = self.ctx(component.clone(), Actor::Guest);
        let admitted = AssertUnwindSafe(self.admit(&route, &parts.headers)).catch_unwind().await;
        let actor = match admitted.unwrap_or_else(|panic| Err(panicked(&panic))) {
            Ok(actor) => actor,
            Err(error) => return answer::finish(&self, &guest, error.into_response()).await,
        };
        let ctx = self.ctx(component, actor);
        let key = match idempotency::Key::read(&parts, &ctx, &body) {
            Ok(key) => key,
            Err(error) => return answer::finish(&self, &ctx, error.into_response()).await,
        };
        let header = ctx.header();
        let span = tracing::info_span!(
            "request", id = %header.request_id, store = header.store.slug, component = &*header.component
        );
        let handle = async {
            let called = Box::pin(self.call(route, parts, body, &ctx)).instrument(span);
            let called = AssertUnwindSafe(called).catch_unwind().await;
            let response = called.unwrap_or_else(|panic| panicked(&panic).into_response());
            answer::finish(&self, &ctx, response).await
        };
        match key {
            None => handle.await,
            Some(key) => {
                let kernel = ctx.for_component(KERNEL.into());
                match idempotency::once(&self.http.in_flight, &kernel, key, handle).await {
                    Ok(response) => response,
                    Err(error) => answer::finish(&self, &ctx, error.into_response()).await,
                }
            }
        }
    }

    /// Calls the handler under watch. It gives up a little before the request does, so that the answer
    /// tells which component it was.
    async fn call(&self, route: Route, parts: Parts, body: Bytes, ctx: &Ctx) -> Response {
        let work = call(route, parts, body, ctx, &self.facts);
        let component = &ctx.header().component;
        let Some(watch) = ctx.host().watch(component) else { return work.await };
        let limit = Some(self.http.time_limit().mul_f64(0.95));
        let watched = Watched { component: component.clone(), watch, limit };
        let ended = watched.call_as(ctx, async { Ok(work.await) }, |answered| match answered {
            Ok(response) => {
                let error = response.extensions().get::<Arc<Error>>();
                error.map_or(End::Done, |error| End::of_error(error))
            }
            Err(error) => End::of_error(error),
        });
        ended.await.unwrap_or_else(IntoResponse::into_response)
    }

    async fn admit(&self, route: &Route, headers: &HeaderMap) -> Result<Actor> {
        let ctx = self.kernel_ctx();
        if route.access == Access::Webhook {
            return Ok(Actor::Guest);
        }
        let actor = actor::identify(&ctx, &self.facts, headers).await?;
        // A token is never sent by a browser on its own.
        if !headers.contains_key(header::AUTHORIZATION) {
            forgery::check(&self.facts.method, headers, &self.facts)?;
        }
        if let Access::Staff(permission) = route.access {
            ctx.with_actor(actor.clone()).require(permission)?;
        }
        Ok(actor)
    }
}

async fn call(
    route: Route,
    parts: Parts,
    body: Bytes,
    ctx: &Ctx,
    facts: &Arc<RequestFacts>,
) -> Response {
    let mut request = Request::from_parts(parts, Body::from(body));
    // The body was read within the route's own limit.
    DefaultBodyLimit::disable().apply(&mut request);
    request.extensions_mut().insert(ctx.clone());
    request.extensions_mut().insert(facts.clone());
    match route.router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn read_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes> {
    let too_large = || {
        let message = format!("The body of this request may have at most {limit} bytes.");
        Error::new(Kind::TooLarge, "request.too_large", message)
    };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let mut read = BytesMut::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            Error::invalid("request.body", "The body of this request broke off.").with_source(error)
        })?;
        if read.len() + chunk.len() > limit {
            return Err(too_large());
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}

fn read_facts(parts: &Parts, peer: IpAddr, settings: &HttpSettings) -> RequestFacts {
    let text = |name: header::HeaderName| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let host = match text(header::HOST) {
        "" => parts.uri.authority().map_or("", |authority| authority.as_str()),
        host => host,
    };
    let cookies: Vec<&str> = parts
        .headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let forwarded: Vec<&str> = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let is_proxied = settings.trusts(peer);
    let scheme = text(header::HeaderName::from_static("x-forwarded-proto"));
    RequestFacts {
        id: Uuid::now_v7(),
        method: parts.method.clone(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        host: host.to_owned(),
        secure: is_proxied && scheme.eq_ignore_ascii_case("https"),
        client_address: client_address(peer, &forwarded, settings),
        cookies: cookies.join("; "),
        if_none_match: text(header::IF_NONE_MATCH).to_owned(),
        nonce: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()),
    }
}

/// The last address in the chain that is not one of our proxies.
fn client_address(peer: IpAddr, forwarded: &[&str], settings: &HttpSettings) -> IpAddr {
    let mut client = peer.to_canonical();
    for said in forwarded.iter().rev() {
        if !settings.trusts(client) {
            break;
        }
        let Ok(address) = said.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

fn see_other(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response(),
        Err(_) => no_path().into_response(),
    }
}

fn no_path() -> Error {
    Error::not_found("request.no_path", "There is nothing at this address.")
}

fn too_slow() -> Error {
    Error::new(Kind::Timeout, "request.timeout", "This took too long. It may still be carried out.")
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::internal(format!("panic: {}", text.unwrap_or("without a text")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_behind_our_proxies() {
        #[track_caller]
        fn check(peer: &str, forwarded: &[&str], expect: &str) {
            let settings = HttpSettings {
                trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
                ..HttpSettings::default()
            };
            let found = client_address(peer.parse().unwrap(), forwarded, &settings);
            assert_eq!(found.to_string(), expect);
        }
        check("203.0.113.9", &["198.51.100.1"], "203.0.113.9");
        check("10.0.0.1", &["198.51.100.1"], "198.51.100.1");
        check("10.0.0.1", &["1.1.1.1", " 198.51.100.1", "10.0.0.2"], "198.51.100.1");
        check("10.0.0.1", &["nonsense"], "10.0.0.1");
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn tokens_stay_out_of_the_log() {
        assert_eq!(logged_path("/welcome/secret", "/welcome/{token}"), "/welcome/{token}");
        assert_eq!(logged_path("/things/7", "/things/{id}"), "/things/7");
    }
}
