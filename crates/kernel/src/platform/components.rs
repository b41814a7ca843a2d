//! The store's component set and settings: the interface `components` and its addresses.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use axum::Json;
use axum::extract::Path;
use hatchery_component::platform::{ComponentStatus, Components, PlanReport, SettingsView};
use hatchery_component::{Access, Ctx, Declaration, Error, Instance, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::state;
use crate::change::{self, ComponentChange};
use crate::known::{Known, KnownComponent};
use crate::solver::KERNEL;
use crate::store::Store;

/// Permission to see components and settings.
pub const READ: &str = "kernel.component.read";
/// Permission to change them.
pub const WRITE: &str = "kernel.component.write";

pub(crate) fn declare(declaration: Declaration) -> Declaration {
    declaration
        .api(Access::Staff(READ), routes!(list_components))
        .api(Access::Staff(READ), routes!(plan_component))
        .api(Access::Staff(WRITE), routes!(switch_component))
        .api(Access::Staff(READ), routes!(get_settings))
        .api(Access::Staff(WRITE), routes!(save_settings))
}

pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Components>(Arc::new(StoreComponents))
}

impl Store {
    /// The status of every component the host knows, by id.
    pub fn components(&self, known: &Known) -> Vec<ComponentStatus> {
        let present = self.present.load();
        let status = |(id, known): (&str, &KnownComponent)| {
            let problem =
                present.resolution.problem(id).or_else(|| present.notices.get(id).cloned());
            describe(known, present.resolution.runs(id), problem)
        };
        known.iter().filter(|(id, _)| *id != KERNEL).map(status).collect()
    }
}

struct StoreComponents;

#[async_trait]
impl Components for StoreComponents {
    async fn list(&self, ctx: &Ctx) -> Result<Vec<ComponentStatus>> {
        ctx.require(READ)?;
        let state = state(ctx)?;
        Ok(state.store()?.components(state.kernel()?.known()))
    }

    async fn plan(&self, ctx: &Ctx, component: String, enabled: bool) -> Result<PlanReport> {
        ctx.require(READ)?;
        change::plan(&state(ctx)?.store()?, &ComponentChange::to(component, enabled)).await
    }

    async fn switch(&self, ctx: &Ctx, component: String, enabled: bool) -> Result<PlanReport> {
        ctx.require(WRITE)?;
        outside_of_units(ctx)?;
        let change = ComponentChange::to(component, enabled);
        change::apply(&state(ctx)?.store()?, &change, ctx.actor()).await
    }

    async fn settings(&self, ctx: &Ctx, component: String) -> Result<SettingsView> {
        ctx.require(READ)?;
        let state = state(ctx)?;
        view(&*state.store()?, state.kernel()?.known(), &component)
    }

    async fn save_settings(
        &self,
        ctx: &Ctx,
        component: String,
        values: Value,
    ) -> Result<SettingsView> {
        ctx.require(WRITE)?;
        outside_of_units(ctx)?;
        let Value::Object(values) = values else {
            return Err(Error::invalid("settings.invalid", "The settings must be an object."));
        };
        let state = state(ctx)?;
        let store = state.store()?;
        change::save_settings(&store, &component, &values, ctx.actor()).await?;
        view(&store, state.kernel()?.known(), &component)
    }
}

fn describe(known: &KnownComponent, enabled: bool, problem: Option<String>) -> ComponentStatus {
    let manifest = &known.manifest;
    let needs = |(interface, versions): (&String, &_)| format!("{interface} {versions}");
    ComponentStatus {
        id: manifest.id.clone(),
        version: manifest.version.to_string(),
        summary: manifest.summary.clone(),
        enabled,
        home: "linked".into(),
        provides: manifest
            .provides
            .iter()
            .map(|(interface, provision)| format!("{interface}@{}", provision.version))
            .collect(),
        requires: manifest.requires.iter().map(needs).collect(),
        optional: manifest.optional.iter().map(needs).collect(),
        problem,
    }
}

fn view(store: &Store, known: &Known, component: &str) -> Result<SettingsView> {
    let present = store.present.load();
    let (Some(known), Some(effective)) =
        (known.get(component), present.settings.components.get(component))
    else {
        let message = format!("There is no component '{component}'.");
        return Err(Error::not_found("component.unknown", message));
    };
    let mut values = match &effective.values {
        Value::Object(values) => values.clone(),
        _ => Map::new(),
    };
    for key in &known.manifest.secrets {
        if let Some(value) = values.get_mut(key) {
            let is_set = value.as_str().is_some_and(|text| !text.is_empty());
            *value = Value::Bool(is_set);
        }
    }
    let locked = effective.locked.iter().map(|(key, place)| (key.clone(), place.to_string()));
    let locked: BTreeMap<String, String> = locked.collect();
    let schema = known.declaration.settings.schema.clone();
    Ok(SettingsView { schema, values: Value::Object(values), locked })
}

/// A swap waits for the writer, which an open unit of work holds.
fn outside_of_units(ctx: &Ctx) -> Result<()> {
    match ctx.unit() {
        None => Ok(()),
        Some(_) => Err(Error::internal("components cannot be changed inside a unit of work")),
    }
}

/// What a component should be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ComponentSwitch {
    /// On or off.
    enabled: bool,
}

/// All components of the host and whether they run in this store.
#[utoipa::path(
    get, path = "/api/v1/admin/components", tag = "components",
    responses((status = 200, body = Vec<ComponentStatus>))
)]
async fn list_components(ctx: Ctx) -> Result<Json<Vec<ComponentStatus>>> {
    Ok(Json(StoreComponents.list(&ctx).await?))
}

/// What switching a component would do, or why it cannot be.
#[utoipa::path(
    post, path = "/api/v1/admin/components/{component}/plan", tag = "components",
    params(("component" = String, Path)), request_body = ComponentSwitch,
    responses((status = 200, body = PlanReport))
)]
async fn plan_component(
    ctx: Ctx,
    Path(component): Path<String>,
    Json(switch): Json<ComponentSwitch>,
) -> Result<Json<PlanReport>> {
    Ok(Json(StoreComponents.plan(&ctx, component, switch.enabled).await?))
}

/// Switches a component on or off. Its data stay.
#[utoipa::path(
    post, path = "/api/v1/admin/components/{component}/switch", tag = "components",
    params(("component" = String, Path)), request_body = ComponentSwitch,
    responses((status = 200, body = PlanReport))
)]
async fn switch_component(
    ctx: Ctx,
    Path(component): Path<String>,
    Json(switch): Json<ComponentSwitch>,
) -> Result<Json<PlanReport>> {
    Ok(Json(StoreComponents.switch(&ctx, component, switch.enabled).await?))
}

/// The effective settings of a component and where they come from.
#[utoipa::path(
    get, path = "/api/v1/admin/components/{component}/settings", tag = "components",
    params(("component" = String, Path)), responses((status = 200, body = SettingsView))
)]
async fn get_settings(ctx: Ctx, Path(component): Path<String>) -> Result<Json<SettingsView>> {
    Ok(Json(StoreComponents.settings(&ctx, component).await?))
}

/// Changes settings of a component; null puts a key back to its default.
#[utoipa::path(
    patch, path = "/api/v1/admin/components/{component}/settings", tag = "components",
    params(("component" = String, Path)), request_body = Object,
    responses((status = 200, body = SettingsView))
)]
async fn save_settings(
    ctx: Ctx,
    Path(component): Path<String>,
    Json(values): Json<Value>,
) -> Result<Json<SettingsView>> {
    Ok(Json(StoreComponents.save_settings(&ctx, component, values).await?))
}
