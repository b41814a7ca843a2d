//! `/mother/stores/{slug}/components`: what a store runs, and its changes with their plan.

use ::http::StatusCode;
use axum::Form;
use axum::extract::{Path, Query as Parameters};
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::platform::{ComponentChange, PlanReport};
use hatchery_sdk::component::stores::Stores;
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};

use crate::http::{Told, go, known_words};

/// GET /mother/stores/{slug}/components
pub(crate) async fn list(
    ctx: Ctx,
    Path(slug): Path<String>,
    Parameters(told): Parameters<Told>,
) -> Result<View> {
    let mut components = ctx.get::<dyn Stores>()?.components(&ctx, slug.clone()).await?;
    for component in &mut components {
        // The back office has them in other languages than the components' own.
        if let Some(words) = known_words(&ctx, &format!("admin-about-{}", component.id)).await? {
            component.summary = words;
        }
    }
    let view = View::new("fleet/components.html").with("slug", slug);
    Ok(told.on(view.with("components", components)))
}

/// What can be done to a component from here.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verb {
    Enable,
    Disable,
    Swap,
}

/// The change that is spoken of.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    change: Verb,
    #[serde(default)]
    to: String,
}

impl Wanted {
    fn change(&self, component: String) -> ComponentChange {
        match self.change {
            Verb::Enable => ComponentChange::Enable(component),
            Verb::Disable => ComponentChange::Disable(component),
            Verb::Swap => ComponentChange::Swap { component, to: self.to.clone() },
        }
    }
}

/// GET /mother/stores/{slug}/components/{id}?change=..
pub(crate) async fn plan(
    ctx: Ctx,
    Path((slug, id)): Path<(String, String)>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<View> {
    let change = wanted.change(id.clone());
    let plan = ctx.get::<dyn Stores>()?.plan_change(&ctx, slug.clone(), change).await?;
    Ok(page(&slug, &id, &wanted, plan))
}

/// POST /mother/stores/{slug}/components/{id}
pub(crate) async fn change(
    ctx: Ctx,
    Path((slug, id)): Path<(String, String)>,
    Form(wanted): Form<Wanted>,
) -> Result<Response> {
    let change = wanted.change(id.clone());
    let done = ctx.get::<dyn Stores>()?.change(&ctx, slug.clone(), change).await?;
    if done.possible {
        return Ok(go(&format!("/mother/stores/{slug}/components?notice=fleet-notice-changed")));
    }
    Ok(page(&slug, &id, &wanted, done).status(StatusCode::CONFLICT).into_response())
}

fn page(slug: &str, id: &str, wanted: &Wanted, plan: PlanReport) -> View {
    View::new("fleet/component-plan.html")
        .with("slug", slug)
        .with("component", id)
        .with("change", wanted.change)
        .with("to", &wanted.to)
        .with("plan", plan)
}
