//! `/mother`, `/mother/stores/..`: the stores, one store, a new one, and what is done with them.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{Path, Query as Parameters};
use axum::response::{IntoResponse, Response};
use hatchery_sdk::component::platform::{TaskRun, Tasks};
use hatchery_sdk::component::stores::{
    CloneScope, FleetStore, MadeStore, StoreAct, StoreRequest, StoreState, Stores,
};
use hatchery_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::http::{Told, act as perform, go, go_on, is_refusal, listed, refused, written};
use crate::ops::{report as reporting, show_stores};

const CHANGED: &str = "fleet-notice-changed";

/// Which of the stores are to be shown.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Wanted {
    q: String,
    page: usize,
}

/// GET /mother, with `q` for those with a text in their names
pub(crate) async fn list(
    ctx: Ctx,
    Parameters(told): Parameters<Told>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<View> {
    let list = show_stores::all(&ctx, &wanted.q, wanted.page).await?;
    Ok(told.on(View::new("fleet/stores.html").with("list", list).with("q", wanted.q)))
}

/// GET /mother/report
pub(crate) async fn report(ctx: Ctx) -> Result<View> {
    let report = reporting::report(&ctx).await?;
    Ok(View::new("fleet/report.html").with("report", report))
}

/// What the form of a new store is filled with.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct NewForm {
    name: String,
    slug: String,
    /// `blueprint:grocery` or `store:acme`
    source: String,
    scope: String,
    samples: Option<String>,
    locales: String,
    currency: String,
    time_zone: String,
    domain: String,
    owner: String,
}

/// GET /mother/stores/new, with `source=store:acme` to begin from a store
pub(crate) async fn new(ctx: Ctx, Parameters(form): Parameters<NewForm>) -> Result<View> {
    form_page(&ctx, form).await
}

