//! Resources: what staff see and change. One trait, from which the kernel makes the admin API and the
//! component `admin` its pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hatchery_types::query::Fields;
use hatchery_types::{Page, Query};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{PartialSchema, ToSchema};

use crate::ctx::Ctx;
use crate::error::{Error, Kind, Result};

/// One thing of a resource, with the version that `If-Match` compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Record {
    /// Its id in addresses.
    pub id: String,
    /// Grows with every change; 0 when changes are not counted.
    pub version: i64,
    /// Its fields.
    pub data: Value,
}

/// Reading and changing the things of a resource. Handlers find their component's state with `ctx.state()`.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// A page of records.
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>>;

    /// The records of those ids that exist, in any order.
    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>>;

    /// Creates (`id` absent) or changes a record. `version` is the one the change is based on; a newer
    /// one in the store is a `Stale` error.
    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let _ = (ctx, id, data, version);
        Err(Error::invalid("resource.read_only", "This cannot be changed here."))
    }

    /// Does a declared action to records, and answers what the person should see.
    async fn act(
        &self,
        ctx: &Ctx,
        action: String,
        ids: Vec<String>,
        input: Value,
    ) -> Result<Value> {
        let _ = (ctx, ids, input);
        Err(no_action(&action))
    }

    /// Names for people, for references in lists and forms.
    async fn labels(&self, ctx: &Ctx, ids: Vec<String>) -> Result<BTreeMap<String, String>> {
        let records = self.get(ctx, ids).await?;
        let label = |record: Record| {
            let text = ["name", "number", "title", "email"]
                .into_iter()
                .find_map(|key| record.data.get(key).and_then(Value::as_str).map(str::to_owned));
            (record.id.clone(), text.unwrap_or(record.id))
        };
        Ok(records.into_iter().map(label).collect())
    }
}

/// A resource as declared.
#[derive(Clone)]
pub struct ResourceDeclaration {
    /// Plural, in addresses: `products`.
    pub name: &'static str,
    /// Where the admin's navigation shows it: `sell`, `catalog`, `customers`, `system`.
    pub group: &'static str,
    /// Permission to read: `catalog.product.read`.
    pub read: &'static str,
    /// Permission to create and change; absent when nobody can.
    pub write: Option<&'static str>,
    /// Whether records can be created.
    pub can_create: bool,
    /// JSON Schema of `data`, with the hints `x-widget` and `x-ref`. References resolved.
    pub schema: Value,
    /// Fields the list shows, in order.
    pub columns: Vec<&'static str>,
    /// What `filter=` and `sort=` may name.
    pub fields: Fields,
    /// Things that can be done to records.
    pub actions: Vec<Action>,
    /// Path of a page that shows one record better than the generic form, with `{id}`.
    pub page: Option<&'static str>,
    /// The implementation.
    pub resource: Arc<dyn Resource>,
}

impl ResourceDeclaration {
    /// A resource whose records' `data` is a `D`.
    pub fn new<D: ToSchema + PartialSchema>(
        name: &'static str,
        group: &'static str,
        read: &'static str,
        fields: Fields,
        resource: impl Resource,
    ) -> Self {
        Self {
            name,
            group,
            read,
            write: None,
            can_create: false,
            schema: inline_schema::<D>(),
            columns: Vec::new(),
            fields,
            actions: Vec::new(),
            page: None,
            resource: Arc::new(resource),
        }
    }

    /// Records can be changed, with this permission.
    #[must_use]
    pub fn writable(mut self, permission: &'static str) -> Self {
        self.write = Some(permission);
        self
    }

    /// Records can be created too.
    #[must_use]
    pub fn creatable(mut self) -> Self {
        self.can_create = true;
        self
    }

    /// Fields the list shows.
    #[must_use]
    pub fn columns(mut self, columns: impl IntoIterator<Item = &'static str>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// Something that can be done to records.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// A page of its own for one record.
    #[must_use]
    pub fn page(mut self, path: &'static str) -> Self {
        self.page = Some(path);
        self
    }
}

/// Something that can be done to records: review, ship, refund.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Action {
    /// In addresses: `ship`.
    pub name: String,
    /// Who may.
    pub permission: String,
    /// JSON Schema of what it asks; null when nothing.
    pub input: Value,
    /// Whether it must be confirmed.
    pub confirm: bool,
}

impl Action {
    /// An action that asks nothing.
    pub fn new(name: &str, permission: &str) -> Self {
        Self {
            name: name.into(),
            permission: permission.into(),
            input: Value::Null,
            confirm: false,
        }
    }

    /// It asks for an `I`.
    #[must_use]
    pub fn asks<I: ToSchema + PartialSchema>(mut self) -> Self {
        self.input = inline_schema::<I>();
        self
    }

    /// It must be confirmed.
    #[must_use]
    pub fn confirmed(mut self) -> Self {
        self.confirm = true;
        self
    }
}

/// The error of an action that was not declared.
pub fn no_action(action: &str) -> Error {
    Error::not_found("resource.no_action", format!("There is no action '{action}' here."))
}

/// Reads the data of a record or the input of an action.
///
/// # Errors
/// `Invalid`, with what does not fit.
pub fn parse<T: serde::de::DeserializeOwned>(data: Value) -> Result<T> {
    serde_json::from_value(data).map_err(|error| Error::invalid("input.invalid", error.to_string()))
}

/// Compares the version a change is based on with the stored one.
///
/// # Errors
/// `Stale`, when somebody changed the record meanwhile.
pub fn check_version(based_on: Option<i64>, stored: i64) -> Result<()> {
    match based_on {
        Some(version) if version != stored => Err(Error::new(
            Kind::Stale,
            "resource.stale",
            "Somebody changed this meanwhile. Load it again and repeat your change.",
        )),
        _ => Ok(()),
    }
}

/// The JSON Schema of a type with every `$ref` to a schema it uses resolved, so that forms can be drawn
/// from it alone. A type that contains itself keeps the inner reference.
pub fn inline_schema<T: ToSchema + PartialSchema>() -> Value {
    let mut named = Vec::new();
    T::schemas(&mut named);
    let named: BTreeMap<String, Value> = named
        .into_iter()
        .filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?)))
        .collect();
    let mut schema = serde_json::to_value(T::schema()).unwrap_or_default();
    resolve(&mut schema, &named, 0);
    schema
}

fn resolve(schema: &mut Value, named: &BTreeMap<String, Value>, depth: usize) {
    const DEEPEST: usize = 12;
    if depth > DEEPEST {
        return;
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        if let Some(found) = named.get(name) {
            *schema = found.clone();
        }
    }
    match schema {
        Value::Object(map) => map.values_mut().for_each(|value| resolve(value, named, depth + 1)),
        Value::Array(items) => items.iter_mut().for_each(|value| resolve(value, named, depth + 1)),
        _ => {}
    }
}
