//! `/admin/components`: what the store consists of, how each part does, its changes and its settings.

use std::collections::BTreeSet;

use ::http::StatusCode;
use axum::Form;
use axum::extract::{Path, Query as Parameters};
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::platform::{
    ComponentChange, ComponentStatus, Components, PlanReport, SettingsView,
};
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
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
    let host = ctx.get::<dyn Components>()?.host(&ctx).await?;
    let components: Vec<Value> = all(&ctx).await?.into_iter().map(shown).collect();
    let view = View::new("admin/components.html").with("components", components).with("host", host);
    desk.page(&ctx, view).await
}

/// A change that the page speaks of: `?change=swap&to=..`. Without one it tells about the component.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    change: Option<Verb>,
    #[serde(default)]
    to: String,
}

/// What can be done to a component here.
#[derive(Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Enable,
    Disable,
    Swap,
    FinishUpgrade,
    Uninstall,
    Purge,
}

impl Verb {
    fn change(self, component: String, to: String) -> ComponentChange {
        match self {
            Self::Enable => ComponentChange::Enable(component),
            Self::Disable => ComponentChange::Disable(component),
            Self::Swap => ComponentChange::Swap { component, to },
            Self::FinishUpgrade => ComponentChange::FinishUpgrade(component),
            Self::Uninstall => ComponentChange::Uninstall(component),
            Self::Purge => ComponentChange::Purge(component),
        }
    }
}

/// GET /admin/components/{id}
pub(crate) async fn show(
    ctx: Ctx,
    desk: Desk,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<View> {
    let components = all(&ctx).await?;
    let component = find(&components, &id)?;
    let Some(verb) = wanted.change else {
        let view = View::new("admin/component.html")
            .with("alternatives", alternatives(&components, component))
            .with("may_change", ctx.actor().may(WRITE_COMPONENTS))
            .with("component", shown(component.clone()));
        return desk.page(&ctx, view).await;
    };
    let change = verb.change(id, wanted.to.clone());
    let plan = ctx.get::<dyn Components>()?.plan_change(&ctx, change).await?;
    desk.page(&ctx, plan_page(component, verb, &wanted.to, plan)).await
}

/// POST /admin/components/{id}
pub(crate) async fn change(
    ctx: Ctx,
    desk: Desk,
    Path(id): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response> {
    let components = all(&ctx).await?;
    let component = find(&components, &id)?;
    let Some(verb) = wanted.change else {
        return Err(Error::invalid("admin.change_absent", "Say what should be changed."));
    };
    let change = verb.change(id, wanted.to.clone());
    let plan = ctx.get::<dyn Components>()?.change(&ctx, change).await?;
    if plan.possible {
        return Ok(go_with_notice("/admin/components", "admin-notice-switched"));
    }
    let view = plan_page(component, verb, &wanted.to, plan).status(StatusCode::CONFLICT);
    Ok(desk.page(&ctx, view).await?.into_response())
}

fn plan_page(component: &ComponentStatus, verb: Verb, to: &str, plan: PlanReport) -> View {
    View::new("admin/component-plan.html")
        .with("component", component)
        .with("verb", verb)
        .with("to", to)
        .with("plan", plan)
}

/// A component with the addresses of its pages.
fn shown(component: ComponentStatus) -> Value {
    let path = format!("/admin/components/{}", component.id);
    let mut shown = json!(component);
    shown["url"] = json!(path);
    shown["settings_url"] = json!(component.enabled.then(|| format!("{path}/settings")));
    shown["bytes"] =
        json!(component.builds.iter().find(|it| it.name == component.build).map(|it| it.bytes));
    shown
}

/// Components that provide something that this one provides.
fn alternatives<'a>(
    components: &'a [ComponentStatus],
    component: &ComponentStatus,
) -> Vec<&'a ComponentStatus> {
    let roles = |component: &ComponentStatus| -> BTreeSet<String> {
        let names = component.provides.iter().filter_map(|it| it.split_once('@'));
        names.map(|(name, _)| name.to_owned()).collect()
    };
    let own = roles(component);
    let does_the_same = |other: &&ComponentStatus| {
        other.id != component.id && !other.enabled && !roles(other).is_disjoint(&own)
    };
    components.iter().filter(does_the_same).collect()
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
        .with("component", find(&all(ctx).await?, id)?)
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

fn find<'a>(components: &'a [ComponentStatus], id: &str) -> Result<&'a ComponentStatus> {
    components.iter().find(|component| component.id == id).ok_or_else(|| {
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
