//! The description of the API: what is on in this store, and nothing else.

use std::collections::BTreeMap;

use hatchery_component::platform::ResourceDescription;
use hatchery_component::{Access, Actor, Ctx, Declaration, ResourceDeclaration, Result, View};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{MEDIA_TYPE, Problem};
use crate::assembly::Assembly;
use crate::request::RequestFacts;
use crate::resources;
use crate::routing::ADMIN_API;

/// The OpenAPI 3.1 document of a store.
///
/// # Errors
/// The database, which knows the fields that staff added.
pub(crate) async fn document(ctx: &Ctx, assembly: &Assembly) -> Result<Value> {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut schemas = BTreeMap::new();
    add_named::<Problem>(&mut schemas);
    for (id, active) in &assembly.components {
        add_routes(id, &active.declaration, &mut paths, &mut schemas);
    }
    let definitions = resources::fields::all(ctx).await?;
    let everybody = Actor::System { caused_by: None };
    for (component, resource) in resources::all(assembly) {
        let description = resources::describe_one(&everybody, &component, resource, &definitions);
        schemas.insert(schema_name(resource), description.schema.clone());
        add_resource(resource, &description, &mut paths);
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": assembly.store.name,
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Money is `{minor, currency}` in minor units. Lists take `filter`, `sort`, `limit` and \
                `cursor` and answer `{items, next_cursor}`. Errors are problem+json. Requests that change something \
                take an `Idempotency-Key`.",
        },
        "servers": [{ "url": assembly.store.base_url }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    }))
}

/// The page that lists the operations of a document.
pub(crate) fn page(document: &Value, facts: &RequestFacts) -> View {
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let paths = document["paths"].as_object().into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let parameters: Vec<Value> =
                operation["parameters"].as_array().cloned().unwrap_or_default();
            let tag = operation["tags"][0].as_str().unwrap_or("api").to_owned();
            groups.entry(tag).or_default().push(json!({
                "method": method.to_uppercase(),
                "path": path,
                "summary": operation["summary"],
                "description": operation["description"],
                "permission": operation["x-permission"],
                "parameters": parameters,
                "body": schema_text(&operation["requestBody"]),
                "responses": operation["responses"].as_object().into_iter().flatten().map(|(status, response)| json!({
                    "status": status, "description": response["description"], "body": schema_text(response),
                })).collect::<Vec<_>>(),
            }));
        }
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(name, operations)| json!({ "name": name, "operations": operations }))
        .collect();
    let schemas: Vec<Value> = document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, schema)| json!({ "name": name, "text": pretty(schema) }))
        .collect();
    View::new("kernel/api-docs.html")
        .with("title", &document["info"]["title"])
        .with("description", &document["info"]["description"])
        .with("address", format!("{}/openapi.json", facts.path.trim_end_matches("/docs")))
        .with("groups", groups)
        .with("schemas", schemas)
}

/// Adds the documented routes of a component. Of two components' schemas with one name and different
/// contents the second is renamed.
fn add_routes(
    component: &str,
    declaration: &Declaration,
    paths: &mut BTreeMap<String, Map<String, Value>>,
    schemas: &mut BTreeMap<String, Value>,
) {
    let mut own: BTreeMap<String, Value> = BTreeMap::new();
    let mut items = Vec::new();
    for route in &declaration.routes {
        let Some(doc) = &route.openapi else { continue };
        for (name, schema) in &doc.components.schemas {
            own.insert(name.clone(), serde_json::to_value(schema).unwrap_or_default());
        }
        let item = serde_json::to_value(&doc.item).unwrap_or_default();
        let method = route.method.as_str().to_lowercase();
        let Some(mut operation) = item.get(&method).cloned() else { continue };
        complete(&mut operation, component, &route.access);
        items.push((route.path.clone(), method, operation));
    }
    let taken =
        |name: &String, schema: &Value| schemas.get(name).is_some_and(|other| other != schema);
    let renamed: BTreeMap<String, String> = own
        .iter()
        .filter(|(name, schema)| taken(name, schema))
        .map(|(name, _)| (name.clone(), format!("{name}.{component}")))
        .collect();
    for (name, mut schema) in own {
        rename(&mut schema, &renamed);
        schemas.insert(renamed.get(&name).cloned().unwrap_or(name), schema);
    }
    for (path, method, mut operation) in items {
        rename(&mut operation, &renamed);
        paths.entry(path).or_default().insert(method, operation);
    }
}

