use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use async_trait::async_trait;
use hatchery_component::platform::{ComponentChange, Components, Files, Tasks};
use hatchery_component::stores::Stores;
use hatchery_component::{
    Access, Ctx, Declaration, Instance, Kind, Migration, SettingsSchema, StoreContext, interface,
};
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;
use utoipa::ToSchema;

use super::testing::new_store;
use super::*;
use crate::db::entity::setting;
use crate::store::Store;

#[interface(id = "shelf", version = "1.2.0")]
#[async_trait]
trait Shelf: Send + Sync {
    async fn tea(&self, ctx: &Ctx) -> Result<String>;
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ShelfSettings {
    tea: String,
    boards: u8,
    password: String,
}

/// What happened, in sequence.
type Log = Arc<Mutex<Vec<String>>>;

/// A component for these tests, made by its manifest.
#[derive(Clone, Default)]
struct Fake {
    id: &'static str,
    log: Log,
    declare: Option<fn() -> Declaration>,
    fails: Option<&'static str>,
}

struct TeaShelf(ShelfSettings);

#[async_trait]
impl Shelf for TeaShelf {
    async fn tea(&self, _: &Ctx) -> Result<String> {
        Ok(self.0.tea.clone())
    }
}

#[async_trait]
impl Component for Fake {
    fn declare(&self) -> Declaration {
        self.declare.map_or_else(Declaration::new, |declare| declare())
    }

    async fn start(&self, store: &StoreContext) -> Result<Instance> {
        match self.fails {
            Some("panic") => panic!("no board fits"),
            Some(why) => return Err(Error::invalid("fake.fails", why)),
            None => {}
        }
        self.log.lock().unwrap().push(format!("start {}", self.id));
        let instance = Instance::new(Arc::new(self.id.to_owned()));
        Ok(match self.id {
            "shelf" => instance.provide::<dyn Shelf>(Arc::new(TeaShelf(store.settings()?))),
            _ => instance,
        })
    }

    async fn stop(&self, _: Instance) {
        self.log.lock().unwrap().push(format!("stop {}", self.id));
    }
}

fn manifest(id: &str, facts: &str) -> Manifest {
    let text = format!("id = \"{id}\"\nversion = \"1.0.0\"\nsummary = \"Fake\"\n{facts}");
    Manifest::parse(&text).unwrap()
}

fn shelf() -> Declaration {
    Declaration::new().settings(SettingsSchema::of::<ShelfSettings>(|shelf| {
        match shelf.boards > 9 {
            true => Err("'boards' must be 9 at most".into()),
            false => Ok(()),
        }
    }))
}

fn window() -> Declaration {
    async fn look() -> &'static str {
        "a window"
    }
    Declaration::new()
        .page(Access::Public, http::Method::GET, "/window", axum::routing::get(look))
        .migrations([Migration::expand("0001_create_pane", |_| {
            vec!["CREATE TABLE window_pane (id integer primary key)".to_owned()]
        })])
        .task("window.clean", "window.clean", |_, input, progress| async move {
            progress.report(1, Some(2), "half");
            match input.as_str() {
                Some("smash") => panic!("broken"),
                Some(word) => Err(Error::invalid("window.word", format!("no {word}"))),
                None => Ok(json!({ "clean": true })),
            }
        })
        .resync(|ctx, _| async move {
            ctx.transaction(|ctx| async move {
                use sea_orm::ConnectionTrait;
                ctx.db().execute_unprepared("INSERT INTO window_pane (id) VALUES (7)").await?;
                Ok(())
            })
            .await
        })
}

/// A shelf, a window that needs it, a lamp that stands alone.
struct House {
    log: Log,
    folder: TempDir,
    fakes: Vec<(Manifest, Fake)>,
}

impl House {
    fn new() -> Self {
        let log = Log::default();
        let fake = |id, declare| Fake { id, log: log.clone(), declare, ..Fake::default() };
        let fakes = vec![
            (
                manifest(
                    "window",
                    "requires = { shelf = \"^1.1\" }\npermissions = [\"window.clean\"]",
                ),
                fake("window", Some(window)),
            ),
            (
                manifest("shelf", "provides = { shelf = \"1.2.0\" }\nsecrets = [\"password\"]"),
                fake("shelf", Some(shelf)),
            ),
            (manifest("lamp", "optional = { shelf = \"^1\" }"), fake("lamp", None)),
        ];
        Self { log, folder: TempDir::new().unwrap(), fakes }
    }

