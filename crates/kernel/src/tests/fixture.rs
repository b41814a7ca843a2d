//! A small component with everything: pages, an API, a resource, a slot, sign-in.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hatchery_component::db::schema;
use hatchery_component::platform::Authentication;
use hatchery_component::sql::{self, Columns};
use hatchery_component::{
    Access, Action, Actor, Component, Ctx, Declaration, Error, Instance, Kind, Manifest, Migration,
    Record, Resource, ResourceDeclaration, Result, StoreContext, View,
};
use hatchery_types::query::{FieldDef, Fields, Kind as FieldKind};
use hatchery_types::{Locale, Page, Query};
use http::{HeaderMap, Method, Request, StatusCode, header};
use sea_orm::sea_query::{ColumnDef, Table};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::kernel::{KernelOptions, testing};
use crate::{Kernel, Store};

const MANIFEST: &str = r#"
id = "shelf"
version = "1.0.0"
summary = "Things on a shelf."
permissions = ["shelf.thing.read", "shelf.thing.write"]

[provides]
authentication = "1.1.0"
"#;

/// A store with the shelf and everything of the kernel around it.
pub(crate) struct Shop {
    pub(crate) kernel: Arc<Kernel>,
    pub(crate) store: Arc<Store>,
    pub(crate) router: Router,
    pub(crate) shelf: Arc<Shelf>,
    /// A database server and the schema on it.
    server: Option<(String, String)>,
    _folder: TempDir,
}

impl Shop {
    /// On SQLite.
    pub(crate) async fn open() -> Self {
        Self::open_with("").await
    }

    /// On PostgreSQL, in a schema of its own; none when no server is given.
    pub(crate) async fn open_on_postgres() -> Option<Self> {
        let Ok(url) = std::env::var("HATCHERY_TEST_POSTGRES") else {
            eprintln!("skipped: HATCHERY_TEST_POSTGRES is not set");
            return None;
        };
        let schema = format!("test_{}", Uuid::now_v7().simple());
        let shop =
            Self::open_with(&format!("[database]\nurl = \"{url}\"\nschema = \"{schema}\"\n")).await;
        Some(Self { server: Some((url, schema)), ..shop })
    }

    /// With a settings file.
    pub(crate) async fn open_with(settings: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let config = folder.path().join("config");
        std::fs::create_dir(&config).unwrap();
        std::fs::write(config.join("default.toml"), settings).unwrap();
        let shelf = Arc::new(Shelf::default());
        let component: Arc<dyn Component> = shelf.clone();
        let components = vec![(Manifest::parse(MANIFEST).unwrap(), component)];
        let options = KernelOptions {
            clock: Arc::new(testing::TestClock::default()),
            config: Some(config),
            ..KernelOptions::new(folder.path().join("data"), components)
        };
        let kernel = Kernel::open(options).await.unwrap();
        let store = kernel.create_store(testing::new_store("demo")).await.unwrap();
        let router = crate::http::router(kernel.clone());
        Self { kernel, store, router, shelf, server: None, _folder: folder }
    }

    /// Closes the store and drops its schema.
    pub(crate) async fn end(self) {
        self.kernel.shutdown().await;
        if let Some((url, schema)) = self.server {
            let server = sea_orm::Database::connect(url).await.unwrap();
            server.execute_unprepared(&format!("DROP SCHEMA \"{schema}\" CASCADE")).await.unwrap();
            server.close().await.unwrap();
        }
    }

    /// Sends a request; a JSON body unless the headers say otherwise.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header("host", "demo.localhost");
        let has_type = headers.iter().any(|(name, _)| *name == "content-type");
        if !has_type {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], Body::empty()).await
    }

    /// Sends JSON as the staff member who may do everything.
    pub(crate) async fn staff(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, path, &[("authorization", "Bearer good")], body.to_string()).await
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// Status and, of a problem, the code.
    pub(crate) fn outcome(&self) -> String {
        match self.header("content-type") {
            "application/problem+json" => {
                format!("{} {}", self.status.as_u16(), self.json()["code"].as_str().unwrap())
            }
            _ => self.status.as_u16().to_string(),
        }
    }
}