/// POST /mother/stores/new
pub(crate) async fn create(ctx: Ctx, Form(form): Form<NewForm>) -> Result<Response> {
    let done = match request(&form) {
        Ok(request) => perform(&ctx, StoreAct::Create(request)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(run) if run.state == "running" => Ok(go(&format!("/mother/runs/{}", run.id))),
        Ok(run) => {
            let made: MadeStore = serde_json::from_value(run.result.unwrap_or_default())?;
            Ok(View::new("fleet/made.html").with("made", made).into_response())
        }
        Err(error) if is_refusal(&error) => {
            refused(&ctx, form_page(&ctx, form).await?, &error).await
        }
        Err(error) => Err(error),
    }
}

async fn form_page(ctx: &Ctx, form: NewForm) -> Result<View> {
    let stores = ctx.get::<dyn Stores>()?;
    let sources: Vec<FleetStore> =
        stores.list(ctx).await?.into_iter().filter(|it| it.state == StoreState::Active).collect();
    let blueprints: Vec<_> = stores
        .blueprints(ctx)
        .await?
        .into_iter()
        .map(|it| {
            let text = |texts: &BTreeMap<Locale, String>| {
                texts.get(ctx.locale()).or_else(|| texts.values().next()).cloned()
            };
            json!({ "name": it.name, "title": text(&it.title), "summary": text(&it.summary) })
        })
        .collect();
    Ok(View::new("fleet/new.html")
        .with("form", form)
        .with("blueprints", blueprints)
        .with("sources", sources))
}

fn request(form: &NewForm) -> Result<StoreRequest> {
    let currency = written(&form.currency).map(|code| {
        let unknown = || Error::invalid("fleet.currency", format!("'{code}' is no currency."));
        code.parse().map_err(|_| unknown())
    });
    let (kind, source) = form.source.split_once(':').unwrap_or(("blueprint", "empty"));
    let source = Some(source.to_owned());
    let (blueprint, clone_of) = if kind == "store" { (None, source) } else { (source, None) };
    Ok(StoreRequest {
        slug: form.slug.trim().to_owned(),
        name: written(&form.name),
        currency: currency.transpose()?,
        blueprint,
        clone_of,
        scope: if form.scope == "all" { CloneScope::All } else { CloneScope::Setup },
        samples: form.samples.is_some(),
        locales: languages(&form.locales)?,
        time_zone: written(&form.time_zone),
        domains: listed(&form.domain),
        components: None,
        owner: written(&form.owner),
    })
}

fn languages(text: &str) -> Result<Vec<Locale>> {
    let all = listed(text).into_iter().map(|code| {
        let unknown = || Error::invalid("fleet.language", format!("'{code}' is no language."));
        code.parse().map_err(|_| unknown())
    });
    all.collect()
}

/// GET /mother/stores/{slug}
pub(crate) async fn show(
    ctx: Ctx,
    Path(slug): Path<String>,
    Parameters(told): Parameters<Told>,
) -> Result<View> {
    Ok(told.on(store_page(&ctx, &slug).await?))
}

async fn store_page(ctx: &Ctx, slug: &str) -> Result<View> {
    let shown = show_stores::one(ctx, slug).await?;
    Ok(View::new("fleet/store.html").with("shown", shown))
}

/// What is to be done with a store.
#[derive(Deserialize)]
pub(crate) struct ActForm {
    act: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    domains: String,
    #[serde(default)]
    locales: String,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    message_zh: String,
    #[serde(default)]
    confirm: String,
    #[serde(default)]
    email: String,
}

/// POST /mother/stores/{slug}
pub(crate) async fn act(
    ctx: Ctx,
    Path(slug): Path<String>,
    Form(form): Form<ActForm>,
) -> Result<Response> {
    let verb = form.act.clone();
    let done = match wanted(&slug, form) {
        Ok((act, path, notice)) => perform(&ctx, act).await.map(|run| (run, path, notice)),
        Err(error) => Err(error),
    };
    match done {
        Ok((run, ..)) if verb == "invite" => invited(&ctx, &slug, run).await,
        // Its page says where the files are.
        Ok((run, ..)) if verb == "export" => Ok(go(&format!("/mother/runs/{}", run.id))),
        Ok((run, path, notice)) => Ok(go_on(&run, &path, notice)),
        Err(error) if is_refusal(&error) => {
            refused(&ctx, store_page(&ctx, &slug).await?, &error).await
        }
        Err(error) => Err(error),
    }
}

/// What a form asks for, where to go then, and what to say there.
fn wanted(slug: &str, form: ActForm) -> Result<(StoreAct, String, &'static str)> {
    let (to_store, slug) = (format!("/mother/stores/{slug}"), slug.to_owned());
    Ok(match form.act.as_str() {
        "suspend" => {
            let message =
                BTreeMap::from([(Locale::en(), form.message), (Locale::zh_cn(), form.message_zh)]);
            let act = StoreAct::Suspend { slug, reason: form.reason, message };
            (act, to_store, "fleet-notice-suspended")
        }
        "resume" => (StoreAct::Resume { slug }, to_store, "fleet-notice-resumed"),
        "rename" => (StoreAct::Rename { slug, name: form.name }, to_store, CHANGED),
        "domains" => {
            let domains = listed(&form.domains);
            (StoreAct::SetDomains { slug, domains }, to_store, CHANGED)
        }
        "region" => {
            let (locales, time_zone) = (languages(&form.locales)?, written(&form.time_zone));
            (StoreAct::SetRegion { slug, locales, time_zone }, to_store, CHANGED)
        }
        "backup" => (StoreAct::Backup { slug }, to_store, "fleet-notice-backed-up"),
        "export" => (StoreAct::Export { slug, to: None }, to_store, ""),
        "delete" => {
            let act = StoreAct::Delete { slug, confirm: form.confirm };
            (act, "/mother".to_owned(), "fleet-notice-deleted")
        }
        "invite" => {
            let email = form.email.trim().to_owned();
            (StoreAct::Invite { slug, email }, to_store, "")
        }
        "recover" => (StoreAct::Recover { slug }, to_store, "fleet-notice-recovered"),
        other => {
            let message = format!("'{other}' is nothing that can be done with a store.");
            return Err(Error::invalid("fleet.act_unknown", message));
        }
    })
}

/// The page of a store with the one-time link on it: it is told once.
async fn invited(ctx: &Ctx, slug: &str, run: TaskRun) -> Result<Response> {
    let link = run.result.and_then(|made| made.get("link").cloned());
    let notice = json!({ "key": "fleet-notice-invited", "link": link, "tone": "ok" });
    Ok(store_page(ctx, slug).await?.with("notice", notice).into_response())
}

/// GET /mother/runs/{id}
pub(crate) async fn run(ctx: Ctx, Path(id): Path<Uuid>) -> Result<View> {
    let runs = ctx.get::<dyn Tasks>()?.runs(&ctx, vec![id]).await?;
    let unknown = || Error::not_found("fleet.run_unknown", "There is no such work.");
    let run = runs.into_iter().next().ok_or_else(unknown)?;
    Ok(View::new("fleet/run.html").with("run", run))
}
