//! The interface `resources` and the admin API made of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use bytes::Bytes;
use futures::stream::try_unfold;
use hatchery_component::platform::{Change, ListRequest, ResourceDescription, Resources};
use hatchery_component::{Access, Ctx, Declaration, Error, Instance, Record, Result};
use hatchery_types::Page;
use hatchery_types::query::MAX_LIMIT;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::state;
use crate::resources::{self, CUSTOM, Doing, Saving, export};
use crate::store::Store;

/// Adds the routes of the admin API. Who may do what is the resource's own permission, so that the routes
/// are open and every handler checks.
pub(crate) fn declare(declaration: Declaration) -> Declaration {
    let routes: [(Method, &str, MethodRouter); 8] = [
        (Method::GET, "/api/v1/admin", axum::routing::get(describe)),
        (Method::GET, "/api/v1/admin/{resource}", axum::routing::get(list)),
        (Method::POST, "/api/v1/admin/{resource}", axum::routing::post(create)),
        (Method::GET, "/api/v1/admin/{resource}/{id}", axum::routing::get(read)),
        (Method::PUT, "/api/v1/admin/{resource}/{id}", axum::routing::put(replace)),
        (Method::PATCH, "/api/v1/admin/{resource}/{id}", axum::routing::patch(change)),
        (Method::GET, "/api/v1/admin/{resource}/{id}/history", axum::routing::get(history)),
        (Method::POST, "/api/v1/admin/{resource}/actions/{action}", axum::routing::post(act)),
    ];
    routes.into_iter().fold(declaration, |declaration, (method, path, handler)| {
        declaration.page(Access::Public, method, path, handler)
    })
}

/// The interface `resources`.
pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Resources>(Arc::new(AssemblyResources))
}

/// The resources of the context's assembly.
struct AssemblyResources;

#[async_trait]
impl Resources for AssemblyResources {
    async fn describe(&self, ctx: &Ctx) -> Result<Vec<ResourceDescription>> {
        resources::describe(ctx, &state(ctx)?.assembly).await
    }

    async fn list(
        &self,
        ctx: &Ctx,
        resource: String,
        request: ListRequest,
    ) -> Result<Page<Record>> {
        resources::list(ctx, &state(ctx)?.assembly, &resource, request).await
    }

    async fn get(&self, ctx: &Ctx, resource: String, ids: Vec<String>) -> Result<Vec<Record>> {
        resources::get(ctx, &state(ctx)?.assembly, &resource, ids).await
    }

    async fn save(
        &self,
        ctx: &Ctx,
        resource: String,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        resources::save(ctx, &state(ctx)?.assembly, &resource, Saving { id, data, version }).await
    }

    async fn act(
        &self,
        ctx: &Ctx,
        resource: String,
        action: String,
        ids: Vec<String>,
        input: Value,
    ) -> Result<Value> {
        resources::act(ctx, &state(ctx)?.assembly, &resource, Doing { action, ids, input }).await
    }

    async fn labels(
        &self,
        ctx: &Ctx,
        resource: String,
        ids: Vec<String>,
    ) -> Result<BTreeMap<String, String>> {
        resources::labels(ctx, &state(ctx)?.assembly, &resource, ids).await
    }

    async fn history(&self, ctx: &Ctx, resource: String, id: String) -> Result<Vec<Change>> {
        let newest = ListRequest { limit: Some(MAX_LIMIT), ..ListRequest::default() };
        Ok(resources::history(ctx, &state(ctx)?.assembly, &resource, &id, &newest).await?.items)
    }
}

async fn describe(ctx: Ctx) -> Result<Json<Value>> {
    let resources = ctx.get::<dyn Resources>()?.describe(&ctx).await?;
    Ok(Json(serde_json::json!({ "resources": resources })))
}

async fn list(
    ctx: Ctx,
    Path(resource): Path<String>,
    Query(request): Query<ListRequest>,
) -> Result<Response> {
    let resources = ctx.get::<dyn Resources>()?;
    match resource.strip_suffix(".csv") {
        Some(name) => csv(ctx, resources, name.to_owned(), request).await,
        None => Ok(Json(resources.list(&ctx, resource, request).await?).into_response()),
    }
}

