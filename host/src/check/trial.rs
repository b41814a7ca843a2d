//! A component tried in stores that are made for it: one with what it requires and nothing else, one with
//! everything this host has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use hatchery_component::declaration::Access;
use hatchery_component::platform::{ComponentChange, ListRequest, Resources, Texts};
use hatchery_component::{Actor, Ctx, Error, Result};
use hatchery_interfaces::catalog::{Catalog, ProductDraft};
use hatchery_kernel::kernel::{KernelOptions, NewStore};
use hatchery_kernel::migrate::Ledger;
use hatchery_kernel::{Kernel, Store, http as kernel_http};
use hatchery_types::{Currency, Locale};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

use super::contracts::{is_panic, keeps, refuses};
use super::{Part, Report};

/// Slug of the sample product.
const SAMPLE: &str = "sample";
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the stores' data are.
pub(super) struct Database {
    name: &'static str,
    url: Option<String>,
    data: PathBuf,
}

/// SQLite, and PostgreSQL when an address is given.
pub(super) fn databases(postgres: Option<&str>, folder: &TempDir) -> Vec<Database> {
    let database = |name: &'static str, url: Option<&str>| Database {
        name,
        url: url.map(str::to_owned),
        data: folder.path().join(name),
    };
    let given = postgres.map(|url| database("PostgreSQL", Some(url)));
    std::iter::once(database("SQLite", None)).chain(given).collect()
}

/// Tries a component on a database.
pub(super) async fn check(
    part: &Part,
    others: &BTreeMap<String, Part>,
    database: &Database,
    report: &mut Report,
) {
    let needed = match needed(part, others) {
        Ok(needed) => needed,
        Err(why) => return report.failed("what it requires is there", &why),
    };
    let stores = [("needed", needed), ("everything", everything(part, others))];
    for (slug, with) in stores {
        let trial = Trial { part, others, database, slug, with };
        if let Err(error) = trial.run(report).await {
            report.failed(&trial.label("it runs"), &error.chain());
        }
    }
}

/// What a component requires, by way of others too.
fn needed(part: &Part, others: &BTreeMap<String, Part>) -> Result<BTreeSet<String>, String> {
    let mut needed = BTreeSet::new();
    let mut open = vec![&part.0];
    while let Some(manifest) = open.pop() {
        for (interface, versions) in &manifest.requires {
            let provides = |(other, _): &&Part| other.provides.contains_key(interface);
            let mut providers: Vec<&Part> = others.values().filter(provides).collect();
            providers.sort_by_key(|(other, _)| (!other.on_by_default, other.id.clone()));
            let known = part.0.provides.contains_key(interface);
            match providers.first() {
                Some((provider, _)) if needed.insert(provider.id.clone()) => open.push(provider),
                Some(_) => {}
                None if known => {}
                None => {
                    let who = &manifest.id;
                    return Err(format!(
                        "'{who}' requires '{interface}' {versions}, which no component of this host \
                         provides"
                    ));
                }
            }
        }
    }
    Ok(needed)
}

/// All that a store has by default, besides another implementation of what the component provides.
fn everything(part: &Part, others: &BTreeMap<String, Part>) -> BTreeSet<String> {
    let exclusive: Vec<&String> =
        part.0.provides.iter().filter(|(_, it)| !it.collective).map(|(id, _)| id).collect();
    let replaced = |other: &Part| exclusive.iter().any(|id| other.0.provides.contains_key(*id));
    let others = others.values().filter(|other| other.0.on_by_default && !replaced(other));
    others.map(|(manifest, _)| manifest.id.clone()).collect()
}

/// One store with the component.
struct Trial<'a> {
    part: &'a Part,
    others: &'a BTreeMap<String, Part>,
    database: &'a Database,
    slug: &'static str,
    with: BTreeSet<String>,
}

