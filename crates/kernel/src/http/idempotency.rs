//! `Idempotency-Key`: a request that is sent again is carried out once and answered alike.
//!
//! The key's row is written in a unit of work of its own before the handler runs, the answer after it. A
//! row without an answer that no request of this process works on was left by a crash: the handler runs
//! again and finds its own work by its natural key. Answers that say "try again" are not kept.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hatchery_component::{Ctx, Error, Result};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::entity::idempotency as answered;

/// The header with the key.
const HEADER: &str = "idempotency-key";
/// The longest key.
const LONGEST: usize = 255;
/// The largest answer that is kept; a larger one is made again.
const LARGEST: usize = 1024 * 1024;

/// Keys that requests of this process work on.
pub(crate) struct InFlight {
    process: Uuid,
    places: Mutex<BTreeSet<(Uuid, String, String)>>,
}

impl Default for InFlight {
    fn default() -> Self {
        Self { process: Uuid::now_v7(), places: Mutex::default() }
    }
}

/// The key of a request, with whose it is and what was asked.
pub(crate) struct Key {
    scope: String,
    key: String,
    request_hash: String,
}

impl Key {
    /// The key of a request that changes something.
    ///
    /// # Errors
    /// A key that is empty, too long or has other than visible letters.
    pub(crate) fn read(parts: &Parts, ctx: &Ctx, body: &Bytes) -> Result<Option<Self>> {
        let Some(value) = parts.headers.get(HEADER).filter(|_| !parts.method.is_safe()) else {
            return Ok(None);
        };
        let key = value.to_str().map(str::trim).unwrap_or_default();
        if key.is_empty() || key.len() > LONGEST || !key.bytes().all(|byte| byte.is_ascii_graphic())
        {
            let message =
                format!("Idempotency-Key takes 1 to {LONGEST} visible letters, such as a UUID.");
            return Err(Error::invalid("idempotency.key", message));
        }
        let mut digest = Sha256::new();
        let query = parts.uri.query().unwrap_or_default();
        for piece in [parts.method.as_str().as_bytes(), query.as_bytes(), body] {
            digest.update((piece.len() as u64).to_be_bytes());
            digest.update(piece);
        }
        let request_hash = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let scope = format!("{} {}", ctx.actor().label(), parts.uri.path());
        Ok(Some(Self { scope, key: key.to_owned(), request_hash }))
    }
}

/// Answers from what is kept under the key, or runs `handle` and keeps its answer.
///
/// # Errors
/// The key was used for another request, or one with it is running; the database.
pub(crate) async fn once(
    in_flight: &InFlight,
    ctx: &Ctx,
    key: Key,
    handle: impl Future<Output = Response> + Send,
) -> Result<Response> {
    let _working = in_flight.enter(ctx.store().id, &key)?;
    if let Some(kept) = begin(ctx, &key, in_flight.process).await? {
        return Ok(replay(kept));
    }
    let (parts, body) = handle.await.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
    let answer = Answer { status: parts.status, headers: &parts.headers, body: &body };
    if let Err(error) = keep(ctx, &key, &answer).await {
        // The change is made and must be answered; sent again, the handler finds its own work.
        tracing::error!(request = %ctx.request_id(), "an answer was not kept: {}", error.chain());
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

struct Answer<'a> {
    status: StatusCode,
    headers: &'a HeaderMap,
    body: &'a Bytes,
}

impl Answer<'_> {
    fn is_final(&self) -> bool {
        !self.status.is_server_error()
            && !matches!(self.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::UNAUTHORIZED)
            && self.body.len() <= LARGEST
    }
}

/// The kept answer, if there is one; else the key's row is there afterwards.
async fn begin(ctx: &Ctx, key: &Key, process: Uuid) -> Result<Option<answered::Model>> {
    let id = (key.scope.clone(), key.key.clone());
    let hash = key.request_hash.clone();
    ctx.transaction(|ctx| async move {
        let Some(row) = answered::Entity::find_by_id(id.clone()).one(&ctx.db()).await? else {
            let row = answered::ActiveModel {
                scope: Set(id.0),
                key: Set(id.1),
                request_hash: Set(hash),
                owner: Set(Some(process)),
                status: Set(None),
                content_type: Set(None),
                location: Set(None),
                body: Set(None),
                created_at: Set(ctx.now()),
            };
            answered::Entity::insert(row).exec_without_returning(&ctx.db()).await?;
            return Ok(None);
        };
        if row.request_hash != hash {
            let message = "This Idempotency-Key was used for another request; take a new one.";
            return Err(Error::invalid("idempotency.reused", message));
        }
        Ok(Some(row).filter(|row| row.status.is_some()))
    })
    .await
}

async fn keep(ctx: &Ctx, key: &Key, answer: &Answer<'_>) -> Result<()> {
    let id = (key.scope.clone(), key.key.clone());
    if !answer.is_final() {
        return ctx
            .transaction(|ctx| async move {
                answered::Entity::delete_by_id(id).exec(&ctx.db()).await?;
                Ok(())
            })
            .await;
    }
    let text = |name| {
        answer.headers.get(name).and_then(|it: &HeaderValue| it.to_str().ok()).map(str::to_owned)
    };
    let (content_type, location) = (text(header::CONTENT_TYPE), text(header::LOCATION));
    let (status, body) = (answer.status.as_u16(), answer.body.to_vec());
    ctx.transaction(|ctx| async move {
        let Some(row) = answered::Entity::find_by_id(id).one(&ctx.db()).await? else {
            return Ok(());
        };
        let mut row = row.into_active_model();
        row.status = Set(Some(i32::from(status)));
        row.content_type = Set(content_type);
        row.location = Set(location);
        row.body = Set(Some(body));
        row.update(&ctx.db()).await?;
        Ok(())
    })
    .await
}

fn replay(row: answered::Model) -> Response {
    let mut response = Response::new(Body::from(row.body.unwrap_or_default()));
    let status = row.status.and_then(|status| u16::try_from(status).ok());
    *response.status_mut() =
        status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or_default();
    for (name, value) in
        [(header::CONTENT_TYPE, row.content_type), (header::LOCATION, row.location)]
    {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    let replayed = HeaderName::from_static("idempotency-replayed");
    response.headers_mut().insert(replayed, HeaderValue::from_static("true"));
    response
}

impl InFlight {
    fn enter(&self, store: Uuid, key: &Key) -> Result<Working<'_>> {
        let place = (store, key.scope.clone(), key.key.clone());
        if !self.places().insert(place.clone()) {
            let message = "A request with this Idempotency-Key is being carried out.";
            return Err(Error::conflict("idempotency.in_flight", message));
        }
        Ok(Working { in_flight: self, place })
    }

    fn places(&self) -> MutexGuard<'_, BTreeSet<(Uuid, String, String)>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key that is worked on.
struct Working<'a> {
    in_flight: &'a InFlight,
    place: (Uuid, String, String),
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.in_flight.places().remove(&self.place);
    }
}
