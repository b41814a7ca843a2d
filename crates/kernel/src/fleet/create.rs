//! A new store, ready to sell: from a blueprint, or as a copy of another.

use std::sync::Arc;
use std::time::Instant;

use hatchery_component::stores::{CloneScope, MadeStore, StoreRequest};
use hatchery_component::{Actor, Error, Progress, Result};
use hatchery_types::{Currency, Locale};
use serde_json::{Value, json};

use super::backup::private_folder;
use super::blueprint::{self, Blueprint};
use super::copying::{self, Copying, Key, Source, Which};
use crate::kernel::stores::Beginnings;
use crate::kernel::{Kernel, NewStore};
use crate::platform::tasks;
use crate::store::Store;

/// The blueprint of a store that names none.
const DEFAULT: &str = "empty";
/// The task that gives a one-time link to a first administrator: of the component that keeps credentials.
pub(super) const INVITE: &str = "identity.invite";

/// Makes a store.
///
/// # Errors
/// What is asked for does not fit, or cannot be done; then nothing is left of the store.
pub(super) async fn create(
    kernel: &Arc<Kernel>,
    request: StoreRequest,
    progress: &Progress,
) -> Result<MadeStore> {
    let began = Instant::now();
    let owner = request.owner.clone();
    owner.as_deref().map_or(Ok(()), check_email)?;
    let slug = request.slug.clone();
    let mut notes = Vec::new();
    let store = match (&request.blueprint, request.clone_of.clone()) {
        (Some(_), Some(_)) => {
            let message =
                "A store is made from a blueprint or as a copy of another, not from both.";
            return Err(Error::invalid("store.source", message));
        }
        (_, Some(source)) => {
            let scope = request.scope;
            progress.report(0, None, "copying");
            clone(kernel, request, &source, scope, progress).await?
        }
        (name, None) => {
            let name = name.clone().unwrap_or_else(|| DEFAULT.to_owned());
            let blueprint = blueprint::find(kernel.options(), &name)?;
            progress.report(0, None, "making its database");
            from_blueprint(kernel, request, &name, blueprint, &mut notes, progress).await?
        }
    };
    let finished = finish(kernel, &store, owner, &mut notes).await;
    match finished {
        Ok(welcome) => Ok(MadeStore {
            store: kernel.describe(&kernel.record(&slug)?)?,
            welcome,
            notes,
            milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        }),
        Err(error) => {
            drop(store);
            kernel.discard_store(&slug).await?;
            Err(error)
        }
    }
}

async fn from_blueprint(
    kernel: &Arc<Kernel>,
    request: StoreRequest,
    name: &str,
    blueprint: Blueprint,
    notes: &mut Vec<String>,
    progress: &Progress,
) -> Result<Arc<Store>> {
    let known = kernel.known();
    let components = request.components.unwrap_or_else(|| blueprint.components(&known));
    let or = |asked: Vec<Locale>, other: Vec<Locale>| if asked.is_empty() { other } else { asked };
    let locales = or(or(request.locales, blueprint.locales), vec![Locale::en()]);
    let zone = request.time_zone.or(blueprint.time_zone).unwrap_or_else(|| "Etc/UTC".into());
    let new = NewStore {
        name: request.name.unwrap_or_else(|| request.slug.clone()),
        slug: request.slug,
        locales,
        currency: request.currency.or(blueprint.currency).unwrap_or(Currency::USD),
        time_zone: zone,
        domains: request.domains,
        components: Some(components.clone()),
        preparing: true,
    };
    let record = kernel.add_record(new, Some(format!("blueprint:{name}"))).await?;
    let slug = record.slug.clone();
    let settings = blueprint.settings;
    let beginnings = Beginnings { components: Some(components), settings, ..Beginnings::default() };
    let made = async {
        let store = kernel.begin_store(record, beginnings).await?;
        for task in blueprint.tasks {
            let mut input = task.input;
            input.insert("with_samples".into(), request.samples.into());
            progress.report(0, None, &task.run);
            if run(&store, &task.run, Value::Object(input)).await?.is_none() {
                notes.push(format!("'{}' was left out: no running component has it", task.run));
            }
        }
        Ok(store)
    };
    match made.await {
        Ok(store) => Ok(store),
        Err(error) => {
            kernel.discard_store(&slug).await?;
            Err(error)
        }
    }
}