/// The component.
#[derive(Default)]
pub(crate) struct Shelf {
    /// How often a thing was made.
    pub(crate) made: Arc<AtomicUsize>,
    /// How many things named `slow` came to the gate.
    pub(crate) waiting: Arc<AtomicUsize>,
    /// Holds up the making of things named `slow` while locked.
    pub(crate) gate: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone)]
struct State {
    made: Arc<AtomicUsize>,
    waiting: Arc<AtomicUsize>,
    gate: Arc<tokio::sync::Mutex<()>>,
}

#[async_trait]
impl Component for Shelf {
    fn declare(&self) -> Declaration {
        let staff = Access::Staff("shelf.thing.read");
        Declaration::new()
            .migrations([Migration::expand("0001_create_thing", create_thing)])
            .api(Access::Public, routes!(list_things, make_thing))
            .page(Access::Public, Method::GET, "/", get(home))
            .page(Access::Public, Method::GET, "/panic", get(panics))
            .page(Access::Public, Method::GET, "/api/v1/store/panic", get(panics))
            .page(Access::Public, Method::GET, "/api/v1/store/broken", get(broken))
            .page(Access::Public, Method::GET, "/template-error", get(|| async { View::new("shelf/broken.html") }))
            .page(Access::Public, Method::GET, "/things/{id}", get(thing))
            .page(Access::Public, Method::POST, "/things", post(post_form))
            .page(Access::Public, Method::POST, "/small", post(|body: String| async move { body }))
            .body_limit(10)
            .page(Access::Webhook, Method::POST, "/hook", post(|| async { "heard" }))
            .page(staff.clone(), Method::GET, "/staff", get(|ctx: Ctx| async move { ctx.actor().label() }))
            .page(staff, Method::GET, "/api/v1/admin/shelf/count", get(|| async { Json(json!(1)) }))
            .page(Access::Public, Method::GET, "/staff/login", get(|| async { "who are you?" }))
            .page(Access::Public, Method::POST, "/staff/login", post(sign_in))
            .templates([
                ("home.html", "<html><body class=\"shelf\">{{ t('shelf-hello', name=store.name) }} {{ store.locale }}</body></html>"),
                ("thing.html", "<p>{{ id }}</p>{{ slot('thing.after', id) }}"),
                ("bit.html", "<b>{{ text }}</b>"),
                ("broken.html", "first\n{{ 1 / 0 }}"),
                ("error.html", "<h1>{{ status }} {{ code }}</h1><p>{{ detail }}</p>"),
            ])
            .messages(Locale::en(), "shelf-hello = Hello from { $name }\n")
            .messages(Locale::zh_cn(), "shelf-hello = { $name }欢迎你\n")
            .asset("site.css", "text/css; charset=utf-8", b"body { color: black; }")
            .slot("thing.after", |_, subjects: Vec<String>| async move {
                let view = |subject: &String| View::new("shelf/bit.html").with("text", format!("<{subject}>"));
                Ok(subjects.iter().map(|subject| (subject.clone(), view(subject))).collect())
            })
            .resource(things())
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        let (made, waiting) = (self.made.clone(), self.waiting.clone());
        let state = State { made, waiting, gate: self.gate.clone() };
        Ok(Instance::new(Arc::new(state)).provide::<dyn Authentication>(Arc::new(Tokens)))
    }
}

fn things() -> ResourceDeclaration {
    let fields = Fields::new([
        FieldDef::new("id", FieldKind::Text),
        FieldDef::new("name", FieldKind::Text),
        FieldDef::new("size", FieldKind::Integer),
    ]);
    ResourceDeclaration::new::<Thing>("things", "system", "shelf.thing.read", fields, Things)
        .columns(["name", "size"])
        .writable("shelf.thing.write")
        .creatable()
        .action(Action::new("grow", "shelf.thing.write").asks::<Growth>())
}