impl Trial<'_> {
    fn id(&self) -> &str {
        &self.part.0.id
    }

    fn label(&self, what: &str) -> String {
        let with = match self.slug {
            "needed" => "with what it requires",
            _ => "with everything",
        };
        format!("{what} ({}, {with})", self.database.name)
    }

    async fn run(&self, report: &mut Report) -> Result<()> {
        let kernel = Kernel::open(self.options()).await?;
        let tried = self.tried(&kernel, report).await;
        kernel.shutdown().await;
        // It holds the data folder.
        drop(kernel);
        if tried? {
            // The same data a second time, as after a restart of the host.
            let kernel = Kernel::open(self.options()).await?;
            let again = self.again(&kernel, report).await;
            kernel.shutdown().await;
            again?;
        }
        Ok(())
    }

    fn options(&self) -> KernelOptions {
        let mut components = vec![self.part.clone()];
        components.extend(self.others.values().cloned());
        // What is provoked here is no reason to take the component out.
        let mut environment: Vec<(String, String)> =
            vec![("HATCHERY__KERNEL__WATCH__MOST_DEFECTS".into(), "0".into())];
        if let Some(url) = &self.database.url {
            environment.push(("HATCHERY__DATABASE__URL".into(), url.clone()));
            environment.push(("HATCHERY__DATABASE__SCHEMA".into(), self.schema()));
        }
        KernelOptions {
            environment,
            process: "hatchery component check".into(),
            ..KernelOptions::new(self.database.data.join(self.slug), components)
        }
    }

    /// A schema that is nobody else's: processes are told apart by their number.
    fn schema(&self) -> String {
        format!("hatchery_check_{}_{}", std::process::id(), self.slug)
    }

    /// Whether it came so far that a second start can be tried.
    async fn tried(&self, kernel: &Arc<Kernel>, report: &mut Report) -> Result<bool> {
        let mut components: Vec<String> = self.with.iter().cloned().collect();
        components.push(self.id().to_owned());
        let new = NewStore {
            slug: self.slug.into(),
            name: "Check".into(),
            locales: vec![Locale::en(), Locale::zh_cn()],
            currency: Currency::EUR,
            time_zone: "Europe/Berlin".into(),
            domains: Vec::new(),
            components: Some(components),
            preparing: false,
        };
        let store = kernel.create_store(new).await?;
        if let Some(problem) = self.problem(&store) {
            report.failed(&self.label("it starts"), &problem);
            return Ok(false);
        }
        report.passed(&self.label("its schema is made and it starts"));
        self.check_provided(&store, report).await;
        let sample = self.sell_a_sample(&store).await?;
        let staff = self.sign_in(kernel, &store).await?;
        self.check_routes(kernel, &store, staff.as_deref(), report).await;
        self.check_resources(&store, report).await?;
        self.check_slots(&store, sample.as_deref(), report).await;
        self.check_garbage(&store, report).await;
        if self.slug == "needed" {
            self.check_switch(kernel, &store, report).await?;
        }
        Ok(true)
    }

    async fn again(&self, kernel: &Arc<Kernel>, report: &mut Report) -> Result<()> {
        let store = kernel.store(self.slug).await?;
        let problem = self.problem(&store);
        report.check(&self.label("it starts again on its data"), problem.into_iter().collect());
        let steps = &self.declaration(&store).migrations;
        let ledger = Ledger::read(&store.db.read()).await.map_err(Error::from)?;
        let pending = ledger.pending(self.id(), steps).map_err(Error::from)?;
        let pending: Vec<String> =
            pending.iter().map(|step| format!("{} would run a second time", step.id)).collect();
        report.check(&self.label("its schema needs nothing more"), pending);
        if self.database.url.is_some() {
            let unit = store.db.begin(Uuid::now_v7()).await?;
            let drop = format!("DROP SCHEMA IF EXISTS \"{}\" CASCADE", self.schema());
            unit.execute_unprepared(&drop).await?;
            unit.commit().await?;
        }
        Ok(())
    }

    fn problem(&self, store: &Store) -> Option<String> {
        let status = store.components().into_iter().find(|it| it.id == self.id())?;
        if status.enabled {
            return None;
        }
        Some(status.problem.unwrap_or_else(|| "it does not run".into()))
    }

    fn declaration(&self, store: &Store) -> Arc<hatchery_component::Declaration> {
        let assembly = store.assembly.load();
        let active = assembly.component(self.id());
        active.map(|active| active.declaration.clone()).unwrap_or_default()
    }

    fn ctx(&self, store: &Arc<Store>) -> Ctx {
        store.system_ctx(self.id().into(), Some("hatchery component check".into()))
    }

    async fn check_provided(&self, store: &Arc<Store>, report: &mut Report) {
        let assembly = store.assembly.load_full();
        let Some(active) = assembly.component(self.id()) else { return };
        let provided: BTreeSet<&str> =
            active.instance.provided().iter().map(|(interface, _)| *interface).collect();
        let claimed: BTreeSet<&str> = self.part.0.provides.keys().map(String::as_str).collect();
        let missing = claimed.difference(&provided);
        let missing = missing.map(|it| format!("its manifest says '{it}', and it is not there"));
        let more = provided.difference(&claimed);
        let more = more.map(|it| format!("it provides '{it}', which its manifest does not say"));
        report.check(
            &self.label("it provides what its manifest says"),
            missing.chain(more).collect(),
        );
        let ctx = self.ctx(store);
        for (interface, handle) in active.instance.provided() {
            let refused = refuses(&ctx, handle).await;
            let what = format!("'{interface}' refuses calls that nobody should make");
            report.check(&self.label(&what), refused);
            if let Some(problems) = keeps(&ctx, interface, handle).await {
                let what = format!("'{interface}' does what everybody relies on");
                report.check(&self.label(&what), problems);
            }
        }
    }

    /// A product, where there is a catalog, so that pages and slots have a subject.
    async fn sell_a_sample(&self, store: &Arc<Store>) -> Result<Option<String>> {
        let ctx = self.ctx(store);
        let Some(catalog) = ctx.find::<dyn Catalog>() else { return Ok(None) };
        let draft: ProductDraft = serde_json::from_value(json!({
            "slug": SAMPLE,
            "name": { "en": "Sample", "zh-CN": "样品" },
            "variants": [{ "sku": "SAMPLE" }],
        }))?;
        let saved = catalog.save_products(&ctx, vec![draft]).await?;
        store.drain().await;
        Ok(saved.first().map(|product| product.id.to_string()))
    }

    /// The cookie of a member of staff who may do everything, where somebody keeps the staff.
    async fn sign_in(&self, kernel: &Arc<Kernel>, store: &Arc<Store>) -> Result<Option<String>> {
        const TASK: &str = "identity.create_user";
        let assembly = store.assembly.load_full();
        let has_task = |active: &Arc<hatchery_kernel::Active>| {
            active.declaration.tasks.iter().any(|task| task.name == TASK)
        };
        if !assembly.components.values().any(has_task) {
            return Ok(None);
        }
        let email = "check@hatchery.example";
        let user = json!({ "email": email, "name": "Check", "role": "owner" });
        let actor = Actor::System { caused_by: Some("hatchery component check".into()) };
        let mut run = store.start_task(TASK, user, actor).await?;
        let run = run.wait_for(|run| run.state != "running").await.map_err(Error::internal)?;
        let password = run.result.as_ref().and_then(|result| result["password"].as_str());
        let Some(password) = password.map(str::to_owned) else {
            return Err(Error::internal(format!("nobody can sign in: {}", run.message)));
        };
        drop(run);
        let body = json!({ "email": email, "password": password });
        let asked = Asked { path: "/api/v1/admin/session", body: Some(body), cookie: None };
        let answer = self.ask(kernel, Method::POST, asked).await?;
        match answer.cookie {
            Some(cookie) => Ok(Some(cookie)),
            None => Err(Error::internal(format!("nobody can sign in: {}", answer.text))),
        }
    }

    async fn check_routes(
        &self,
        kernel: &Arc<Kernel>,
        store: &Arc<Store>,
        staff: Option<&str>,
        report: &mut Report,
    ) {
        let declaration = self.declaration(store);
        let gets = declaration.routes.iter().filter(|route| route.method == Method::GET);
        let (mut problems, mut number) = (Vec::new(), 0);
        for route in gets {
            number += 1;
            let path = filled(&route.path);
            let cookie = match route.access {
                Access::Staff(_) => staff,
                Access::Public | Access::Webhook => None,
            };
            let asked = Asked { path: &path, body: None, cookie };
            match self.ask(kernel, Method::GET, asked).await {
                Ok(answer) if answer.status.is_server_error() => {
                    problems.push(format!("GET {path}: {} {}", answer.status, answer.text));
                }
                Ok(answer)
                    if answer.status == StatusCode::FOUND
                        || answer.status == StatusCode::SEE_OTHER =>
                {
                    if answer.location.is_none() {
                        problems.push(format!("GET {path} leads nowhere"));
                    }
                }
                Ok(_) => {}
                Err(error) => problems.push(format!("GET {path}: {}", error.chain())),
            }
        }
        if number > 0 {
            report.check(&self.label(&format!("its {number} GET routes answer")), problems);
        }
        let others = declaration.routes.iter().filter(|route| route.method != Method::GET);
        let (mut problems, mut number) = (Vec::new(), 0);
        for route in others {
            number += 1;
            let path = filled(&route.path);
            let asked = Asked { path: &path, body: Some(json!(["garbage"])), cookie: None };
            match self.ask(kernel, route.method.clone(), asked).await {
                // Another failure may be said of purpose: an outside service that is not there.
                Ok(answer) if answer.status.as_u16() == 500 => {
                    let Answer { status, text, .. } = answer;
                    problems.push(format!("{} {path}: {status} {text}", route.method));
                }
                Ok(_) => {}
                Err(error) => problems.push(format!("{} {path}: {}", route.method, error.chain())),
            }
        }
        if number > 0 {
            let what = format!("its {number} other routes withstand garbage");
            report.check(&self.label(&what), problems);
        }
        let is_staff = |access: &Access| matches!(access, Access::Staff(_));
        if staff.is_none() && declaration.routes.iter().any(|route| is_staff(&route.access)) {
            report.skipped(
                &self.label("its routes for staff with somebody signed in"),
                "no component keeps the staff here",
            );
        }
    }

    async fn check_resources(&self, store: &Arc<Store>, report: &mut Report) -> Result<()> {
        let ctx = self.ctx(store);
        let resources = ctx.get::<dyn Resources>()?;
        let declaration = self.declaration(store);
        let mut problems = Vec::new();
        for resource in &declaration.resources {
            let name = resource.name.to_owned();
            let mut fields = resource.fields.iter();
            let sorted = fields.find(|field| field.sortable).map(|field| field.name.to_string());
            for sort in [None, sorted] {
                let request = ListRequest { sort, limit: Some(5), ..ListRequest::default() };
                let listed = resources.list(&ctx, name.clone(), request).await;
                let ids = match listed {
                    Ok(page) => page.items.into_iter().map(|record| record.id).collect(),
                    Err(error) => {
                        problems.push(format!("{name} is not listed: {}", error.chain()));
                        Vec::new()
                    }
                };
                let asked: Vec<String> =
                    ids.iter().cloned().chain([Uuid::nil().to_string()]).collect();
                match resources.get(&ctx, name.clone(), asked).await {
                    Ok(found) if ids.iter().all(|id| found.iter().any(|it| it.id == *id)) => {}
                    Ok(_) => problems.push(format!("{name} does not give what it lists")),
                    Err(error) => problems.push(format!("{name} gives nothing: {}", error.chain())),
                }
            }
        }
        if !declaration.resources.is_empty() {
            let what = format!("its {} resources list and get", declaration.resources.len());
            report.check(&self.label(&what), problems);
        }
        Ok(())
    }

    async fn check_slots(&self, store: &Arc<Store>, sample: Option<&str>, report: &mut Report) {
        let declaration = self.declaration(store);
        let mut problems = Vec::new();
        let ctx = store.ctx(self.id().into(), Actor::Guest, None);
        for slot in &declaration.slots {
            let mut subjects = vec!["garbage".to_owned(), Uuid::nil().to_string()];
            subjects.extend(sample.map(str::to_owned));
            let views = match (slot.filler)(ctx.clone(), subjects.clone()).await {
                Ok(views) => views,
                Err(error) => {
                    problems.push(format!("{}: {}", slot.slot, error.chain()));
                    continue;
                }
            };
            for (subject, view) in views {
                if !subjects.contains(&subject) {
                    problems.push(format!("{} fills '{subject}' unasked", slot.slot));
                }
                let rendered = match ctx.get::<dyn Texts>() {
                    Ok(texts) => texts.render(&ctx, view).await.map(drop),
                    Err(error) => Err(error),
                };
                if let Err(error) = rendered {
                    problems.push(format!("{}: {}", slot.slot, error.chain()));
                }
            }
        }
        if !declaration.slots.is_empty() {
            let what = format!("its {} slots are filled", declaration.slots.len());
            report.check(&self.label(&what), problems);
        }
    }

    /// Events and settings that nobody sends.
    async fn check_garbage(&self, store: &Arc<Store>, report: &mut Report) {
        let declaration = self.declaration(store);
        let mut problems = Vec::new();
        for subscription in &declaration.subscriptions {
            for data in [Value::Null, json!("garbage"), json!({ "id": 7, "ids": "none" })] {
                let handled = (subscription.handler)(self.ctx(store), data).await;
                if let Err(error) = handled
                    && is_panic(&error)
                {
                    problems.push(format!("{}: {}", subscription.name, error.chain()));
                }
            }
        }
        if !declaration.subscriptions.is_empty() {
            let number = declaration.subscriptions.len();
            let what = format!("its {number} subscriptions withstand garbage");
            report.check(&self.label(&what), problems);
        }
    }

    async fn check_switch(
        &self,
        kernel: &Arc<Kernel>,
        store: &Arc<Store>,
        report: &mut Report,
    ) -> Result<()> {
        let actor = Actor::System { caused_by: Some("hatchery component check".into()) };
        let declaration = self.declaration(store);
        let public = declaration.routes.iter().find(|route| {
            route.method == Method::GET
                && route.access == Access::Public
                && !route.path.contains('{')
        });
        let mut problems = Vec::new();
        for on in [false, true] {
            let change = ComponentChange::to(self.id(), on);
            let plan = kernel.apply(self.slug, &change, &actor).await?;
            if !plan.possible {
                problems.extend(plan.lines);
                break;
            }
            if self.problem(store).is_none() != on {
                problems.push(format!("it does {} run", if on { "not" } else { "still" }));
            }
            if let Some(route) = public {
                let asked = Asked { path: &route.path, body: None, cookie: None };
                let status = self.ask(kernel, Method::GET, asked).await?.status;
                if (status.as_u16() == 404) == on {
                    let state = if on { "on" } else { "off" };
                    problems
                        .push(format!("GET {} answers {status} while it is {state}", route.path));
                }
            }
        }
        report.check(&self.label("it stops and starts again"), problems);
        Ok(())
    }

    async fn ask(&self, kernel: &Arc<Kernel>, method: Method, asked: Asked<'_>) -> Result<Answer> {
        let router: Router = kernel_http::router(kernel.clone());
        let host = format!("{}.localhost", self.slug);
        let mut request = Request::builder()
            .method(method)
            .uri(asked.path)
            .header(HOST, &host)
            .header(ORIGIN, format!("http://{host}"))
            .header("sec-fetch-site", "same-origin");
        if let Some(cookie) = asked.cookie {
            request = request.header(COOKIE, cookie);
        }
        let body = match asked.body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let request = request.body(body).map_err(Error::internal)?;
        let answering = tokio::time::timeout(PATIENCE, router.oneshot(request));
        let Ok(response) = answering.await.map_err(Error::internal)?;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
        let header = |name| parts.headers.get(name).and_then(|it| it.to_str().ok());
        Ok(Answer {
            status: parts.status,
            cookie: header(SET_COOKIE).and_then(|it| it.split(';').next()).map(str::to_owned),
            location: header(LOCATION).map(str::to_owned),
            text: String::from_utf8_lossy(&body).chars().take(300).collect(),
        })
    }
}

/// What is asked of a store.
struct Asked<'a> {
    path: &'a str,
    body: Option<Value>,
    cookie: Option<&'a str>,
}

/// What came back.
struct Answer {
    status: StatusCode,
    cookie: Option<String>,
    location: Option<String>,
    text: String,
}

/// A path with samples in the place of its parameters.
fn filled(path: &str) -> String {
    let sample = |part: &str| match part {
        "{slug}" => SAMPLE.to_owned(),
        part if part.starts_with('{') => Uuid::nil().to_string(),
        part => part.to_owned(),
    };
    path.split('/').map(sample).collect::<Vec<_>>().join("/")
}
