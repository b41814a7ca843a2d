//! Resources: what staff see and change, with permissions, versions, history and staff-defined fields.
//!
//! A component brings a [`Resource`](hatchery_component::Resource); everything around it is here, and is
//! the same for all: the interface `resources`, the admin API and the pages of the component `admin` go
//! through these functions. `Record.data` shows the values of staff-defined fields under `custom`.

pub(crate) mod audit;
pub(crate) mod export;
pub(crate) mod fields;
mod filter;
mod schema;

use std::collections::BTreeMap;
use std::sync::Arc;

use hatchery_component::platform::{Change, CustomField, ListRequest, ResourceDescription};
use hatchery_component::resource::{Action, ResourceDeclaration};
use hatchery_component::watch;
use hatchery_component::{Actor, Ctx, Error, Kind, Record, Result};
use hatchery_types::query::{Fields, ListParams};
use hatchery_types::{Page, Query};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Map, Value};

use crate::assembly::Assembly;

/// The property of a record's data that holds the values of staff-defined fields.
pub const CUSTOM: &str = "custom";
/// How many records one call may name.
const MOST_IDS: usize = 500;
/// The component whose tables hold history and staff-defined fields.
const KERNEL: &str = "kernel";

/// All resources of an assembly with their components, by group and name.
pub fn all(assembly: &Assembly) -> Vec<(Arc<str>, &ResourceDeclaration)> {
    let mut all: Vec<(Arc<str>, &ResourceDeclaration)> = assembly
        .components
        .iter()
        .flat_map(|(id, active)| {
            active.declaration.resources.iter().map(move |resource| (id.clone(), resource))
        })
        .collect();
    all.sort_by_key(|(_, resource)| (resource.group, resource.name));
    all
}

/// The resources the actor may read.
///
/// # Errors
/// Nobody is signed in; the database.
pub async fn describe(ctx: &Ctx, assembly: &Assembly) -> Result<Vec<ResourceDescription>> {
    require_staff(ctx)?;
    let definitions = fields::all(ctx).await?;
    let readable = all(assembly).into_iter().filter(|(_, resource)| ctx.actor().may(resource.read));
    Ok(readable
        .map(|(id, resource)| describe_one(ctx.actor(), &id, resource, &definitions))
        .collect())
}

/// A resource as an actor sees it.
pub fn describe_one(
    actor: &Actor,
    component: &str,
    resource: &ResourceDeclaration,
    definitions: &BTreeMap<String, Vec<CustomField>>,
) -> ResourceDescription {
    let custom = definitions.get(resource.name).map(Vec::as_slice).unwrap_or_default();
    let all = with_custom(&resource.fields, custom);
    let can_write = resource.write.is_some_and(|permission| actor.may(permission));
    let named = |keep: fn(&hatchery_types::query::FieldDef) -> bool| {
        all.iter().filter(|def| keep(def)).map(|def| def.name.to_string()).collect()
    };
    ResourceDescription {
        name: resource.name.to_owned(),
        component: component.to_owned(),
        group: resource.group.to_owned(),
        schema: schema::with_custom(&resource.schema, custom),
        columns: resource.columns.iter().map(|column| (*column).to_owned()).collect(),
        sortable: named(|def| def.sortable),
        filterable: named(|def| def.filterable),
        actions: resource.actions.iter().filter(|it| actor.may(&it.permission)).cloned().collect(),
        can_write,
        can_create: can_write && resource.can_create,
        page: resource.page.map(str::to_owned),
    }
}

/// A page of records.
///
/// # Errors
/// Unknown resource, missing permission, a mistake in filter or sort, whatever the resource fails with.
pub async fn list(
    ctx: &Ctx,
    assembly: &Assembly,
    name: &str,
    request: ListRequest,
) -> Result<Page<Record>> {
    let (ctx, resource) = readable(ctx, assembly, name)?;
    let custom = fields::of(&ctx, name).await?;
    let all = with_custom(&resource.fields, &custom);
    let ListRequest { filter, sort, limit, cursor } = request;
    let params = ListParams { filter, sort, limit, cursor, fields: None };
    let mut query: Query<Value> = params.to_query(&all)?;
    if let Some(expr) = query.filter.take() {
        query.filter = Some(filter::without_custom(&ctx, name, &custom, expr).await?);
    }
    let mut page = watched(&ctx, resource.resource.list(&ctx, query)).await?;
    attach(&ctx, name, &custom, &mut page.items).await?;
    Ok(page)
}