fn create_thing(backend: sea_orm::DbBackend) -> Vec<String> {
    let mut table = Table::create().table("shelf_thing").take();
    table
        .col(ColumnDef::new("id").text().not_null().primary_key())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("size").big_integer().not_null())
        .col(ColumnDef::new("version").big_integer().not_null());
    schema(backend).table(&table).into_statements()
}

/// Two tokens and one session.
struct Tokens;

/// The staff member whose session is good.
pub(crate) const SUBJECT: Uuid = Uuid::from_u128(7);

fn user(permissions: &[&str]) -> Actor {
    let permissions = permissions.iter().map(|it| (*it).to_owned()).collect();
    Actor::User { id: SUBJECT, name: "Ada".into(), permissions }
}

#[async_trait]
impl Authentication for Tokens {
    async fn actor_of_token(&self, _: &Ctx, token: String) -> Result<Option<Actor>> {
        Ok(match token.as_str() {
            "good" => Some(user(&["*"])),
            "reader" => Some(user(&["shelf.thing.read"])),
            "nothing" => Some(user(&[])),
            _ => None,
        })
    }

    async fn actors(&self, _: &Ctx, subjects: Vec<Uuid>) -> Result<BTreeMap<Uuid, Actor>> {
        Ok(subjects.into_iter().filter(|it| *it == SUBJECT).map(|it| (it, user(&["*"]))).collect())
    }

    async fn emails(&self, _: &Ctx, subjects: Vec<Uuid>) -> Result<BTreeMap<Uuid, String>> {
        let known = subjects.into_iter().filter(|it| *it == SUBJECT);
        Ok(known.map(|it| (it, "ada@example.org".to_owned())).collect())
    }

    async fn actors_by_email(
        &self,
        _: &Ctx,
        emails: Vec<String>,
    ) -> Result<BTreeMap<String, Actor>> {
        let known = emails.into_iter().filter(|it| it == "ada@example.org");
        Ok(known.map(|it| (it, user(&["*"]))).collect())
    }
}

async fn home() -> View {
    View::new("shelf/home.html")
}

async fn thing(Path(id): Path<String>) -> View {
    View::new("shelf/thing.html").with("id", &id).slot("thing.after", [id])
}

async fn panics() -> &'static str {
    panic!("as told")
}

async fn broken() -> Result<String> {
    Err(Error::internal("the secret reason"))
}

async fn sign_in(ctx: Ctx) -> Result<Response> {
    use hatchery_component::platform::Sessions;
    let cookie = ctx
        .transaction(|ctx| async move { ctx.get::<dyn Sessions>()?.open(&ctx, SUBJECT).await })
        .await?;
    Ok((StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, "/staff".into())])
        .into_response())
}

#[derive(Deserialize)]
struct ThingForm {
    name: String,
}

async fn post_form(ctx: Ctx, Form(form): Form<ThingForm>) -> Result<Redirect> {
    let made = make(&ctx, NewThing { name: form.name, size: 1 }).await?;
    Ok(Redirect::to(&format!("/things/{}", made.id)))
}

/// A thing on the shelf.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
struct Thing {
    #[schema(read_only)]
    #[serde(default)]
    id: String,
    #[schema(min_length = 1)]
    name: String,
    size: i64,
}

/// A thing to be made.
#[derive(Deserialize, ToSchema)]
struct NewThing {
    name: String,
    size: i64,
}

#[derive(Deserialize, ToSchema)]
struct Growth {
    #[schema(minimum = 1)]
    by: i64,
}

/// The things of the shelf
#[utoipa::path(get, path = "/api/v1/store/things", responses((status = 200, body = Vec<Thing>)))]
async fn list_things(ctx: Ctx) -> Result<Json<Value>> {
    let page = Things.list(&ctx, Query::new()).await?;
    Ok(Json(json!({ "items": page.items.into_iter().map(|it| it.data).collect::<Vec<_>>() })))
}