    fn options(&self) -> KernelOptions {
        let component = |(manifest, fake): &(Manifest, Fake)| {
            (manifest.clone(), Arc::new(fake.clone()) as Arc<dyn Component>)
        };
        let components = self.fakes.iter().map(component).collect();
        KernelOptions {
            config: Some(self.folder.path().join("config")),
            ..KernelOptions::new(self.folder.path().join("data"), components)
        }
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join("config").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    async fn open(&self) -> Arc<Kernel> {
        Kernel::open(self.options()).await.unwrap()
    }

    async fn store(&self) -> (Arc<Kernel>, Arc<Store>) {
        let kernel = self.open().await;
        let store = match kernel.stores().is_empty() {
            true => kernel.create_store(new_store("demo")).await.unwrap(),
            false => kernel.store("demo").await.unwrap(),
        };
        (kernel, store)
    }

    fn happened(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    /// Waits for something that is done in the background.
    async fn happens(&self, what: &str) {
        let found = async {
            while !self.log.lock().unwrap().iter().any(|it| it == what) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), found).await.expect(what);
    }
}

fn system() -> Actor {
    Actor::System { caused_by: None }
}

fn running(store: &Store) -> Vec<String> {
    store.assembly.load().components.keys().map(|id| id.to_string()).collect()
}

fn problem(store: &Store, id: &str) -> Option<String> {
    store.components().into_iter().find(|it| it.id == id)?.problem
}

#[tokio::test]
async fn a_store_runs_its_components_and_stops_them_at_the_end() {
    let house = House::new();
    let (kernel, store) = house.store().await;
    assert_eq!(running(&store), ["kernel", "lamp", "shelf", "window"]);
    assert_eq!(house.happened(), ["start lamp", "start shelf", "start window"]);
    let ctx = store.system_ctx("lamp".into(), None);
    assert_eq!(ctx.get::<dyn Shelf>().unwrap().tea(&ctx).await.unwrap(), "");
    assert_eq!(*ctx.state::<String>().unwrap(), "lamp");
    drop(ctx);
    kernel.shutdown().await;
    let stopped: BTreeSet<String> = house.happened().into_iter().collect();
    assert_eq!(stopped, ["stop lamp", "stop shelf", "stop window"].map(str::to_owned).into());
}

#[tokio::test]
async fn a_second_process_is_refused_by_name() {
    let house = House::new();
    let (kernel, _store) = house.store().await;
    let refused = Kernel::open(house.options()).await.err().unwrap();
    assert!(refused.message().contains("in use by another process"), "{refused}");
    kernel.shutdown().await;
}

#[tokio::test]
async fn what_needs_a_component_that_is_off_is_left_out_by_name_and_the_rest_boots() {
    let house = House::new();
    house.write("default.toml", "[components]\nshelf = false\n");
    let (kernel, store) = house.store().await;
    assert_eq!(running(&store), ["kernel", "lamp"]);
    let problem = problem(&store, "window").unwrap();
    let place = house.folder.path().join("config/default.toml:2");
    assert_eq!(
        problem,
        format!(
            "'window' needs 'shelf' ^1.1, which 'shelf' provides; 'shelf' is switched off in {}",
            place.display()
        )
    );
    let report = kernel.plan("demo", &ComponentChange::to("shelf", true)).await.unwrap();
    assert!(!report.possible);
    assert!(report.lines[0].ends_with("default.toml:2; change it there"), "{:?}", report.lines);
    kernel.shutdown().await;
}

#[tokio::test]
async fn switching_off_what_others_need_is_refused_by_name_and_changes_nothing() {
    let house = House::new();
    let (kernel, store) = house.store().await;
    let change = ComponentChange::to("shelf", false);
    let report = kernel.apply("demo", &change, &system()).await.unwrap();
    assert!(!report.possible);
    assert_eq!(
        report.lines,
        ["'window' needs 'shelf' ^1.1, which 'shelf' provides; 'shelf' would be off"]
    );
    assert_eq!(running(&store).len(), 4);
    assert_eq!(store.assembly.load().generation, 1);
    let unknown = kernel.plan("demo", &ComponentChange::to("lampe", false)).await.unwrap();
    assert_eq!(unknown.lines, ["there is no component 'lampe'; did you mean 'lamp'?"]);
    kernel.shutdown().await;
}

#[tokio::test]
async fn a_component_goes_and_comes_back_while_the_others_run_on() {
    let house = House::new();
    let (kernel, store) = house.store().await;
    house.happened();
    let held = store.assembly.load_full();
    let off = ComponentChange::to("window", false);
    let report = kernel.apply("demo", &off, &system()).await.unwrap();
    assert!(report.possible, "{:?}", report.lines);
    assert!(
        report.lines.contains(&"its data stay: 0 rows in 1 table".to_owned()),
        "{:?}",
        report.lines
    );
    assert_eq!(running(&store), ["kernel", "lamp", "shelf"]);
    assert!(house.happened().is_empty(), "a request still runs on the old assembly");
    drop(held);
    house.happens("stop window").await;

    house.happened();
    let on = ComponentChange::to("window", true);
    assert!(kernel.apply("demo", &on, &system()).await.unwrap().possible);
    assert_eq!(house.happened(), ["start window"], "the others are not started again");
    kernel.shutdown().await;
    drop((kernel, store));

    let (kernel, store) = house.store().await;
    assert_eq!(running(&store).len(), 4);
    assert!(kernel.apply("demo", &off, &system()).await.unwrap().possible);
    kernel.shutdown().await;
    drop((kernel, store));
    let (kernel, store) = house.store().await;
    assert_eq!(running(&store), ["kernel", "lamp", "shelf"], "it is remembered");
    kernel.shutdown().await;
}

#[tokio::test]
async fn a_component_that_runs_for_the_first_time_builds_what_it_derives() {
    let house = House::new();
    let kernel = house.open().await;
    let components = Some(vec!["shelf".to_owned()]);
    let new = NewStore { components, ..new_store("demo") };
    let store = kernel.create_store(new).await.unwrap();
    assert_eq!(running(&store), ["kernel", "shelf"]);
    kernel.apply("demo", &ComponentChange::to("window", true), &system()).await.unwrap();
    let panes = async {
        let db = store.db.read();
        while crate::db::size::rows(&db, "window_pane").await.unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), panes).await.unwrap();
    kernel.shutdown().await;
}