/// Records by id, in the order of the ids.
///
/// # Errors
/// Unknown resource, missing permission, too many ids, whatever the resource fails with.
pub async fn get(
    ctx: &Ctx,
    assembly: &Assembly,
    name: &str,
    ids: Vec<String>,
) -> Result<Vec<Record>> {
    let (ctx, resource) = readable(ctx, assembly, name)?;
    check_ids(&ids)?;
    let custom = fields::of(&ctx, name).await?;
    let mut records =
        in_order(&ids, watched(&ctx, resource.resource.get(&ctx, ids.clone())).await?);
    attach(&ctx, name, &custom, &mut records).await?;
    Ok(records)
}

/// Creates or changes a record, with the values of staff-defined fields that `data.custom` names; all in
/// one unit of work with the entry in its history.
///
/// # Errors
/// Unknown resource or record, missing permission, data that do not fit, `Stale` when the record is newer
/// than `version`, whatever the resource fails with.
pub async fn save(ctx: &Ctx, assembly: &Assembly, name: &str, change: Saving) -> Result<Record> {
    let (ctx, resource) = writable(ctx, assembly, name)?;
    let Saving { id, mut data, version } = change;
    if id.is_none() && !resource.can_create {
        return Err(Error::new(
            Kind::Denied,
            "resource.no_create",
            "New ones cannot be made here.",
        ));
    }
    let custom = take_custom(&mut data)?;
    schema::check(&resource.schema, &data, "")?;
    let (resource, name) = (resource.clone(), name.to_owned());
    ctx.transaction(|ctx| async move {
        if let Some(id) = &id {
            hold(&ctx, &name, id).await?;
        }
        let definitions = fields::of(&ctx, &name).await?;
        let before = match &id {
            Some(id) => Some(one(&ctx, &resource, &name, &definitions, id).await?),
            None => None,
        };
        if let (Some(before), Some(version)) = (&before, version)
            && before.version != version
        {
            return Err(stale());
        }
        let same = before.as_ref().filter(|before| without_custom(&before.data) == data);
        let mut saved = match same {
            // Only staff-defined fields change: the record itself keeps its version.
            Some(before) => Record { data, ..before.clone() },
            None => watched(&ctx, resource.resource.save(&ctx, id, data, version)).await?,
        };
        if let Some(values) = custom {
            fields::set(&ctx, &name, &saved.id, &definitions, values).await?;
        }
        attach(&ctx, &name, &definitions, std::slice::from_mut(&mut saved)).await?;
        let entry = audit::Entry {
            resource: &name,
            record: &saved.id,
            action: if before.is_some() { "update" } else { "create" },
            changes: audit::changes(
                &resource.schema,
                before.as_ref().map(|it| &it.data),
                Some(&saved.data),
            ),
        };
        audit::write(&ctx, vec![entry]).await?;
        Ok(saved)
    })
    .await
}

/// Lets nobody else save this record until the unit of work ends: of two changes that are based on the same
/// version only one may be written. (SQLite has one writer.)
async fn hold(ctx: &Ctx, name: &str, id: &str) -> Result<()> {
    let db = ctx.db();
    if db.get_database_backend() == DbBackend::Postgres {
        // Such locks are the whole database's, so the store is part of the key.
        let key = format!("{}/{name}/{id}", ctx.store().id);
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [key.into()]);
        db.execute_raw(lock).await?;
    }
    Ok(())
}

/// What [`save`] is asked for.
pub struct Saving {
    /// The record; absent to create one.
    pub id: Option<String>,
    /// Its data.
    pub data: Value,
    /// The version the change is based on, if the caller minds.
    pub version: Option<i64>,
}