/// Make a thing
#[utoipa::path(post, path = "/api/v1/store/things", request_body = NewThing, responses((status = 201, body = Thing)))]
async fn make_thing(ctx: Ctx, Json(new): Json<NewThing>) -> Result<Response> {
    let thing = make(&ctx, new).await?;
    Ok((StatusCode::CREATED, Json(thing)).into_response())
}

async fn make(ctx: &Ctx, new: NewThing) -> Result<Thing> {
    let state = ctx.state::<State>()?;
    if new.name == "slow" {
        state.waiting.fetch_add(1, Ordering::SeqCst);
        drop(state.gate.lock().await);
    }
    if new.size < 0 {
        let error = Error::invalid("shelf.size", "A thing has a size.");
        return Err(error.with_field("/size", "minimum", "At least 0."));
    }
    let count = state.made.fetch_add(1, Ordering::SeqCst) + 1;
    if new.name == "unlucky" && count == 1 {
        return Err(Error::new(Kind::Unavailable, "shelf.away", "Not now."));
    }
    let thing = Thing { id: format!("t{count}"), name: new.name, size: new.size };
    let row = entity::Model {
        id: thing.id.clone(),
        name: thing.name.clone(),
        size: thing.size,
        version: 1,
    };
    ctx.transaction(|ctx| async move {
        entity::Entity::insert(row.into_active_model()).exec_without_returning(&ctx.db()).await?;
        Ok(())
    })
    .await?;
    Ok(thing)
}

struct Things;

#[async_trait]
impl Resource for Things {
    async fn list(&self, ctx: &Ctx, query: Query<Value>) -> Result<Page<Record>> {
        let columns = Columns::<entity::Entity>::new([
            ("id", entity::Column::Id),
            ("name", entity::Column::Name),
            ("size", entity::Column::Size),
        ]);
        let page = sql::fetch(&query, entity::Entity::find(), &columns, &ctx.db()).await?;
        Ok(page.map(record))
    }

    async fn get(&self, ctx: &Ctx, ids: Vec<String>) -> Result<Vec<Record>> {
        let rows =
            entity::Entity::find().filter(entity::Column::Id.is_in(ids)).all(&ctx.db()).await?;
        Ok(rows.into_iter().map(record).collect())
    }

    async fn save(
        &self,
        ctx: &Ctx,
        id: Option<String>,
        data: Value,
        version: Option<i64>,
    ) -> Result<Record> {
        let thing: Thing = serde_json::from_value(data)?;
        let Some(id) = id else {
            let made = make(ctx, NewThing { name: thing.name, size: thing.size }).await?;
            return Ok(Record {
                id: made.id.clone(),
                version: 1,
                data: serde_json::to_value(made)?,
            });
        };
        let row = entity::Entity::find_by_id(id).one(&ctx.db()).await?;
        let row = row.ok_or_else(|| Error::not_found("shelf.unknown", "No such thing."))?;
        let version = version.unwrap_or(row.version);
        let mut row = row.into_active_model();
        row.name = Set(thing.name);
        row.size = Set(thing.size);
        row.version = Set(version + 1);
        Ok(record(row.update(&ctx.db()).await?))
    }

    async fn act(&self, ctx: &Ctx, _: String, ids: Vec<String>, input: Value) -> Result<Value> {
        let growth: Growth = serde_json::from_value(input)?;
        ctx.transaction(|ctx| async move {
            for id in &ids {
                let Some(row) = entity::Entity::find_by_id(id.clone()).one(&ctx.db()).await? else {
                    continue;
                };
                let (size, version) = (row.size + growth.by, row.version + 1);
                let mut row = row.into_active_model();
                row.size = Set(size);
                row.version = Set(version);
                row.update(&ctx.db()).await?;
            }
            Ok(json!({ "grown": ids.len() }))
        })
        .await
    }
}

fn record(row: entity::Model) -> Record {
    let data = json!({ "id": row.id, "name": row.name, "size": row.size });
    Record { id: row.id, version: row.version, data }
}

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf_thing")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: String,
        pub(crate) name: String,
        pub(crate) size: i64,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