#[tokio::test]
async fn a_component_that_does_not_start_leaves_the_store_as_it_was() {
    let mut house = House::new();
    let kernel = house.open().await;
    let components = Some(vec!["shelf".to_owned()]);
    kernel.create_store(NewStore { components, ..new_store("demo") }).await.unwrap();
    kernel.shutdown().await;
    drop(kernel);
    for why in ["panic", "no bulb"] {
        house.fakes[2].1.fails = Some(why);
        let (kernel, store) = house.store().await;
        let error = kernel.apply("demo", &ComponentChange::to("lamp", true), &system()).await;
        let error = error.unwrap_err().chain();
        let expected = if why == "panic" { "'lamp' panicked while it started" } else { "no bulb" };
        assert!(error.contains(expected), "{error}");
        assert_eq!(running(&store), ["kernel", "shelf"]);
        kernel.shutdown().await;
        drop((kernel, store));
    }
    let (kernel, store) = house.store().await;
    assert_eq!(running(&store), ["kernel", "shelf"], "the change was not written down");
    kernel.shutdown().await;
}

#[tokio::test]
async fn at_boot_a_component_that_does_not_start_is_left_out_with_what_needs_it() {
    let mut house = House::new();
    house.fakes[1].1.fails = Some("worm in the wood");
    let (kernel, store) = house.store().await;
    assert_eq!(running(&store), ["kernel", "lamp"]);
    assert_eq!(problem(&store, "shelf").unwrap(), "does not start: worm in the wood");
    assert!(problem(&store, "window").unwrap().contains("'shelf' does not start"));
    kernel.shutdown().await;
}