/// Adds what every operation has: its component as tag, who may call it, the error answer.
fn complete(operation: &mut Value, component: &str, access: &Access) {
    let Some(operation) = operation.as_object_mut() else { return };
    operation.entry("tags").or_insert_with(|| json!([component]));
    if let Access::Staff(permission) = access {
        operation.insert("x-permission".into(), json!(permission));
        operation.insert("security".into(), json!([{ "token": [] }]));
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    if let Some(responses) = responses.as_object_mut() {
        responses.entry("default").or_insert_with(problem_response);
    }
}

fn add_resource(
    resource: &ResourceDeclaration,
    description: &ResourceDescription,
    paths: &mut BTreeMap<String, Map<String, Value>>,
) {
    let name = resource.name;
    let schema = json!({ "$ref": format!("#/components/schemas/{}", schema_name(resource)) });
    let record = json!({
        "type": "object",
        "required": ["id", "version", "data"],
        "properties": { "id": { "type": "string" }, "version": { "type": "integer" }, "data": schema },
    });
    let page = json!({
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": { "type": "array", "items": record },
            "next_cursor": { "type": ["string", "null"] },
        },
    });
    let operation = |summary: String, permission: &str, parameters: Vec<Value>, answer: Value| {
        json!({
            "tags": [name],
            "summary": summary,
            "x-permission": permission,
            "security": [{ "token": [] }],
            "parameters": parameters,
            "responses": { "200": answer, "default": problem_response() },
        })
    };
    let id =
        json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } });
    let query = |name: &str, description: String, kind: &str| json!({ "name": name, "in": "query", "description": description, "schema": { "type": kind } });
    let list = vec![
        query("filter", format!("Fields: {}", description.filterable.join(", ")), "string"),
        query("sort", format!("Fields: {}", description.sortable.join(", ")), "string"),
        query("limit", "1 to 500; 50 if absent".into(), "integer"),
        query("cursor", "`next_cursor` of the page before".into(), "string"),
    ];
    let one = json_answer("The record", &record);
    let mut all = Map::new();
    all.insert(
        "get".into(),
        operation(
            format!("List {name}"),
            resource.read,
            list.clone(),
            json_answer("A page", &page),
        ),
    );
    let mut single = Map::new();
    single.insert(
        "get".into(),
        operation(format!("Read one of {name}"), resource.read, vec![id.clone()], one.clone()),
    );
    if let Some(write) = resource.write {
        let body =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        let with_body = |mut operation: Value| {
            operation["requestBody"] = body.clone();
            operation
        };
        if resource.can_create {
            let create = operation(format!("Create one of {name}"), write, Vec::new(), one.clone());
            let mut create = with_body(create);
            create["responses"] = json!({ "201": one, "default": problem_response() });
            all.insert("post".into(), create);
        }
        for (method, verb) in [("put", "Replace"), ("patch", "Change")] {
            let if_match = json!({
                "name": "If-Match", "in": "header", "schema": { "type": "string" },
                "description": "The ETag that the change is based on",
            });
            let change = operation(
                format!("{verb} one of {name}"),
                write,
                vec![id.clone(), if_match],
                one.clone(),
            );
            single.insert(method.into(), with_body(change));
        }
    }
    paths.insert(format!("{ADMIN_API}/{name}"), all);
    paths.insert(format!("{ADMIN_API}/{name}/{{id}}"), single);
    let csv = json!({ "description": "All records as CSV", "content": { "text/csv": {} } });
    let export = operation(format!("Export {name}"), resource.read, list[..2].to_vec(), csv);
    paths.insert(format!("{ADMIN_API}/{name}.csv"), Map::from_iter([("get".to_owned(), export)]));
    let changes = json_answer("Changes, newest first", &json!({ "type": "object" }));
    let history =
        operation(format!("What happened to one of {name}"), resource.read, vec![id], changes);
    let history = Map::from_iter([("get".to_owned(), history)]);
    paths.insert(format!("{ADMIN_API}/{name}/{{id}}/history"), history);
    for action in &resource.actions {
        let summary = format!("{} {name}", action.name);
        let result = json_answer("What happened", &json!({}));
        let mut act = operation(summary, &action.permission, Vec::new(), result);
        act["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": {
            "type": "object",
            "required": ["ids"],
            "properties": {
                "ids": { "type": "array", "items": { "type": "string" } },
                "input": if action.input.is_null() { json!({}) } else { action.input.clone() },
            },
        } } } });
        let path = format!("{ADMIN_API}/{name}/actions/{}", action.name);
        paths.insert(path, Map::from_iter([("post".to_owned(), act)]));
    }
}

fn json_answer(description: &str, schema: &Value) -> Value {
    json!({ "description": description, "content": { "application/json": { "schema": schema } } })
}

fn problem_response() -> Value {
    let schema = json!({ "$ref": "#/components/schemas/Problem" });
    json!({ "description": "An error", "content": { MEDIA_TYPE: { "schema": schema } } })
}

fn schema_name(resource: &ResourceDeclaration) -> String {
    format!("resource.{}", resource.name)
}

fn add_named<T: ToSchema + PartialSchema>(schemas: &mut BTreeMap<String, Value>) {
    let mut named = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut named);
    for (name, schema) in named {
        schemas.insert(name, serde_json::to_value(schema).unwrap_or_default());
    }
}

fn rename(value: &mut Value, renamed: &BTreeMap<String, String>) {
    const PREFIX: &str = "#/components/schemas/";
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get_mut("$ref")
                && let Some(name) =
                    reference.strip_prefix(PREFIX).and_then(|name| renamed.get(name))
            {
                *reference = format!("{PREFIX}{name}");
            }
            map.values_mut().for_each(|value| rename(value, renamed));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| rename(value, renamed)),
        _ => {}
    }
}

/// The schema of a body, as text for people; empty when there is none.
fn schema_text(holder: &Value) -> String {
    let content = holder["content"].as_object().and_then(|content| content.values().next());
    match content.map(|content| &content["schema"]) {
        Some(schema) if schema["$ref"].is_string() => schema["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next())
            .unwrap_or_default()
            .to_owned(),
        Some(schema) if !schema.is_null() => pretty(schema),
        _ => String::new(),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
