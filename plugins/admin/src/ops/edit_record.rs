//! Shows a record as a form and saves what was typed.

use std::collections::BTreeMap;

use hatchery_sdk::component::platform::{ListRequest, ResourceDescription, Resources};
use hatchery_sdk::component::resource::Record;
use hatchery_sdk::prelude::*;
use serde_json::Value;

use crate::domain::form::{self, FormContext, Section};
use crate::domain::form_reader::{self, Pairs, Read, ReaderContext};
use crate::domain::labels;
use crate::domain::schema;
use crate::ops::find_labels::{find_labels, text};
use crate::ops::find_resource::own_label;

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
    let names = labels::names(source.schema);
    let store = ctx.store();
    let context = FormContext {
        locales: store.locales.clone(),
        locale: ctx.locale().clone(),
        currency: store.currency,
        zone: store.time_zone.parse().unwrap_or(chrono_tz::UTC),
        labels: find_labels(ctx, source.component, names).await?,
        problems,
        locked,
        references: references(ctx, source.schema).await?,
        readonly: source.readonly,
        custom_title: text(ctx, "admin-section-custom").await?,
        choose: text(ctx, "admin-choose").await?,
    };
    Ok(form::sections(&context, source.schema, value))
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
    if form_reader::changes_rows(pairs) {
        let sections = draw(ctx, source, &value, BTreeMap::new(), BTreeMap::new()).await?;
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
    let path = |pointer: &str| pointer.trim_start_matches('/').replace('/', ".");
    let problems: BTreeMap<String, String> =
        error.fields().iter().map(|field| (path(&field.field), field.message.clone())).collect();
    let summary = match error.kind() {
        Kind::Stale => text(ctx, "admin-error-stale").await?,
        _ => error.message().to_owned(),
    };
    let mut errors = vec![summary];
    let shown = draw(ctx, source, value, problems, BTreeMap::new()).await?;
    errors.extend(
        error.fields().iter().map(|field| format!("{}: {}", path(&field.field), field.message)),
    );
    Ok(Form { sections: shown, errors })
}

/// Saves what was typed into the form of a record, or of a new one.
pub(crate) async fn edit_record(
    ctx: &Ctx,
    resource: &ResourceDescription,
    record: Option<&Record>,
    pairs: &Pairs,
) -> Result<Sent<Record>> {
    let source = source(resource);
    let before = record.map(|record| &record.data).unwrap_or(&Value::Null);
    let value = match read(ctx, source, pairs, before).await? {
        Sent::Done(value) => value,
        Sent::Again(form) => return Ok(Sent::Again(form)),
    };
    let version = form_reader::last(pairs, "_version").and_then(|version| version.parse().ok());
    let id = record.map(|record| record.id.clone());
    let data = own_properties(&resource.schema, &value);
    let resources = ctx.get::<dyn Resources>()?;
    match resources.save(ctx, resource.name.clone(), id, data, version).await {
        Ok(record) => Ok(Sent::Done(record)),
        Err(error) => Ok(Sent::Again(refused(ctx, source, &value, error).await?)),
    }
}

/// How the form of a resource is drawn.
pub(crate) fn source(resource: &ResourceDescription) -> FormSource<'_> {
    FormSource {
        component: &resource.component,
        schema: &resource.schema,
        readonly: !resource.can_write,
    }
}

/// The value without what the schema does not know: facts that only the record's view has.
fn own_properties(schema: &Value, value: &Value) -> Value {
    let mut value = value.clone();
    if let (Some(object), Some(known)) = (value.as_object_mut(), schema["properties"].as_object()) {
        object.retain(|key, _| known.contains_key(key));
    }
    value
}

/// The records that fields of the schema name, with what they are called.
async fn references(ctx: &Ctx, schema: &Value) -> Result<BTreeMap<String, Vec<(String, String)>>> {
    let mut found = BTreeMap::new();
    let resources = ctx.get::<dyn Resources>()?;
    for property in schema::properties(schema) {
        let Some(name) = schema::reference(property.schema) else { continue };
        let request = ListRequest { limit: Some(MOST_CHOICES), ..ListRequest::default() };
        // A resource that is absent, or that the person may not read, leaves a plain field.
        if let Ok(page) = resources.list(ctx, name.to_owned(), request).await {
            let choice = |record: &Record| (record.id.clone(), own_label(record, ctx.locale()));
            found.insert(name.to_owned(), page.items.iter().map(choice).collect());
        }
    }
    Ok(found)
}