#[tokio::test]
async fn two_components_that_want_one_path_are_named() {
    let mut house = House::new();
    house.fakes[2].1.declare = Some(window_again);
    let kernel = house.open().await;
    let error = kernel.create_store(new_store("demo")).await.err().unwrap();
    assert!(error.message().contains("lamp") && error.message().contains("window"), "{error}");
    assert!(kernel.stores().is_empty(), "nothing is left of it");
    assert!(!house.folder.path().join("data/stores/demo").exists());
    kernel.shutdown().await;
}

fn window_again() -> Declaration {
    async fn look() -> &'static str {
        "another window"
    }
    Declaration::new().page(Access::Public, http::Method::GET, "/window", axum::routing::get(look))
}

#[tokio::test]
async fn what_a_manifest_claims_must_be_provided() {
    let mut house = House::new();
    house.fakes[2].0 = manifest("lamp", "provides = { light = \"1.0.0\" }");
    let (kernel, store) = house.store().await;
    assert!(problem(&store, "lamp").unwrap().contains("provides light, but it does not"));
    kernel.shutdown().await;
}

#[tokio::test]
async fn saved_settings_take_effect_at_once_and_secrets_stay_secret() {
    let house = House::new();
    house.write("stores/demo.toml", "[shelf]\nboards = 3\n");
    let (kernel, store) = house.store().await;
    let ctx = || store.system_ctx("test".into(), None);
    let components = || ctx().get::<dyn Components>().unwrap();
    let save =
        async |values: Value| components().save_settings(&ctx(), "shelf".into(), values).await;

    let view = save(json!({ "tea": "Assam", "boards": 3, "password": "s3cret" })).await.unwrap();
    assert_eq!(view.values, json!({ "tea": "Assam", "boards": 3, "password": true }));
    assert!(view.locked["boards"].ends_with("stores/demo.toml:2"));
    assert_eq!(ctx().get::<dyn Shelf>().unwrap().tea(&ctx()).await.unwrap(), "Assam");
    let rows = setting::Entity::find().all(&store.db.read()).await.unwrap();
    assert_eq!(rows.len(), 2, "only what differs is saved");
    assert!(rows.iter().all(|row| !row.value.to_string().contains("s3cret")));

    let locked = save(json!({ "boards": 4 })).await.unwrap_err();
    assert_eq!(locked.fields()[0].field, "/boards");
    let unknown = save(json!({ "tae": "Assam" })).await.unwrap_err();
    assert_eq!(unknown.fields()[0].message, "unknown key; did you mean 'tea'?");
    let wrong = save(json!({ "tea": 7 })).await.unwrap_err();
    assert_eq!(wrong.fields()[0].field, "/tea");
    assert_eq!(ctx().get::<dyn Shelf>().unwrap().tea(&ctx()).await.unwrap(), "Assam");
    kernel.shutdown().await;
    drop((kernel, store));

    let (kernel, store) = house.store().await;
    let ctx = store.system_ctx("test".into(), None);
    let components = ctx.get::<dyn Components>().unwrap();
    let view = components.settings(&ctx, "shelf".into()).await.unwrap();
    assert_eq!(view.values, json!({ "tea": "Assam", "boards": 3, "password": true }));
    let reset = json!({ "tea": null, "password": "" });
    let view = components.save_settings(&ctx, "shelf".into(), reset).await.unwrap();
    assert_eq!(view.values, json!({ "tea": "", "boards": 3, "password": false }));
    kernel.shutdown().await;
}

#[tokio::test]
async fn only_who_may_changes_components() {
    let house = House::new();
    let (kernel, store) = house.store().await;
    let ctx = store.ctx("test".into(), Actor::Guest, None);
    let components = ctx.get::<dyn Components>().unwrap();
    assert_eq!(components.list(&ctx).await.unwrap_err().kind(), Kind::Unauthenticated);
    let switched = components.switch(&ctx, "lamp".into(), false).await;
    assert_eq!(switched.unwrap_err().kind(), Kind::Unauthenticated);
    assert_eq!(running(&store).len(), 4);
    kernel.shutdown().await;
}

