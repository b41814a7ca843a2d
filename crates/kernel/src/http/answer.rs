//! What goes back: views become pages, errors become problem+json or error pages.

use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use hatchery_component::{Actor, Ctx, Error, Kind, View};
use http::{HeaderValue, Method, StatusCode, header};
use sha2::{Digest, Sha256};

use super::entry::Exchange;
use super::problem::{self, MEDIA_TYPE, Problem};
use crate::request::RequestFacts;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// The largest answer an ETag is made of.
const LARGEST_TAGGED: u64 = 1024 * 1024;
/// The answer of a store that is closed on purpose.
pub(crate) const SUSPENDED: &str = "store.suspended";
/// How much of a plain error answer is read.
const LONGEST_REASON: usize = 4 * 1024;

/// Makes the answer of a handler what the client gets.
pub(crate) async fn finish(exchange: &Exchange, ctx: &Ctx, mut response: Response) -> Response {
    if let Some(view) = response.extensions_mut().remove::<View>() {
        match exchange.assembly.views.render(ctx, view, &exchange.facts).await {
            Ok(html) => {
                *response.body_mut() = Body::from(html);
                response.headers_mut().remove(header::CONTENT_LENGTH);
                response.headers_mut().insert(header::CONTENT_TYPE, HTML);
            }
            Err(error) => return failed(exchange, ctx, &error).await,
        }
    } else if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
        return failed(exchange, ctx, &error).await;
    } else if is_plain_error(&response) {
        return explained(exchange, ctx, response).await;
    }
    cacheable(exchange, ctx, response).await
}