async fn create(
    ctx: Ctx,
    Path(resource): Path<String>,
    Json(data): Json<Value>,
) -> Result<Response> {
    let address = format!("/api/v1/admin/{resource}");
    let record = ctx.get::<dyn Resources>()?.save(&ctx, resource, None, data, None).await?;
    let location = HeaderValue::try_from(format!("{address}/{}", record.id)).ok();
    let mut response = one(record);
    *response.status_mut() = StatusCode::CREATED;
    if let Some(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn read(ctx: Ctx, Path((resource, id)): Path<(String, String)>) -> Result<Response> {
    Ok(one(find(&ctx, &resource, &id).await?))
}

async fn replace(
    ctx: Ctx,
    Path((resource, id)): Path<(String, String)>,
    headers: HeaderMap,
    Json(data): Json<Value>,
) -> Result<Response> {
    let version = if_match(&headers)?;
    let record = ctx.get::<dyn Resources>()?.save(&ctx, resource, Some(id), data, version).await?;
    Ok(one(record))
}

/// A JSON merge patch ([RFC 7396](https://www.rfc-editor.org/rfc/rfc7396)) of the record's data.
async fn change(
    ctx: Ctx,
    Path((resource, id)): Path<(String, String)>,
    headers: HeaderMap,
    Json(patch): Json<Value>,
) -> Result<Response> {
    resources::check_writable(&ctx, &state(&ctx)?.assembly, &resource)?;
    let present = find(&ctx, &resource, &id).await?;
    let version = if_match(&headers)?.or_else(|| (present.version > 0).then_some(present.version));
    let mut data = present.data;
    let custom = patch.get(CUSTOM).cloned();
    merge(&mut data, patch);
    if let Some(data) = data.as_object_mut() {
        // A null among these takes a value away, which a merge would swallow.
        match custom {
            Some(custom) => data.insert(CUSTOM.to_owned(), custom),
            None => data.remove(CUSTOM),
        };
    }
    let record = ctx.get::<dyn Resources>()?.save(&ctx, resource, Some(id), data, version).await?;
    Ok(one(record))
}

async fn history(
    ctx: Ctx,
    Path((resource, id)): Path<(String, String)>,
    Query(request): Query<ListRequest>,
) -> Result<Json<Page<Change>>> {
    let assembly = state(&ctx)?.assembly.clone();
    Ok(Json(resources::history(&ctx, &assembly, &resource, &id, &request).await?))
}

/// The body of an action.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionBody {
    ids: Vec<String>,
    #[serde(default)]
    input: Value,
}

async fn act(
    ctx: Ctx,
    Path((resource, action)): Path<(String, String)>,
    Json(body): Json<ActionBody>,
) -> Result<Json<Value>> {
    let resources = ctx.get::<dyn Resources>()?;
    let result = resources.act(&ctx, resource, action, body.ids, body.input).await?;
    Ok(Json(serde_json::json!({ "result": result })))
}

/// All records that fit, page by page, so that an export of any size needs the memory of one page.
async fn csv(
    ctx: Ctx,
    resources: Arc<dyn Resources>,
    name: String,
    request: ListRequest,
) -> Result<Response> {
    let described = resources.describe(&ctx).await?;
    let description = described.into_iter().find(|it| it.name == name);
    let columns = description.as_ref().map(export::columns).unwrap_or_default();
    let request = ListRequest { limit: Some(MAX_LIMIT), ..request };
    // The first page is read before the answer begins, so that a mistake is still an error.
    let first = resources.list(&ctx, name.clone(), request.clone()).await?;
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}.csv\""));
    let state =
        Export { ctx, resources, name, request, columns, page: Some(first), is_begun: false };
    let stream = try_unfold(state, |export| async move {
        export.next().await.inspect_err(|error| {
            tracing::error!("an export broke off: {}", error.chain());
        })
    });
    let mut response = Response::new(Body::from_stream(stream));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(disposition) = disposition {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// An export on its way.
struct Export {
    ctx: Ctx,
    resources: Arc<dyn Resources>,
    name: String,
    request: ListRequest,
    columns: Vec<String>,
    page: Option<Page<Record>>,
    is_begun: bool,
}

impl Export {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        let Some(page) = self.page.take() else { return Ok(None) };
        let mut text = if self.is_begun { Vec::new() } else { export::head(&self.columns)? };
        self.is_begun = true;
        text.extend(export::lines(&self.columns, &page.items)?);
        if let Some(cursor) = page.next_cursor {
            let request = ListRequest { cursor: Some(cursor), ..self.request.clone() };
            self.page = Some(self.resources.list(&self.ctx, self.name.clone(), request).await?);
        }
        Ok(Some((text.into(), self)))
    }
}

async fn find(ctx: &Ctx, resource: &str, id: &str) -> Result<Record> {
    let found =
        ctx.get::<dyn Resources>()?.get(ctx, resource.to_owned(), vec![id.to_owned()]).await?;
    found.into_iter().next().ok_or_else(|| {
        Error::not_found("resource.no_record", format!("There is no '{id}' among the {resource}."))
    })
}

fn one(record: Record) -> Response {
    let tag = HeaderValue::try_from(format!("\"{}\"", record.version))
        .ok()
        .filter(|_| record.version > 0);
    let mut response = Json(record).into_response();
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The version in `If-Match: "7"`.
fn if_match(headers: &HeaderMap) -> Result<Option<i64>> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.trim_start_matches("W/").trim_matches('"').parse();
    version.map(Some).map_err(|_| {
        Error::invalid("resource.if_match", "If-Match takes the ETag of the record, such as \"7\".")
    })
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (key, value) in patch {
            if value.is_null() {
                target.remove(&key);
            } else {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_patch_changes_what_it_names() {
        let mut data = json!({ "a": 1, "b": { "c": 2, "d": 3 }, "e": [1, 2] });
        merge(&mut data, json!({ "a": null, "b": { "c": 9 }, "e": [3], "f": { "g": null } }));
        assert_eq!(data, json!({ "b": { "c": 9, "d": 3 }, "e": [3], "f": {} }));
    }

    #[test]
    fn the_version_is_read_from_if_match() {
        #[track_caller]
        fn check(text: &str, expect: Option<Option<i64>>) {
            let headers = HeaderMap::from_iter([(header::IF_MATCH, text.parse().unwrap())]);
            assert_eq!(if_match(&headers).ok(), expect);
        }
        check("\"7\"", Some(Some(7)));
        check("W/\"7\"", Some(Some(7)));
        check("*", Some(None));
        check("\"x\"", None);
        assert_eq!(if_match(&HeaderMap::new()).ok(), Some(None));
    }
}
