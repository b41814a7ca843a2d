//! What the kernel answers itself: health, metrics, static files.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use hatchery_component::platform::Files;
use hatchery_component::{Ctx, Error, Result};
use http::{HeaderValue, StatusCode, header};

use super::entry::Http;
use super::headers::FILE_POLICY;
use super::metrics;
use crate::assembly::Assembly;
use crate::request::RequestFacts;

/// How long browsers keep what can never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Answers about the process. It is ready when the store of the address is open.
pub(crate) async fn about_the_process(http: &Http, facts: &RequestFacts) -> Option<Response> {
    let text = |status: StatusCode, text: &'static str| {
        let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        Some((status, no_store, text).into_response())
    };
    match facts.path.as_str() {
        "/health/live" => text(StatusCode::OK, "live\n"),
        "/health/ready" if http.running.is_draining() => {
            text(StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
        }
        "/health/ready" => match http.store(facts).await {
            Ok(_) => text(StatusCode::OK, "ready\n"),
            Err(error) => {
                tracing::warn!("not ready: {}", error.chain());
                text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
            }
        },
        "/metrics" if http.settings().may_read_metrics(facts.client_address) => {
            let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
            Some((kind, metrics::render()).into_response())
        }
        _ => None,
    }
}

/// `/assets/{hash}/{component}/{path}`. An address with an old hash gets the present file, but not for long:
/// a page of the assembly before may still ask for it.
///
/// # Errors
/// There is no such file.
pub(crate) fn asset(assembly: &Assembly, path: &str) -> Result<Response> {
    let (hash, name) = path
        .strip_prefix("/assets/")
        .and_then(|rest| rest.split_once('/'))
        .ok_or_else(|| Error::not_found("request.no_path", "There is nothing at this address."))?;
    let file = assembly
        .views
        .asset(name)
        .ok_or_else(|| Error::not_found("request.no_path", "There is no such file."))?;
    let caching = if file.hash == hash { FOREVER } else { "no-cache" };
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&file.content_type) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    Ok(response)
}

/// `/files/{hash}`: a file of the store, named by its content, so that it never changes.
///
/// # Errors
/// There is no such file.
pub(crate) async fn file(ctx: &Ctx, hash: &str) -> Result<Response> {
    let unknown = || Error::not_found("file.unknown", "There is no such file.");
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unknown());
    }
    let files = ctx.get::<dyn Files>()?;
    let mut found = files.get(ctx, vec![hash.to_owned()]).await?;
    let (info, bytes) = found.remove(hash).ok_or_else(unknown)?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&info.content_type) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if !is_shown(&info.content_type) {
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FILE_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    Ok(response)
}

/// Whether a browser shows a file of this type; all others are downloaded.
fn is_shown(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    kind.starts_with("image/") || matches!(kind, "application/pdf" | "text/plain")
}
