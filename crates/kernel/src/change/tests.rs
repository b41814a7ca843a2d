//! Builds that come, are swapped and go. A component file is a text here, and "opening" it reads the text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hatchery_component::platform::{ComponentChange, PlanReport};
use hatchery_component::{
    Access, Actor, Component, Declaration, Error, Instance, Manifest, Migration, Result,
    StoreContext, interface,
};
use http::Method;
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::kernel::{KernelOptions, testing};
use crate::shelf::{ComponentFile, Opener};
use crate::{Kernel, Store};

#[interface(id = "drink", version = "1.0.0")]
#[async_trait]
trait Drink: Send + Sync {
    async fn name(&self, ctx: &hatchery_component::Ctx) -> Result<String>;
}

struct Cup(String);

#[async_trait]
impl Drink for Cup {
    async fn name(&self, _: &hatchery_component::Ctx) -> Result<String> {
        Ok(self.0.clone())
    }
}

/// What a text says: `key = value` lines for the manifest, `# word word` lines for the code.
#[derive(Clone)]
struct Script {
    manifest: Manifest,
    says: BTreeMap<String, String>,
}

impl Script {
    fn read(text: &str) -> Result<Self> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("# ")?.split_once(' '));
        let says = lines.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(Self { manifest: Manifest::parse(text)?, says })
    }

    fn says(&self, key: &str) -> Option<&str> {
        self.says.get(key).map(String::as_str)
    }
}

#[async_trait]
impl Component for Script {
    fn declare(&self) -> Declaration {
        async fn look() -> &'static str {
            "here"
        }
        let steps = self.says("steps").unwrap_or_default().split_whitespace();
        let steps = steps.map(|step| {
            let id: &'static str = step.to_owned().leak();
            let sql = match step {
                "9999_broken" => "CREATE TABEL oops".to_owned(),
                step => format!("CREATE TABLE {}_{step} (id integer)", self.manifest.id),
            };
            let kind = if step.contains("drop") {
                hatchery_component::MigrationKind::Contract
            } else {
                hatchery_component::MigrationKind::Expand
            };
            Migration::given(id, kind, vec![sql.clone()], vec![sql])
        });
        let declaration = Declaration::new().migrations(steps.collect::<Vec<_>>());
        match self.says("route") {
            Some(path) => declaration.page(
                Access::Public,
                Method::GET,
                path.to_owned().leak(),
                axum::routing::get(look),
            ),
            None => declaration,
        }
    }

    async fn start(&self, _: &StoreContext) -> Result<Instance> {
        match self.says("start") {
            Some("panics") => panic!("no water"),
            Some(why) => return Err(Error::invalid("script.start", why)),
            None => {}
        }
        let instance = Instance::new(Arc::new(()));
        Ok(match self.manifest.provides.contains_key("drink") && self.says("provides").is_none() {
            true => {
                let name = format!("{} {}", self.manifest.id, self.manifest.version);
                instance.provide::<dyn Drink>(Arc::new(Cup(name)))
            }
            false => instance,
        })
    }

    async fn stop(&self, _: Instance) {
        match self.says("stop") {
            Some("panics") => panic!("it boils over"),
            Some("hangs") => std::future::pending().await,
            _ => {}
        }
    }
}

struct Reader;

impl Opener for Reader {
    fn find(&self, folder: &Path) -> Vec<(PathBuf, Result<ComponentFile>)> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<PathBuf> =
            entries.filter(|path| path.to_string_lossy().ends_with(SUFFIX)).collect();
        paths.sort();
        paths.into_iter().map(|path| (path.clone(), self.inspect(&path))).collect()
    }

    fn inspect(&self, path: &Path) -> Result<ComponentFile> {
        let failed = |why: String| Error::invalid("script", format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let script = Script::read(&text).map_err(|error| failed(error.message().to_owned()))?;
        let sha256: String =
            Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(ComponentFile { manifest: script.manifest, sha256, bytes: text.len() as u64 })
    }

    fn open(&self, path: &Path, sha256: &str) -> Result<Arc<dyn Component>> {
        assert_eq!(self.inspect(path)?.sha256, sha256);
        let script = Script::read(&fs::read_to_string(path).unwrap())?;
        match script.says("open") {
            Some(why) => Err(Error::invalid("script.open", why.to_owned())),
            None => Ok(Arc::new(script)),
        }
    }
}

