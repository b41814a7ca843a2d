//! Forms: drawn from a schema, read, and drawn again with what is wrong.

use std::collections::BTreeMap;

use hatchery_sdk::component::platform::{ListRequest, ResourceDescription, Resources};
use hatchery_sdk::component::resource::Record;
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::domain::form::{self, FormContext, Section};
use crate::domain::form_reader::{self, Pairs, Read, ReaderContext};
use crate::domain::labels::{self, Named};
use crate::domain::schema;
use crate::ops::find_labels::{find_label, find_labels, problem, text};
use crate::ops::find_resource::{self, own_label};

/// A form as the page shows it.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) sections: Vec<Section>,
    pub(crate) errors: Vec<String>,
}

/// What a form is drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormSource<'a> {
    /// Component whose words are used.
    pub(crate) component: &'a str,
    pub(crate) schema: &'a Value,
    pub(crate) readonly: bool,
}

/// What became of a form that was sent.
pub(crate) enum Sent<T> {
    Done(T),
    /// Rows were added or removed, or something is wrong: show it again.
    Again(Form),
}

/// What a field refers to that names a resource itself.
const RESOURCES: &str = "resources";
/// Most records a choice offers.
const MOST_CHOICES: u32 = 200;

/// Draws a form.
pub(crate) async fn draw(
    ctx: &Ctx,
    source: FormSource<'_>,
    value: &Value,
    problems: BTreeMap<String, String>,
    locked: BTreeMap<String, String>,
) -> Result<Vec<Section>> {
    let named = named(ctx, source, value).await?;
    let context = FormContext { problems, locked, named, ..context_of(ctx, source).await? };
    Ok(form::sections(&context, source.schema, value))
}

/// What every form of this source needs to know.
async fn context_of(ctx: &Ctx, source: FormSource<'_>) -> Result<FormContext> {
    let names = labels::names(source.schema);
    let store = ctx.store();
    Ok(FormContext {
        locales: store.locales.clone(),
        locale: ctx.locale().clone(),
        currency: store.currency,
        zone: store.time_zone.parse().unwrap_or(chrono_tz::UTC),
        labels: find_labels(ctx, source.component, names).await?,
        problems: BTreeMap::new(),
        locked: BTreeMap::new(),
        references: references(ctx, source.schema).await?,
        named: BTreeMap::new(),
        readonly: source.readonly,
        custom_title: text(ctx, "admin-section-custom").await?,
        opened: None,
        choose: text(ctx, "admin-choose").await?,
    })
}

/// Reads a form over a value. A form that changed its rows, or that has mistakes, is drawn again.
pub(crate) async fn read(
    ctx: &Ctx,
    source: FormSource<'_>,
    pairs: &Pairs,
    before: &Value,
) -> Result<Sent<Value>> {
    let store = ctx.store();
    let zone = store.time_zone.parse().unwrap_or(chrono_tz::UTC);
    let context = ReaderContext { locales: &store.locales, currency: store.currency, zone };
    let Read { value, problems } = form_reader::read(context, source.schema, pairs, before);
    if let Some(changed) = form_reader::changed_rows(pairs) {
        let context = context_of(ctx, source).await?;
        let context = FormContext { opened: Some(changed.to_owned()), ..context };
        let sections = form::sections(&context, source.schema, &value);
        return Ok(Sent::Again(Form { sections, errors: Vec::new() }));
    }
    if problems.is_empty() {
        return Ok(Sent::Done(value));
    }
    let mut told = BTreeMap::new();
    for (path, key) in problems {
        told.insert(path, text(ctx, key).await?);
    }
    let errors = told.values().cloned().collect();
    let sections = draw(ctx, source, &value, told, BTreeMap::new()).await?;
    Ok(Sent::Again(Form { sections, errors }))
}

