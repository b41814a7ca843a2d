//! The store's component set and settings: the interface `components` and its addresses.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use axum::Json;
use axum::extract::Path;
use hatchery_component::platform::{
    BuildStatus, ComponentChange, ComponentHost, ComponentStatus, Components, PlanReport,
    SettingsView, Vitals,
};
use hatchery_component::{Access, Actor, Ctx, Declaration, Error, Instance, Kind, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::state;
use crate::change;
use crate::kernel::Kernel;
use crate::known::KnownComponent;
use crate::shelf::{Build, Home, Shelf};
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
        .api(Access::Staff(READ), routes!(get_host))
        .api(Access::Staff(READ), routes!(plan_change))
        .api(Access::Staff(WRITE), routes!(make_change))
        .api(Access::Staff(READ), routes!(get_settings))
        .api(Access::Staff(WRITE), routes!(save_settings))
}

pub(crate) fn provide(instance: Instance, _: &Weak<Store>) -> Instance {
    instance.provide::<dyn Components>(Arc::new(StoreComponents))
}

impl Store {
    /// The status of every component the store knows, by id.
    pub fn components(&self) -> Vec<ComponentStatus> {
        let present = self.present.load();
        let shelf = self.kernel.upgrade().map(|kernel| kernel.shelf()).unwrap_or_default();
        let status = |(id, known): (&str, &Arc<KnownComponent>)| {
            let problem =
                present.resolution.problem(id).or_else(|| present.notices.get(id).cloned());
            let status = describe(known, &shelf, present.resolution.runs(id), problem);
            ComponentStatus { vitals: self.health.vitals(id), ..status }
        };
        present.known.iter().filter(|(id, _)| *id != KERNEL).map(status).collect()
    }

    /// The process behind the store's components.
    pub fn component_host(&self, kernel: &Kernel) -> ComponentHost {
        let (retired, retired_bytes) = kernel.retired_libraries();
        ComponentHost {
            generation: self.assembly.load().generation,
            older_assemblies: self.older_assemblies().len() as u64,
            retired_libraries: retired as u64,
            retired_bytes,
            retired_limit: kernel.host_settings().retired_libraries.into(),
            refused: kernel.shelf().refused().values().cloned().collect(),
            settings_problem: kernel.settings_problem(),
        }
    }
}

struct StoreComponents;

#[async_trait]
impl Components for StoreComponents {
    async fn list(&self, ctx: &Ctx) -> Result<Vec<ComponentStatus>> {
        ctx.require(READ)?;
        Ok(state(ctx)?.store()?.components())
    }

    async fn host(&self, ctx: &Ctx) -> Result<ComponentHost> {
        ctx.require(READ)?;
        let state = state(ctx)?;
        Ok(state.store()?.component_host(&*state.kernel()?))
    }

    async fn plan(&self, ctx: &Ctx, component: String, enabled: bool) -> Result<PlanReport> {
        self.plan_change(ctx, ComponentChange::to(component, enabled)).await
    }

    async fn switch(&self, ctx: &Ctx, component: String, enabled: bool) -> Result<PlanReport> {
        self.change(ctx, ComponentChange::to(component, enabled)).await
    }

    async fn plan_change(&self, ctx: &Ctx, change: ComponentChange) -> Result<PlanReport> {
        ctx.require(READ)?;
        refuse_files(ctx, &change)?;
        change::plan(&state(ctx)?.store()?, &change).await
    }

    async fn change(&self, ctx: &Ctx, change: ComponentChange) -> Result<PlanReport> {
        ctx.require(WRITE)?;
        outside_of_units(ctx)?;
        refuse_files(ctx, &change)?;
        change::apply(&state(ctx)?.store()?, &change, ctx.actor()).await
    }

    async fn settings(&self, ctx: &Ctx, component: String) -> Result<SettingsView> {
        ctx.require(READ)?;
        let state = state(ctx)?;
        view(&*state.store()?, &component)
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
        view(&store, &component)
    }
}

fn describe(
    known: &KnownComponent,
    shelf: &Shelf,
    enabled: bool,
    problem: Option<String>,
) -> ComponentStatus {
    let manifest = &known.manifest;
    let needs = |(interface, versions): (&String, &_)| format!("{interface} {versions}");
    ComponentStatus {
        id: manifest.id.clone(),
        version: manifest.version.to_string(),
        summary: manifest.summary.clone(),
        enabled,
        home: if known.is_loaded() { "loaded" } else { "linked" }.into(),
        provides: manifest
            .provides
            .iter()
            .map(|(interface, provision)| format!("{interface}@{}", provision.version))
            .collect(),
        requires: manifest.requires.iter().map(needs).collect(),
        optional: manifest.optional.iter().map(needs).collect(),
        problem,
        build: known.build_name().to_owned(),
        builds: shelf.builds(&manifest.id).iter().map(build_status).collect(),
        vitals: Vitals::default(),
    }
}

fn build_status(build: &Build) -> BuildStatus {
    BuildStatus {
        name: build.name().to_owned(),
        version: build.manifest.version.to_string(),
        file: match &build.home {
            Home::Linked(_) => None,
            Home::Loaded { path, .. } => Some(path.display().to_string()),
        },
        bytes: build.bytes(),
    }
}

fn view(store: &Store, component: &str) -> Result<SettingsView> {
    let present = store.present.load();
    let (Some(known), Some(effective)) =
        (present.known.get(component), present.settings.components.get(component))
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

/// A component file is code of the host, so a path is for those who run it.
pub(crate) fn refuse_files(ctx: &Ctx, change: &ComponentChange) -> Result<()> {
    match (ctx.actor(), change::file_of(change)) {
        (Actor::System { .. }, _) | (_, None) => Ok(()),
        (_, Some(_)) => {
            let message = "A component file is installed on the machine of the host: `hatchery component \
                           install FILE`.";
            Err(Error::new(Kind::Denied, "component.file", message))
        }
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

/// The process behind the components: generations, memory that retired files keep, files that do not fit.
#[utoipa::path(
    get, path = "/api/v1/admin/component-host", tag = "components",
    responses((status = 200, body = ComponentHost))
)]
async fn get_host(ctx: Ctx) -> Result<Json<ComponentHost>> {
    Ok(Json(StoreComponents.host(&ctx).await?))
}

/// What a change of the component set would do, or why it cannot be.
#[utoipa::path(
    post, path = "/api/v1/admin/component-changes/plan", tag = "components",
    request_body = ComponentChange, responses((status = 200, body = PlanReport))
)]
async fn plan_change(ctx: Ctx, Json(change): Json<ComponentChange>) -> Result<Json<PlanReport>> {
    Ok(Json(StoreComponents.plan_change(&ctx, change).await?))
}

/// Makes a change of the component set: switch, swap, uninstall, purge, finish an upgrade.
#[utoipa::path(
    post, path = "/api/v1/admin/component-changes", tag = "components",
    request_body = ComponentChange, responses((status = 200, body = PlanReport))
)]
async fn make_change(ctx: Ctx, Json(change): Json<ComponentChange>) -> Result<Json<PlanReport>> {
    Ok(Json(StoreComponents.change(&ctx, change).await?))
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