/// Does an action. It may speak to the outside, so that it opens its own units of work; its entry in the
/// history of each record is written after it.
///
/// # Errors
/// Unknown resource or action, missing permission, input that does not fit, whatever the action fails with.
pub async fn act(ctx: &Ctx, assembly: &Assembly, name: &str, doing: Doing) -> Result<Value> {
    let (ctx, resource) = found(ctx, assembly, name)?;
    let Doing { action, ids, input } = doing;
    let declared: Option<&Action> =
        resource.actions.iter().find(|declared| declared.name == action);
    let declared = declared.ok_or_else(|| {
        Error::not_found("resource.no_action", format!("There is no action '{action}' here."))
    })?;
    ctx.require(&declared.permission)?;
    check_ids(&ids)?;
    if !declared.input.is_null() {
        schema::check(&declared.input, &input, "")?;
    }
    let before = by_id(watched(&ctx, resource.resource.get(&ctx, ids.clone())).await?);
    let result =
        watched(&ctx, resource.resource.act(&ctx, action.clone(), ids.clone(), input)).await?;
    let after = by_id(watched(&ctx, resource.resource.get(&ctx, ids.clone())).await?);
    let (schema, name) = (resource.schema.clone(), name.to_owned());
    let written = ctx
        .transaction(|ctx| async move {
            let entries = ids.iter().map(|id| {
                let changes = audit::changes(&schema, before.get(id), after.get(id));
                audit::Entry { resource: &name, record: id, action: &action, changes }
            });
            audit::write(&ctx, entries.collect()).await
        })
        .await;
    if let Err(error) = written {
        // The action is done; saying that it failed would make people do it again.
        tracing::error!(request = %ctx.request_id(), "an action is missing in the history: {}", error.chain());
    }
    Ok(result)
}

/// What [`act`] is asked for.
pub struct Doing {
    /// The action.
    pub action: String,
    /// To which records.
    pub ids: Vec<String>,
    /// What it asks for.
    pub input: Value,
}

/// Names for people, by id. All staff may see them: they stand in lists of other resources.
///
/// # Errors
/// Unknown resource, nobody of the staff, whatever the resource fails with.
pub async fn labels(
    ctx: &Ctx,
    assembly: &Assembly,
    name: &str,
    ids: Vec<String>,
) -> Result<BTreeMap<String, String>> {
    require_staff(ctx)?;
    let (ctx, resource) = found(ctx, assembly, name)?;
    check_ids(&ids)?;
    watched(&ctx, resource.resource.labels(&ctx, ids)).await
}

/// A page of what happened to a record, newest first.
///
/// # Errors
/// Unknown resource, missing permission, a cursor that is none, the database.
pub async fn history(
    ctx: &Ctx,
    assembly: &Assembly,
    name: &str,
    id: &str,
    request: &ListRequest,
) -> Result<Page<Change>> {
    let (ctx, _) = readable(ctx, assembly, name)?;
    audit::read(&ctx, name, id, request).await
}

fn found<'a>(
    ctx: &Ctx,
    assembly: &'a Assembly,
    name: &str,
) -> Result<(Ctx, &'a ResourceDeclaration)> {
    let unknown =
        || Error::not_found("resource.unknown", format!("There is no resource '{name}'."));
    let owner = assembly.paths.resource_owner(name).ok_or_else(unknown)?;
    let active = assembly.component(owner).ok_or_else(unknown)?;
    let declared = active.declaration.resources.iter().find(|resource| resource.name == name);
    Ok((ctx.for_component(owner.clone()), declared.ok_or_else(unknown)?))
}

/// Fails unless the actor may change records of a resource.
///
/// # Errors
/// Unknown resource, one that cannot be changed, missing permission.
pub(crate) fn check_writable(ctx: &Ctx, assembly: &Assembly, name: &str) -> Result<()> {
    writable(ctx, assembly, name).map(drop)
}

fn writable<'a>(
    ctx: &Ctx,
    assembly: &'a Assembly,
    name: &str,
) -> Result<(Ctx, &'a ResourceDeclaration)> {
    let (ctx, resource) = found(ctx, assembly, name)?;
    let Some(permission) = resource.write else {
        return Err(Error::new(Kind::Denied, "resource.read_only", "This cannot be changed."));
    };
    ctx.require(permission)?;
    Ok((ctx, resource))
}