const SUFFIX: &str = std::env::consts::DLL_SUFFIX;

fn text(id: &str, version: &str, rest: &str) -> String {
    format!("id = \"{id}\"\nversion = \"{version}\"\nsummary = \"x\"\n{rest}\n")
}

/// A linked pot that makes tea, a linked table that wants a drink, and a folder for files.
struct Kitchen {
    folder: TempDir,
    kernel: Arc<Kernel>,
}

impl Kitchen {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let kernel = Kernel::open(Self::options(&folder)).await.unwrap();
        kernel.create_store(testing::new_store("demo")).await.unwrap();
        Self { folder, kernel }
    }

    fn options(folder: &TempDir) -> KernelOptions {
        let linked = |text: String| {
            let script = Script::read(&text).unwrap();
            (script.manifest.clone(), Arc::new(script) as Arc<dyn Component>)
        };
        let pot = "provides = { drink = \"1.0.0\" }\n# steps 0001_leaf\n# route /pot";
        let linked = vec![
            linked(text("pot", "1.0.0", pot)),
            linked(text("table", "1.0.0", "requires = { drink = \"^1\" }")),
        ];
        let config = folder.path().join("config");
        fs::create_dir_all(&config).unwrap();
        KernelOptions {
            config: Some(config),
            opener: Some(Arc::new(Reader)),
            component_folders: vec![folder.path().join("host")],
            ..KernelOptions::new(folder.path().join("data"), linked)
        }
    }

    async fn restart(self) -> Self {
        self.kernel.shutdown().await;
        let Self { folder, kernel } = self;
        drop(kernel);
        let kernel = Kernel::open(Self::options(&folder)).await.unwrap();
        Self { folder, kernel }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(format!("{name}{SUFFIX}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    async fn store(&self) -> Arc<Store> {
        self.kernel.store("demo").await.unwrap()
    }

    async fn apply(&self, change: ComponentChange) -> Result<PlanReport> {
        let plan = self.kernel.plan("demo", &change).await?;
        let actor = Actor::System { caused_by: None };
        let done = self.kernel.apply("demo", &change, &actor).await?;
        assert_eq!(plan.possible, done.possible);
        assert!(done.lines.starts_with(&plan.lines), "{:?} {:?}", plan.lines, done.lines);
        Ok(done)
    }

    async fn done(&self, change: ComponentChange) -> Vec<String> {
        let done = self.apply(change).await.unwrap();
        assert!(done.possible, "{:?}", done.lines);
        done.lines
    }

    async fn refused(&self, change: ComponentChange) -> String {
        let refused = self.apply(change).await.unwrap();
        assert!(!refused.possible, "{:?}", refused.lines);
        refused.lines.join("\n")
    }

    async fn drink(&self) -> String {
        let store = self.store().await;
        let ctx = store.system_ctx("table".into(), None);
        ctx.get::<dyn Drink>().unwrap().name(&ctx).await.unwrap()
    }

    async fn running(&self) -> Vec<String> {
        let store = self.store().await;
        store.assembly.load().components.keys().skip(1).map(|id| id.to_string()).collect()
    }

    async fn tables(&self, id: &str) -> Vec<String> {
        let store = self.store().await;
        super::purge::tables(&store, &store.known(), id).await.unwrap()
    }

    fn installed(&self) -> usize {
        fs::read_dir(self.folder.path().join("data/components")).map_or(0, Iterator::count)
    }

    async fn end(self) {
        self.kernel.shutdown().await;
    }
}

fn install(path: &Path) -> ComponentChange {
    ComponentChange::Install(path.display().to_string())
}

fn swap(component: &str, to: impl ToString) -> ComponentChange {
    ComponentChange::Swap { component: component.into(), to: to.to_string() }
}

const KETTLE: &str = "# steps 0001_water\n# route /kettle";

#[tokio::test]
async fn a_file_is_installed_used_uninstalled_and_purged() {
    let kitchen = Kitchen::open().await;
    let file = kitchen.file("kettle", &text("kettle", "1.0.0", KETTLE));
    let plan = kitchen.kernel.plan("demo", &install(&file)).await.unwrap();
    assert!(plan.possible, "{:?}", plan.lines);
    assert_eq!(plan.lines[0], "'kettle' 1.0.0 is switched on");
    assert_eq!((kitchen.installed(), kitchen.running().await.len()), (0, 2), "a plan does nothing");

    kitchen.done(install(&file)).await;
    fs::remove_file(&file).unwrap();
    assert_eq!(kitchen.running().await, ["kettle", "pot", "table"]);
    let kitchen = kitchen.restart().await;
    assert_eq!(kitchen.running().await, ["kettle", "pot", "table"], "it is kept");
    let other = kitchen.kernel.create_store(testing::new_store("other")).await.unwrap();
    assert!(!other.present.load().resolution.runs("kettle"), "other stores did not choose it");
    drop(other);

    let store = kitchen.store().await;
    let unit = store.db.begin(uuid::Uuid::now_v7()).await.unwrap();
    let sql = "INSERT INTO kettle_0001_water (id) VALUES (7)";
    hatchery_component::Db::unit(unit.clone()).execute_unprepared(sql).await.unwrap();
    unit.commit().await.unwrap();
    let purge = || ComponentChange::Purge("kettle".into());
    assert_eq!(kitchen.refused(purge()).await, "'kettle' runs; switch it off first");

    let lines = kitchen.done(ComponentChange::Uninstall("kettle".into())).await;
    assert!(lines.contains(&"its data are written to files, and stay: 1 row in 1 table".into()));
    assert_eq!(kitchen.running().await, ["pot", "table"]);
    assert_eq!((kitchen.installed(), kitchen.tables("kettle").await.len()), (0, 1));
    let exports = store.folder.join("exports");
    let export = fs::read_dir(&exports).unwrap().next().unwrap().unwrap().path();
    let rows = fs::read_to_string(export.join("kettle_0001_water.jsonl")).unwrap();
    assert_eq!(rows, "{\"id\":7}\n");

    let lines = kitchen.done(purge()).await;
    assert_eq!(lines[0], "the data of 'kettle' are written to files: 1 row in 1 table");
    assert!(kitchen.tables("kettle").await.is_empty());
    assert!(kitchen.refused(purge()).await.starts_with("there is no component 'kettle'"));
    kitchen.end().await;
}

#[tokio::test]
async fn a_file_stays_while_another_store_has_chosen_it() {
    let kitchen = Kitchen::open().await;
    kitchen.kernel.create_store(testing::new_store("other")).await.unwrap();
    let file = kitchen.file("kettle", &text("kettle", "1.0.0", KETTLE));
    let actor = Actor::System { caused_by: None };
    let uninstall = || ComponentChange::Uninstall("kettle".into());
    kitchen.done(install(&file)).await;
    assert!(kitchen.kernel.apply("other", &install(&file), &actor).await.unwrap().possible);
    // Switched off is chosen all the same.
    let off = ComponentChange::Disable("kettle".into());
    assert!(kitchen.kernel.apply("other", &off, &actor).await.unwrap().possible);
    kitchen.done(uninstall()).await;
    assert_eq!(kitchen.installed(), 1);
    let kitchen = kitchen.restart().await;
    kitchen.done(install(&file)).await;
    kitchen.done(uninstall()).await;
    assert_eq!(kitchen.installed(), 1, "the other store is not open");
    assert!(kitchen.kernel.apply("other", &uninstall(), &actor).await.unwrap().possible);
    assert_eq!(kitchen.installed(), 0);
    kitchen.end().await;
}

#[tokio::test]
async fn versions_are_swapped_there_and_back_until_the_upgrade_is_finished() {
    let kitchen = Kitchen::open().await;
    let newer = "provides = { drink = \"1.0.0\" }\n# steps 0001_leaf 0002_herb 0003_drop_leaf\n# route /urn";
    let file = kitchen.file("pot", &text("pot", "1.1.0", newer));
    let lines = kitchen.done(swap("pot", file.display())).await;
    assert!(lines[0].starts_with("'pot' 1.0.0 (linked) is replaced by 1.1.0 ("), "{lines:?}");
    for expected in [
        "with it come: GET /urn",
        "with it go: GET /pot",
        "its tables grow by 0002_herb",
        "`component finish-upgrade pot` runs 0003_drop_leaf when nobody needs the older version",
    ] {
        assert!(lines.contains(&expected.to_owned()), "{expected}: {lines:?}");
    }
    assert_eq!(kitchen.drink().await, "pot 1.1.0");
    assert_eq!(kitchen.tables("pot").await, ["pot_0001_leaf", "pot_0002_herb"]);

    kitchen.done(swap("pot", "linked")).await;
    assert_eq!(kitchen.drink().await, "pot 1.0.0", "the older version goes on with the new table");
    kitchen.done(swap("pot", "1.1.0")).await;
    assert!(kitchen.done(swap("pot", "1.1.0")).await[0].contains("already"));
    let kitchen = kitchen.restart().await;
    assert_eq!(kitchen.drink().await, "pot 1.1.0", "the choice is kept");

    let held = kitchen.store().await.assembly.load_full();
    kitchen.done(swap("pot", "linked")).await;
    kitchen.done(swap("pot", "1.1.0")).await;
    let finish = || ComponentChange::FinishUpgrade("pot".into());
    drop(held);
    assert_eq!(kitchen.done(finish()).await.last().unwrap(), "0003_drop_leaf ran");
    assert_eq!(kitchen.done(finish()).await, ["no upgrade of 'pot' waits to be finished"]);
    let refused = kitchen.refused(swap("pot", "linked")).await;
    assert!(refused.contains("a newer version of 'pot' has run 0003_drop_leaf"), "{refused}");
    assert_eq!(kitchen.drink().await, "pot 1.1.0");
    kitchen.end().await;
}

#[tokio::test]
async fn an_upgrade_is_not_finished_while_a_request_runs_on_the_older_version() {
    let kitchen = Kitchen::open().await;
    let newer = "provides = { drink = \"1.0.0\" }\n# steps 0001_leaf 0003_drop_leaf";
    let file = kitchen.file("pot", &text("pot", "1.1.0", newer));
    let held = kitchen.store().await.assembly.load_full();
    kitchen.done(swap("pot", file.display())).await;
    let finish = || ComponentChange::FinishUpgrade("pot".into());
    assert!(kitchen.refused(finish()).await.contains("requests still run on an older version"));
    drop(held);
    kitchen.done(finish()).await;
    kitchen.end().await;
}

#[tokio::test]
async fn another_component_takes_the_place_in_one_step() {
    let kitchen = Kitchen::open().await;
    let urn = text("urn", "2.0.0", "on_by_default = false\nprovides = { drink = \"1.0.0\" }");
    kitchen.file("host/urn", &urn);
    kitchen.kernel.reload_settings().await.unwrap();
    assert_eq!(kitchen.running().await, ["pot", "table"], "it is off until somebody wants it");
    let both = kitchen.refused(ComponentChange::Enable("urn".into())).await;
    assert!(both.contains("'pot' and 'urn' all provide 'drink'"), "{both}");
    kitchen.done(swap("pot", "urn")).await;
    assert_eq!(kitchen.drink().await, "urn 2.0.0");
    kitchen.done(swap("urn", "pot")).await;
    assert_eq!(kitchen.drink().await, "pot 1.0.0");
    kitchen.end().await;
}

#[tokio::test]
async fn whatever_step_fails_leaves_everything_as_it_was() {
    let kitchen = Kitchen::open().await;
    let store = kitchen.store().await;
    let generation = store.assembly.load().generation;
    for (name, content, says) in [
        ("no_component", "hello".to_owned(), "no_component"),
        ("reserved", text("kernel", "1.0.0", ""), "the settings use that name"),
        ("closed", text("kettle", "1.0.0", "# open the lid is stuck"), "the lid is stuck"),
        ("needy", text("kettle", "1.0.0", "requires = { gas = \"^1\" }"), "'kettle' needs 'gas'"),
        // What a manifest alone tells is told before any code runs.
        (
            "early",
            text("kettle", "1.0.0", "requires = { drink = \"^2\" }\n# open the lid is stuck"),
            "'kettle' works with 'drink' ^2, but 'pot' provides version 1.0.0",
        ),
        ("path", text("kettle", "1.0.0", "# route /pot"), "kettle"),
        ("table", text("kettle", "1.0.0", "# steps 0001_a 9999_broken"), "9999_broken"),
        ("start", text("kettle", "1.0.0", "# steps 0001_a\n# start no power"), "no power"),
        ("panic", text("kettle", "1.0.0", "# steps 0001_a\n# start panics"), "panicked while it"),
        (
            "liar",
            text("kettle", "1.0.0", "provides = { steam = \"1.0.0\" }\n# steps 0001_a"),
            "says in its component.toml that it provides steam",
        ),
        (
            "pot",
            text(
                "pot",
                "1.5.0",
                "provides = { drink = \"1.0.0\" }\n# steps 0001_leaf\n# start no power",
            ),
            "no power",
        ),
    ] {
        let file = kitchen.file(name, &content);
        let told = match kitchen.apply(install(&file)).await {
            Ok(report) if !report.possible => report.lines.join("\n"),
            Ok(report) => panic!("{name}: {:?}", report.lines),
            Err(error) => error.chain(),
        };
        assert!(told.contains(says), "{name}: {told}");
        assert_eq!(store.assembly.load().generation, generation, "{name}");
        assert_eq!(kitchen.running().await, ["pot", "table"], "{name}");
        assert_eq!(kitchen.drink().await, "pot 1.0.0", "{name}");
        assert_eq!(kitchen.installed(), 0, "{name}: a copy is left");
        assert!(kitchen.tables("kettle").await.is_empty(), "{name}: tables are left");
        assert!(kitchen.kernel.shelf().builds("kettle").is_empty(), "{name}: on the shelf");
    }
    // What failed is not wanted for ever: the same component works once its file does.
    let file = kitchen.file("good", &text("kettle", "1.0.0", KETTLE));
    kitchen.done(install(&file)).await;
    assert_eq!(kitchen.running().await, ["kettle", "pot", "table"]);
    kitchen.end().await;
}

#[tokio::test]
async fn the_settings_choose_versions_and_the_folder_brings_them() {
    let kitchen = Kitchen::open().await;
    let pot = |version| text("pot", version, "provides = { drink = \"1.0.0\" }\n# steps 0001_leaf");
    kitchen.file("host/pot-1.2", &pot("1.2.0"));
    kitchen.file("host/pot-2.0", &pot("2.0.0"));
    kitchen.file("host/broken", "hello");
    for twin in ["one", "two"] {
        kitchen.file(&format!("host/{twin}"), &format!("{}\n# note {twin}", pot("3.0.0")));
    }
    kitchen.kernel.reload_settings().await.unwrap();
    assert_eq!(kitchen.drink().await, "pot 2.0.0", "the best one in the folder takes part");
    let shelf = kitchen.kernel.shelf();
    let told: Vec<&String> = shelf.refused().values().collect();
    assert_eq!(told.len(), 3);
    assert!(told[1].ends_with("are all 'pot' 3.0.0, so none of them is used; remove all but one"));

    let config = |text: &str| {
        fs::write(kitchen.folder.path().join("config/default.toml"), text).unwrap();
    };
    for (setting, drink) in
        [("\"~1.2\"", "pot 1.2.0"), ("\"=1.0.0\"", "pot 1.0.0"), ("true", "pot 2.0.0")]
    {
        config(&format!("[components]\npot = {setting}\n"));
        kitchen.kernel.reload_settings().await.unwrap();
        assert_eq!(kitchen.drink().await, drink, "{setting}");
    }
    config("[components]\npot = \"^3\"\n");
    let refused = kitchen.kernel.reload_settings().await.unwrap_err();
    assert!(refused.message().contains("'pot' has no version that fits ^3"), "{refused}");
    assert_eq!(kitchen.drink().await, "pot 2.0.0");
    config("[components]\npot = \"three\"\n");
    let refused = kitchen.kernel.reload_settings().await.unwrap_err();
    assert!(refused.message().contains("default.toml:2"), "{refused}");

    config("[components]\npot = \"~1.2\"\n");
    kitchen.kernel.reload_settings().await.unwrap();
    let fixed = kitchen.refused(swap("pot", "2.0.0")).await;
    assert!(fixed.contains("fixed to ~1.2") && fixed.contains("default.toml:2"), "{fixed}");
    fs::remove_file(kitchen.folder.path().join(format!("host/pot-1.2{SUFFIX}"))).unwrap();
    config("");
    kitchen.kernel.reload_settings().await.unwrap();
    assert_eq!(kitchen.drink().await, "pot 2.0.0");
    kitchen.end().await;
}

#[tokio::test]
async fn memory_of_files_that_nobody_uses_is_counted_and_bounded() {
    let kitchen = Kitchen::open().await;
    fs::write(kitchen.folder.path().join("config/default.toml"), "[host]\nretired_libraries = 2\n")
        .unwrap();
    kitchen.kernel.reload_settings().await.unwrap();
    let file = |number: u32| {
        let rest =
            format!("provides = {{ drink = \"1.0.0\" }}\n# steps 0001_leaf\n# note {number}");
        kitchen.file(&format!("pot{number}"), &text("pot", "1.1.0", &rest))
    };
    for number in 0..3 {
        kitchen.done(swap("pot", file(number).display())).await;
    }
    let (count, bytes) = kitchen.kernel.retired_libraries();
    assert_eq!(count, 2);
    assert!(bytes > 0);
    let refused = kitchen.refused(swap("pot", file(3).display())).await;
    assert!(refused.contains("restart the host, or raise host.retired_libraries"), "{refused}");
    kitchen.done(swap("pot", file(0).display())).await;
    assert_eq!(kitchen.kernel.retired_libraries().0, 2, "one that is open is used again");
    kitchen.end().await;
}

#[tokio::test]
async fn a_component_that_does_not_stop_holds_nobody_up() {
    let kitchen = Kitchen::open().await;
    for stop in ["panics", "hangs"] {
        let file = kitchen.file(stop, &text("kettle", "1.0.0", &format!("# stop {stop}")));
        kitchen.done(install(&file)).await;
        kitchen.done(ComponentChange::Uninstall("kettle".into())).await;
    }
    kitchen.done(swap("pot", "linked")).await;
    assert_eq!(kitchen.drink().await, "pot 1.0.0");
    let ended = tokio::time::timeout(Duration::from_secs(60), kitchen.end());
    ended.await.expect("shutdown does not wait for ever");
}