async fn clone(
    kernel: &Arc<Kernel>,
    request: StoreRequest,
    source: &str,
    scope: CloneScope,
    progress: &Progress,
) -> Result<Arc<Store>> {
    let from = kernel.store(source).await?;
    let facts = from.info();
    if request.currency.is_some_and(|currency| currency != facts.currency) {
        let message = format!("A copy of '{source}' keeps its currency, {}.", facts.currency);
        return Err(Error::invalid("store.currency", message));
    }
    let locales = match request.locales.is_empty() {
        true => facts.locales.clone(),
        false => request.locales,
    };
    let new = NewStore {
        name: request.name.unwrap_or_else(|| request.slug.clone()),
        slug: request.slug,
        locales,
        currency: facts.currency,
        time_zone: request.time_zone.unwrap_or_else(|| facts.time_zone.clone()),
        domains: request.domains,
        components: None,
        preparing: true,
    };
    let which = match scope {
        CloneScope::Setup => Which::Setup,
        CloneScope::All => Which::Beside,
    };
    let source = Source::of_store(&from);
    begin_copy(kernel, new, format!("store:{}", facts.slug), &source, which, Key::Fresh, progress)
        .await
}

/// Makes a store whose data are a copy.
pub(super) async fn begin_copy(
    kernel: &Arc<Kernel>,
    new: NewStore,
    origin: String,
    from: &Source,
    which: Which,
    key: Key,
    progress: &Progress,
) -> Result<Arc<Store>> {
    let record = kernel.add_record(new, Some(origin)).await?;
    let slug = record.slug.clone();
    let made = async {
        let folder = kernel.folder_of(&slug);
        private_folder(&folder)?;
        let target = kernel.target(&slug, &kernel.store_settings(&slug)?);
        let copying = Copying { from, to: &target, folder: &folder, which, key, progress };
        copying::copy(kernel, copying).await?;
        let beginnings = Beginnings { is_copy: true, ..Beginnings::default() };
        let store = kernel.begin_store(record, beginnings).await?;
        if which == Which::Setup {
            // What is derived from others did not come along.
            tasks::resync_all(&store).await?;
        }
        Ok(store)
    };
    match made.await {
        Ok(store) => Ok(store),
        Err(error) => {
            kernel.discard_store(&slug).await?;
            Err(error)
        }
    }
}

/// Opens the doors: what follows from what was written is done, and the first administrator is asked in.
async fn finish(
    kernel: &Arc<Kernel>,
    store: &Arc<Store>,
    owner: Option<String>,
    notes: &mut Vec<String>,
) -> Result<Option<String>> {
    store.drain().await;
    let mut welcome = None;
    if let Some(email) = owner {
        welcome = link(store, &email).await?;
        if welcome.is_none() {
            notes.push("nobody was asked in: the store has no component that keeps staff".into());
        }
    }
    let left_out = store.components().into_iter().filter(|it| !it.enabled);
    notes.extend(left_out.filter_map(|it| it.problem.map(|why| format!("{} {why}", it.id))));
    kernel.activate(&store.slug).await?;
    Ok(welcome)
}

/// Asks somebody in as an administrator; gives the one-time link.
///
/// # Errors
/// No e-mail address; a store without staff; the database.
pub(super) async fn invite(kernel: &Kernel, slug: &str, email: &str) -> Result<Value> {
    check_email(email)?;
    let store = kernel.store(slug).await?;
    let nobody = || {
        Error::conflict("store.no_staff", format!("'{slug}' runs no component that keeps staff."))
    };
    let link = link(&store, email).await?.ok_or_else(nobody)?;
    Ok(json!({ "link": link }))
}

fn check_email(email: &str) -> Result<()> {
    if email.contains('@') {
        return Ok(());
    }
    Err(Error::invalid("store.owner", format!("'{email}' is no e-mail address.")))
}

/// A one-time link for an administrator, when the store has a component that knows such links.
async fn link(store: &Arc<Store>, email: &str) -> Result<Option<String>> {
    let made = run(store, INVITE, json!({ "email": email })).await?;
    let path = made.as_ref().and_then(|made| made.get("path")?.as_str());
    Ok(path.map(|path| format!("{}{path}", store.info().base_url)))
}

/// Runs a task to its end; nothing when no running component has it.
pub(super) async fn run(store: &Arc<Store>, task: &str, input: Value) -> Result<Option<Value>> {
    let actor = Actor::System { caused_by: Some("the mother".into()) };
    let mut run = match store.start_task(task, input, actor).await {
        Ok(run) => run,
        Err(error) if error.code() == "task.unknown" => return Ok(None),
        Err(error) => return Err(error),
    };
    let ended = run.wait_for(|run| run.state != "running").await;
    let run =
        ended.map_err(|_| Error::internal(format!("'{task}' ended without a result")))?.clone();
    match run.state.as_str() {
        "done" => Ok(Some(run.result.unwrap_or_default())),
        _ => Err(Error::conflict("store.task", format!("'{task}' failed: {}", run.message))),
    }
}