fn readable<'a>(
    ctx: &Ctx,
    assembly: &'a Assembly,
    name: &str,
) -> Result<(Ctx, &'a ResourceDeclaration)> {
    let (ctx, resource) = found(ctx, assembly, name)?;
    ctx.require(resource.read)?;
    Ok((ctx, resource))
}

/// Calls the resource's component under watch.
async fn watched<T>(ctx: &Ctx, work: impl Future<Output = Result<T>> + Send) -> Result<T> {
    let component = &ctx.header().component;
    let limit = ctx.host().watch(component).map(|watch| watch.limit(true));
    watch::watched(ctx, component, limit, work).await
}

fn require_staff(ctx: &Ctx) -> Result<()> {
    match ctx.actor() {
        Actor::User { .. } | Actor::System { .. } => Ok(()),
        Actor::Guest => Err(Error::new(Kind::Unauthenticated, "auth.required", "Please sign in.")),
        Actor::Customer { .. } => {
            Err(Error::new(Kind::Denied, "auth.denied", "This is for staff."))
        }
    }
}

fn check_ids(ids: &[String]) -> Result<()> {
    if ids.len() > MOST_IDS {
        let message = format!("At most {MOST_IDS} records at a time.");
        return Err(Error::invalid("resource.too_many_ids", message));
    }
    Ok(())
}

fn stale() -> Error {
    let message = "Somebody else changed this meanwhile. Look at it again, then make your change.";
    Error::new(Kind::Stale, "resource.stale", message)
}

fn with_custom(fields: &Fields, custom: &[CustomField]) -> Fields {
    custom.iter().fold(fields.clone(), |fields, field| fields.with(filter::definition(field)))
}

async fn one(
    ctx: &Ctx,
    resource: &ResourceDeclaration,
    name: &str,
    custom: &[CustomField],
    id: &str,
) -> Result<Record> {
    let mut found = watched(ctx, resource.resource.get(ctx, vec![id.to_owned()])).await?;
    found.retain(|record| record.id == id);
    attach(ctx, name, custom, &mut found).await?;
    found.pop().ok_or_else(|| {
        Error::not_found("resource.no_record", format!("There is no '{id}' among the {name}."))
    })
}

/// Puts the values of staff-defined fields into the data of records.
async fn attach(
    ctx: &Ctx,
    name: &str,
    custom: &[CustomField],
    records: &mut [Record],
) -> Result<()> {
    if custom.is_empty() || records.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
    let mut values = fields::values(ctx, name, &ids).await?;
    for record in records {
        if let Value::Object(data) = &mut record.data {
            let values: Map<String, Value> =
                values.remove(&record.id).unwrap_or_default().into_iter().collect();
            data.insert(CUSTOM.to_owned(), Value::Object(values));
        }
    }
    Ok(())
}

fn take_custom(data: &mut Value) -> Result<Option<BTreeMap<String, Value>>> {
    match data.as_object_mut().and_then(|data| data.remove(CUSTOM)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(values)) => Ok(Some(values.into_iter().collect())),
        Some(_) => {
            let message = "Some fields do not fit.";
            let error = Error::invalid("resource.invalid", message);
            Err(error.with_field("/custom", "type", "This must be an object of fields and values."))
        }
    }
}

fn without_custom(data: &Value) -> Value {
    let mut data = data.clone();
    if let Some(data) = data.as_object_mut() {
        data.remove(CUSTOM);
    }
    data
}

fn in_order(ids: &[String], records: Vec<Record>) -> Vec<Record> {
    let mut records: BTreeMap<String, Record> =
        records.into_iter().map(|record| (record.id.clone(), record)).collect();
    ids.iter().filter_map(|id| records.remove(id)).collect()
}

fn by_id(records: Vec<Record>) -> BTreeMap<String, Value> {
    records.into_iter().map(|record| (record.id, record.data)).collect()
}