/// The answer to a method that the path does not have.
pub(crate) async fn method_not_allowed(
    exchange: &Exchange,
    ctx: &Ctx,
    methods: &[Method],
) -> Response {
    let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
    let message = format!("This address takes {} only.", names.join(", "));
    let error = Error::invalid("request.method", message);
    let mut response = error_answer(exchange, ctx, &error, StatusCode::METHOD_NOT_ALLOWED).await;
    if let Ok(allow) = HeaderValue::from_str(&names.join(", ")) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// An error where no store is at hand, or nothing else works.
pub(crate) fn bare(error: &Error, facts: &RequestFacts) -> Response {
    log(error, facts);
    if facts.is_api() {
        return problem_answer(error, facts, problem::status(error.kind()));
    }
    bare_page(error, facts, problem::status(error.kind()))
}

async fn failed(exchange: &Exchange, ctx: &Ctx, error: &Error) -> Response {
    log(error, &exchange.facts);
    let facts = &exchange.facts;
    if error.kind() == Kind::Unauthenticated
        && !facts.is_api()
        && facts.method == Method::GET
        && let Some(address) = sign_in(exchange)
    {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response();
    }
    error_answer(exchange, ctx, error, problem::status(error.kind())).await
}

async fn error_answer(
    exchange: &Exchange,
    ctx: &Ctx,
    error: &Error,
    status: StatusCode,
) -> Response {
    let facts = &exchange.facts;
    let mut response = if facts.is_api() {
        problem_answer(error, facts, status)
    } else {
        let view = View::new(error_template(exchange, ctx))
            .with("status", status.as_u16())
            .with("title", Problem::new(error, facts.id).title)
            .with("code", error.code())
            .with("detail", error.message())
            .with("request_id", facts.id);
        match exchange.assembly.views.render(ctx, view, facts).await {
            Ok(html) => (status, [(header::CONTENT_TYPE, HTML)], html).into_response(),
            Err(unshown) => {
                log(&unshown, facts);
                bare_page(error, facts, status)
            }
        }
    };
    for (name, value) in problem::headers(error) {
        response.headers_mut().insert(name, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The template `error.html` of the component that serves the path, else of the one its first part names,
/// else of the one that serves the home page, else the kernel's own.
fn error_template(exchange: &Exchange, ctx: &Ctx) -> String {
    let home = exchange.assembly.paths.owner("/").map(|id| id.as_ref());
    let candidates =
        [Some(ctx.header().component.as_ref()), first_part(&exchange.facts.path), home];
    let named = candidates.into_iter().flatten().filter(|id| *id != "kernel");
    named
        .map(|id| format!("{id}/error.html"))
        .find(|name| exchange.assembly.views.has_template(name))
        .unwrap_or_else(|| "kernel/error.html".to_owned())
}

/// Where to sign in: `login` below the first part of the path, if there is such a page.
fn sign_in(exchange: &Exchange) -> Option<HeaderValue> {
    let facts = &exchange.facts;
    let page = format!("/{}/login", first_part(&facts.path)?);
    exchange.assembly.paths.owner(&page).filter(|_| facts.path != page)?;
    let mark = if facts.query.is_empty() { "" } else { "?" };
    let next = format!("{}{mark}{}", facts.path, facts.query);
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
    HeaderValue::from_str(&format!("{page}?{query}")).ok()
}

fn first_part(path: &str) -> Option<&str> {
    path.split('/').nth(1).filter(|part| !part.is_empty())
}

fn problem_answer(error: &Error, facts: &RequestFacts, status: StatusCode) -> Response {
    let problem = Problem { status: status.as_u16(), ..Problem::new(error, facts.id) };
    let text = serde_json::to_string(&problem).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], text).into_response()
}

/// A page that needs no template.
fn bare_page(error: &Error, facts: &RequestFacts, status: StatusCode) -> Response {
    let text = minijinja::HtmlEscape(error.message());
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{code}</title>\
         <h1>{code}</h1><p>{text}</p><p>{id}</p></html>\n",
        code = status.as_u16(),
        id = facts.id,
    );
    (status, [(header::CONTENT_TYPE, HTML)], html).into_response()
}

/// Whether an answer is an error that something other than a component made: axum, when a request does not
/// fit its handler.
fn is_plain_error(response: &Response) -> bool {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    (status.is_client_error() || status.is_server_error())
        && kind.is_none_or(|kind| kind.starts_with("text/plain"))
}

async fn explained(exchange: &Exchange, ctx: &Ctx, response: Response) -> Response {
    let status = response.status();
    let reason =
        axum::body::to_bytes(response.into_body(), LONGEST_REASON).await.unwrap_or_default();
    let reason = String::from_utf8_lossy(&reason).trim().to_owned();
    let reason = match status.canonical_reason() {
        Some(standard) if reason.is_empty() || status.is_server_error() => standard.to_owned(),
        _ => reason,
    };
    let error = Error::new(problem::kind(status), "request.invalid", reason);
    log(&error, &exchange.facts);
    error_answer(exchange, ctx, &error, status).await
}

/// Adds what caches need: how long, and an ETag where the answer is at hand.
async fn cacheable(exchange: &Exchange, ctx: &Ctx, mut response: Response) -> Response {
    let is_known = *ctx.actor() != Actor::Guest;
    let (facts, headers) = (&exchange.facts, response.headers_mut());
    // Who made the answer knows better.
    if headers.contains_key(header::CACHE_CONTROL) {
        return response;
    }
    if !facts.is_api() {
        if let Ok(language) = HeaderValue::from_str(exchange.locale.as_str()) {
            headers.entry(header::CONTENT_LANGUAGE).or_insert(language);
        }
        headers.append(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    }
    let is_private =
        is_known || !facts.method.is_safe() || headers.contains_key(header::SET_COOKIE);
    let caching = if is_private { "no-store" } else { "private, no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if is_private || facts.method != Method::GET || response.status() != StatusCode::OK {
        return response;
    }
    tagged(facts, response).await.unwrap_or_else(|error| bare(&error, facts))
}

async fn tagged(facts: &RequestFacts, response: Response) -> Result<Response, Error> {
    let is_whole = response.body().size_hint().exact().is_some_and(|size| size <= LARGEST_TAGGED);
    if !is_whole || response.headers().contains_key(header::ETAG) {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let digest = Sha256::digest(&bytes);
    let hash: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("W/\"{hash}\"");
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(header::ETAG, value);
    }
    if facts.if_none_match.split(',').any(|known| known.trim() == tag) {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.remove(header::CONTENT_TYPE);
        return Ok(Response::from_parts(parts, Body::empty()));
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn log(error: &Error, facts: &RequestFacts) {
    let status = problem::status(error.kind());
    if status.is_server_error() && error.code() != SUSPENDED {
        tracing::error!(request = %facts.id, code = error.code(), "{}", error.chain());
    } else {
        tracing::debug!(request = %facts.id, code = error.code(), "{}", error.chain());
    }
}