#[tokio::test]
async fn an_edit_that_does_not_fit_keeps_what_runs() {
    let house = House::new();
    house.write("default.toml", "[shelf]\ntea = \"Assam\"\n");
    let (kernel, store) = house.store().await;
    let tea = || store.present.load().settings.components["shelf"].values["tea"].clone();
    assert_eq!(tea(), "Assam");

    for (text, expected) in [
        (
            "[shelf]\ntee = \"Ceylon\"\n",
            "default.toml:2: shelf.tee: unknown key; did you mean 'tea'?",
        ),
        ("[components]\nshelf = false\n", "store 'demo': 'window' needs 'shelf' ^1.1"),
    ] {
        house.write("default.toml", text);
        let error = kernel.reload_settings().await.unwrap_err();
        assert!(error.message().contains(expected), "{error}");
        assert!(kernel.settings_problem().unwrap().contains(expected));
        assert_eq!((tea(), running(&store).len()), (json!("Assam"), 4));
    }

    house.write("default.toml", "[shelf]\ntea = \"Ceylon\"\n[components]\nlamp = false\n");
    kernel.reload_settings().await.unwrap();
    assert_eq!(kernel.settings_problem(), None);
    assert_eq!(tea(), "Ceylon");
    assert_eq!(running(&store), ["kernel", "shelf", "window"]);
    kernel.shutdown().await;
}

#[tokio::test]
async fn an_edit_is_noticed() {
    let house = House::new();
    house.write("default.toml", "");
    let kernel = Kernel::open(KernelOptions { watch: true, ..house.options() }).await.unwrap();
    let store = kernel.create_store(new_store("demo")).await.unwrap();
    house.write("stores/demo.toml", "[store]\nname = \"Tea & Co\"\n");
    let renamed = async {
        while store.info().name != "Tea & Co" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), renamed).await.unwrap();
    kernel.shutdown().await;
}

#[tokio::test]
async fn settings_that_do_not_fit_stop_the_start() {
    let house = House::new();
    house.write("default.toml", "[shelf]\nboards = 12\n");
    let error = Kernel::open(house.options()).await.err().unwrap();
    assert!(
        error.message().ends_with("default.toml:2: shelf.boards: 'boards' must be 9 at most"),
        "{error}"
    );
    assert!(!house.folder.path().join("data").exists(), "nothing was begun");
}

#[tokio::test]
async fn safe_mode_leaves_out_what_nobody_requires() {
    let house = House::new();
    let options = KernelOptions { safe_mode: true, ..house.options() };
    let kernel = Kernel::open(options).await.unwrap();
    let store = kernel.create_store(new_store("demo")).await.unwrap();
    assert_eq!(running(&store), ["kernel", "shelf"]);
    kernel.shutdown().await;
}

#[tokio::test]
async fn a_host_header_finds_its_store() {
    let house = House::new();
    house.write("default.toml", "[host]\nmother_domains = [\"shops.example\"]\n");
    house.write("stores/two.toml", "[store]\ndomains = [\"two.example\"]\n");
    let kernel = house.open().await;
    let check = async |host: &str, expected: Option<&str>| {
        let found = kernel.store_for(host, "/").await.unwrap();
        assert_eq!(found.as_ref().map(|store| &*store.slug), expected, "{host}");
    };
    check("localhost", None).await;
    let one = NewStore { domains: vec!["One.example".into()], ..new_store("one") };
    kernel.create_store(one).await.unwrap();
    check("whatever.example", Some("one")).await;
    kernel.create_store(new_store("two")).await.unwrap();
    for (host, expected) in [
        ("one.example:8080", Some("one")),
        ("two.example", Some("two")),
        ("TWO.localhost:8080", Some("two")),
        ("two.shops.example", Some("two")),
        ("three.localhost", None),
        ("whatever.example", None),
        ("", None),
        ("[::1]:8080", None),
    ] {
        check(host, expected).await;
    }
    house.write("default.toml", "[host]\ndefault_store = \"two\"\n");
    kernel.reload_settings().await.unwrap();
    check("whatever.example", Some("two")).await;
    kernel.shutdown().await;
}

