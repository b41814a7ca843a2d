//! `/admin/components`: what the store consists of, and the settings of each part.

use ::http::StatusCode;
use axum::Form;
use axum::extract::{Path, Query as Parameters};
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::platform::{ComponentStatus, Components, SettingsView};
use hatchery_sdk::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::form_reader::Pairs;
use crate::domain::labels::Named;
use crate::domain::schema;
use crate::http::{Desk, go_with_notice};
use crate::ops::find_labels::find_labels;
use crate::ops::form::{Form as DrawnForm, FormSource, Sent, draw, read, refused};
use crate::ops::read_navigation::WRITE_COMPONENTS;

/// GET /admin/components
pub(crate) async fn list(ctx: Ctx, desk: Desk) -> Result<View> {
    let may_change = ctx.actor().may(WRITE_COMPONENTS);
    let shown = |component: ComponentStatus| {
        let path = format!("/admin/components/{}", component.id);
        let settings = component.enabled.then(|| format!("{path}/settings"));
        let plan = may_change.then(|| format!("{path}?enabled={}", !component.enabled));
        let mut shown = json!(component);
        shown["settings_url"] = json!(settings);
        shown["plan_url"] = json!(plan);
        shown
    };
    let components = all(&ctx).await?;
    let view = View::new("admin/components.html")
        .with("components", components.into_iter().map(shown).collect::<Vec<Value>>());
    desk.page(&ctx, view).await
}

/// What is asked for a component.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    enabled: bool,
}

/// GET /admin/components/{id}?enabled=
pub(crate) async fn plan(
    ctx: Ctx,
    desk: Desk,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<View> {
    let component = find(&ctx, &id).await?;
    let plan = ctx.get::<dyn Components>()?.plan(&ctx, id, wanted.enabled).await?;
    let view = View::new("admin/component-plan.html")
        .with("component", component)
        .with("enabled", wanted.enabled)
        .with("plan", plan);
    desk.page(&ctx, view).await
}

/// POST /admin/components/{id}
pub(crate) async fn switch(
    ctx: Ctx,
    desk: Desk,
    Path(id): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response> {
    let component = find(&ctx, &id).await?;
    let plan = ctx.get::<dyn Components>()?.switch(&ctx, id, wanted.enabled).await?;
    if plan.possible {
        return Ok(go_with_notice("/admin/components", "admin-notice-switched"));
    }
    let view = View::new("admin/component-plan.html")
        .with("component", component)
        .with("enabled", wanted.enabled)
        .with("plan", plan)
        .status(StatusCode::CONFLICT);
    Ok(desk.page(&ctx, view).await?.into_response())
}

/// GET /admin/components/{id}/settings
pub(crate) async fn settings(ctx: Ctx, desk: Desk, Path(id): Path<String>) -> Result<View> {
    let settings = ctx.get::<dyn Components>()?.settings(&ctx, id.clone()).await?;
    let form = drawn(&ctx, &id, &settings).await?;
    settings_page(&ctx, &desk, &id, form).await
}

/// POST /admin/components/{id}/settings
pub(crate) async fn save_settings(
    ctx: Ctx,
    desk: Desk,
    Path(id): Path<String>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let components = ctx.get::<dyn Components>()?;
    let settings = components.settings(&ctx, id.clone()).await?;
    let source = source(&ctx, &id, &settings.schema);
    let form = match read(&ctx, source, &pairs, &settings.values).await? {
        Sent::Again(form) => form,
        Sent::Done(values) => {
            let changed = changed(&settings, &values);
            match components.save_settings(&ctx, id.clone(), changed).await {
                Ok(_) => {
                    let path = format!("/admin/components/{id}/settings");
                    return Ok(go_with_notice(&path, "admin-notice-saved"));
                }
                Err(error) => refused(&ctx, source, &values, error).await?,
            }
        }
    };
    let view = settings_page(&ctx, &desk, &id, form).await?;
    Ok(view.status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

async fn settings_page(ctx: &Ctx, desk: &Desk, id: &str, form: DrawnForm) -> Result<View> {
    let view = View::new("admin/settings.html")
        .with("component", find(ctx, id).await?)
        .with("readonly", !ctx.actor().may(WRITE_COMPONENTS))
        .with("errors", form.errors)
        .with("sections", form.sections);
    desk.page(ctx, view).await
}

async fn drawn(ctx: &Ctx, id: &str, settings: &SettingsView) -> Result<DrawnForm> {
    let source = source(ctx, id, &settings.schema);
    let locked = settings.locked.clone();
    let sections = draw(ctx, source, &settings.values, Default::default(), locked).await?;
    Ok(DrawnForm { sections, errors: Vec::new() })
}

fn source<'a>(ctx: &Ctx, id: &'a str, schema: &'a Value) -> FormSource<'a> {
    FormSource { component: id, schema, readonly: !ctx.actor().may(WRITE_COMPONENTS) }
}

/// The components with what they do in the language of the page.
async fn all(ctx: &Ctx) -> Result<Vec<ComponentStatus>> {
    let mut components = ctx.get::<dyn Components>()?.list(ctx).await?;
    for component in &mut components {
        let id = &component.id;
        let labels = find_labels(ctx, id, vec![(Named::About, id.clone())]).await?;
        if let Some(words) = labels.find(Named::About, id) {
            component.summary = words.to_owned();
        }
    }
    Ok(components)
}

async fn find(ctx: &Ctx, id: &str) -> Result<ComponentStatus> {
    let components = all(ctx).await?;
    components.into_iter().find(|component| component.id == id).ok_or_else(|| {
        Error::not_found("admin.component_unknown", format!("There is no component '{id}'."))
    })
}

/// The values that differ from those in effect and that nothing else fixes.
fn changed(settings: &SettingsView, values: &Value) -> Value {
    let mut changed = Map::new();
    for property in schema::properties(&settings.schema) {
        let value = &values[property.key];
        if !settings.locked.contains_key(property.key) && *value != settings.values[property.key] {
            changed.insert(property.key.to_owned(), value.clone());
        }
    }
    Value::Object(changed)
}