/// The form after the store refused the value; other failures are the kernel's to show.
pub(crate) async fn refused(
    ctx: &Ctx,
    source: FormSource<'_>,
    value: &Value,
    error: Error,
) -> Result<Form> {
    match error.kind() {
        Kind::Invalid | Kind::Conflict | Kind::Stale | Kind::TooLarge => {}
        _ => return Err(error),
    }
    let problems = told(ctx, &error).await?;
    let summary = match error.kind() {
        Kind::Stale => text(ctx, "admin-error-stale").await?,
        _ => problem(ctx, error.code(), error.message()).await?,
    };
    let mut errors = vec![summary];
    let labels = find_labels(ctx, source.component, labels::names(source.schema)).await?;
    let shown = draw(ctx, source, value, problems.clone(), BTreeMap::new()).await?;
    // What a field says stands at the field; here only what belongs to none that is shown.
    errors.extend(problems.iter().filter(|(path, _)| !form::has_field(&shown, path)).map(
        |(path, message)| {
            let key = path.rsplit('.').find(|part| part.parse::<usize>().is_err());
            let label = labels.of(Named::Field, key.unwrap_or(path));
            format!("{label}: {message}")
        },
    ));
    Ok(Form { sections: shown, errors })
}

/// How the form of a resource is drawn.
pub(crate) fn source(resource: &ResourceDescription) -> FormSource<'_> {
    FormSource {
        component: &resource.component,
        schema: &resource.schema,
        readonly: !resource.can_write,
    }
}

/// What the records are called that a shown value names, and where they are.
async fn named(
    ctx: &Ctx,
    source: FormSource<'_>,
    value: &Value,
) -> Result<BTreeMap<String, (String, String)>> {
    let resources = ctx.get::<dyn Resources>()?;
    let mut named = BTreeMap::new();
    for (resource, id) in form::named_records(source.schema, value, source.readonly) {
        // A resource that is absent, or that the person may not read, leaves the bare id.
        let Ok(found) = resources.get(ctx, resource.to_owned(), vec![id.to_owned()]).await else {
            continue;
        };
        if let Some(record) = found.first() {
            let url = format!("/admin/{resource}/{id}");
            named.insert(id.to_owned(), (own_label(record, ctx.locale()), url));
        }
    }
    Ok(named)
}

/// The records that fields of the schema name, with what they are called.
async fn references(ctx: &Ctx, schema: &Value) -> Result<BTreeMap<String, Vec<(String, String)>>> {
    let mut found = BTreeMap::new();
    let resources = ctx.get::<dyn Resources>()?;
    for property in schema::properties(schema) {
        let Some(name) = schema::reference(property.schema) else { continue };
        if name == RESOURCES {
            found.insert(name.to_owned(), resource_names(ctx).await?);
            continue;
        }
        let request = ListRequest { limit: Some(MOST_CHOICES), ..ListRequest::default() };
        // A resource that is absent, or that the person may not read, leaves a plain field.
        if let Ok(page) = resources.list(ctx, name.to_owned(), request).await {
            let choice = |record: &Record| (record.id.clone(), own_label(record, ctx.locale()));
            found.insert(name.to_owned(), page.items.iter().map(choice).collect());
        }
    }
    Ok(found)
}

/// The names of all resources the person may change, with what they are called.
async fn resource_names(ctx: &Ctx) -> Result<Vec<(String, String)>> {
    let mut names = Vec::new();
    for resource in find_resource::all(ctx).await? {
        if resource.can_write {
            let (component, name) = (&resource.component, &resource.name);
            let label = find_label(ctx, component, Named::Resource, name).await?;
            names.push((resource.name, label));
        }
    }
    Ok(names)
}

/// What is wrong with the fields of a refused value: path in the form to words.
async fn told(ctx: &Ctx, error: &Error) -> Result<BTreeMap<String, String>> {
    let mut problems = BTreeMap::new();
    for field in error.fields() {
        let path = field.field.trim_start_matches('/').replace('/', ".");
        problems.insert(path, problem(ctx, &field.code, &field.message).await?);
    }
    Ok(problems)
}