#[tokio::test]
async fn a_store_takes_its_share_only() {
    let house = House::new();
    house.write("default.toml", "[kernel.limits]\nfile_megabytes = 1\n");
    let (kernel, store) = house.store().await;
    assert!((0..100).all(|_| store.admits(0)), "0 is no limit");
    let admitted = (0..100).filter(|_| store.admits(5)).count();
    assert!((10..100).contains(&admitted), "twice as many in a burst: {admitted}");
    let ctx = store.system_ctx("test".into(), None);
    let files = ctx.get::<dyn Files>().unwrap();
    let put = async |bytes: usize| {
        files.put(&ctx, vec![("text/plain".into(), vec![b'a'; bytes])]).await.map(drop)
    };
    put(600_000).await.unwrap();
    assert_eq!(put(600_001).await.unwrap_err().code(), "file.limit");
    put(300_000).await.unwrap();
    kernel.shutdown().await;
}

#[tokio::test]
async fn the_mother_has_her_own_part_and_paths() {
    let house = House::new();
    house.write("default.toml", "[host]\nmother_domains = [\"shops.example\"]\n");
    let (kernel, store) = house.store().await;
    let check = async |host: &str, path: &str, expected: &str| {
        let found = kernel.store_for(host, path).await.unwrap().unwrap();
        assert_eq!(&*found.slug, expected, "{host}{path}");
    };
    check("shops.example", "/mother", "mother").await;
    check("shops.example", "/mother/stores", "mother").await;
    check("shops.example", "/api/v1/mother/stores", "mother").await;
    check("shops.example", "/motherless", "demo").await;
    check("shops.example", "/", "demo").await;
    check("mother.shops.example", "/", "mother").await;
    check("demo.shops.example", "/mother", "demo").await;
    let mother = kernel.store(MOTHER).await.unwrap();
    let ctx = |store: &Arc<Store>| store.system_ctx("test".into(), None);
    assert!(ctx(&mother).find::<dyn Stores>().is_some());
    assert!(ctx(&store).find::<dyn Stores>().is_none(), "no store can name another");
    assert_eq!(running(&mother), ["kernel"], "nothing runs in her that she was not given");
    assert!(kernel.stores().iter().all(|record| record.slug != MOTHER));
    kernel.shutdown().await;
}

#[tokio::test]
async fn two_stores_never_share_a_domain() {
    let house = House::new();
    let kernel = house.open().await;
    let with =
        |slug: &str, domain: &str| NewStore { domains: vec![domain.into()], ..new_store(slug) };
    kernel.create_store(with("one", "tea.example")).await.unwrap();
    for (domain, code) in [
        ("TEA.example", "store.domain_taken"),
        ("one.localhost", "store.domain_taken"),
        ("mother.localhost", "store.domain_taken"),
        ("tea..example", "store.domain"),
        ("localhost", "store.domain_taken"),
        ("tea example", "store.domain"),
    ] {
        let error = kernel.create_store(with("two", domain)).await.err().unwrap();
        assert_eq!(error.code(), code, "{domain}");
    }
    kernel.create_store(with("two", "three.localhost")).await.unwrap();
    let error = kernel.create_store(new_store("three")).await.err().unwrap();
    assert_eq!(error.code(), "store.domain_taken", "another store has its address");
    kernel.shutdown().await;
}

#[tokio::test]
async fn a_store_that_was_being_prepared_can_be_made_anew() {
    let house = House::new();
    let kernel = house.open().await;
    kernel.create_store(NewStore { preparing: true, ..new_store("demo") }).await.unwrap();
    kernel.shutdown().await;
    drop(kernel);
    let kernel = house.open().await;
    assert!(kernel.stores().is_empty(), "what was left half-made is gone");
    kernel.create_store(new_store("demo")).await.unwrap();
    assert_eq!(kernel.stores()[0].state, StoreState::Active);
    assert!(kernel.discard_store("demo").await.is_err(), "a store that serves stays");
    assert!(kernel.create_store(new_store("demo")).await.is_err());
    for slug in ["", "Tea", "-tea", "mother", "a/b"] {
        assert!(kernel.create_store(new_store(slug)).await.is_err(), "{slug}");
    }
    kernel.shutdown().await;
}

#[tokio::test]
async fn signed_values_open_only_for_their_purpose() {
    let house = House::new();
    let (kernel, store) = house.store().await;
    let ctx = store.system_ctx("test".into(), None);
    let signed = ctx.sign("link", "ticket 7.5");
    assert!(signed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    assert_eq!(ctx.verify("link", &signed).as_deref(), Some("ticket 7.5"));
    assert_eq!(ctx.verify("cookie", &signed), None);
    assert_eq!(ctx.verify("link", &signed.replace('.', "A.")), None);
    kernel.shutdown().await;
}

#[tokio::test]
async fn a_task_is_watched_to_its_end() {
    let house = House::new();
    let (kernel, store) = house.store().await;
    let run = async |input: Value| {
        let mut run = store.start_task("window.clean", input, system()).await.unwrap();
        run.wait_for(|run| run.state != "running").await.unwrap().clone()
    };
    let done = run(Value::Null).await;
    assert_eq!((done.state.as_str(), done.result), ("done", Some(json!({ "clean": true }))));
    assert_eq!((done.done, done.total), (1, Some(2)));
    let failed = run(json!("soap")).await;
    assert_eq!((failed.state.as_str(), failed.message.as_str()), ("failed", "no soap"));
    assert_eq!(run(json!("smash")).await.state, "failed");

    let guest = store.start_task("window.clean", Value::Null, Actor::Guest).await;
    assert_eq!(guest.unwrap_err().kind(), Kind::Unauthenticated);
    let unknown = store.start_task("window.open", Value::Null, system()).await;
    assert_eq!(unknown.unwrap_err().code(), "task.unknown");
    kernel.shutdown().await;
    drop((kernel, store));

    let (kernel, store) = house.store().await;
    let ctx = store.system_ctx("test".into(), None);
    let runs = ctx.get::<dyn Tasks>().unwrap().runs(&ctx, vec![done.id, failed.id]).await.unwrap();
    let states: Vec<&str> = runs.iter().map(|run| run.state.as_str()).collect();
    assert_eq!(states, ["done", "failed"], "runs are remembered");
    kernel.shutdown().await;
}

/// The life of a store on PostgreSQL, when there is one for tests.
#[tokio::test]
async fn a_store_in_postgres_runs_changes_and_is_discarded() {
    let Ok(url) = std::env::var("HATCHERY_TEST_POSTGRES") else {
        eprintln!("SKIPPED: HATCHERY_TEST_POSTGRES is not set");
        return;
    };
    let house = House::new();
    let schema = format!("test_{}", uuid::Uuid::now_v7().simple());
    let environment = vec![
        ("HATCHERY__DATABASE__URL".to_owned(), url.clone()),
        ("HATCHERY__DATABASE__SCHEMA".to_owned(), schema.clone()),
    ];
    let kernel = Kernel::open(KernelOptions { environment, ..house.options() }).await.unwrap();
    let new = NewStore { preparing: true, ..new_store("demo") };
    let store = kernel.create_store(new).await.unwrap();
    assert_eq!(running(&store), ["kernel", "lamp", "shelf", "window"]);
    let off = ComponentChange::to("window", false);
    let report = kernel.apply("demo", &off, &system()).await.unwrap();
    assert!(
        report.lines.contains(&"its data stay: 0 rows in 1 table".to_owned()),
        "{:?}",
        report.lines
    );
    let gone = store.start_task("window.clean", Value::Null, system()).await.map(drop);
    assert_eq!(gone.unwrap_err().code(), "task.unknown");
    drop(store);
    kernel.discard_store("demo").await.unwrap();
    kernel.shutdown().await;

    use sea_orm::{ConnectionTrait, Database, Statement};
    let database = Database::connect(&url).await.unwrap();
    let sql = format!("SELECT 1 FROM pg_namespace WHERE nspname = '{schema}'");
    let statement = Statement::from_string(database.get_database_backend(), sql);
    assert!(database.query_one_raw(statement).await.unwrap().is_none(), "the schema is gone");
    database.close().await.unwrap();
}
