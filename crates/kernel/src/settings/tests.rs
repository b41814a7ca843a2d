use std::fs;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::TempDir;
use utoipa::ToSchema;

use super::*;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct BellSettings {
    tone: String,
    rings: u32,
    echo: Option<String>,
    places: Vec<String>,
    hush: Hush,
    password: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Hush {
    from: u8,
    until: u8,
}

fn schemas() -> Schemas {
    let schema = SettingsSchema::of::<BellSettings>(|bell| {
        if bell.hush.from > bell.hush.until {
            return Err("'hush.from' must not be after 'hush.until'".into());
        }
        Ok(())
    });
    let bell =
        Accepted { schema, secrets: BTreeSet::from(["password".to_owned()]), others: Vec::new() };
    let kernel = Accepted { schema: kernel_schema(), secrets: BTreeSet::new(), others: Vec::new() };
    let plain =
        Accepted { schema: SettingsSchema::none(), secrets: BTreeSet::new(), others: Vec::new() };
    Schemas(BTreeMap::from([
        ("door-bell".to_owned(), bell),
        ("kernel".to_owned(), kernel),
        ("lamp".to_owned(), plain),
    ]))
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("stores")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn errors(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    let result = Settings::load(Some(folder.path()), &pairs(variables), &schemas());
    let Err(errors) = result else { return Vec::new() };
    let start = format!("{}/", folder.path().display());
    errors.to_string().lines().map(|line| line.replace(&start, "")).collect()
}

fn pairs(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn bell(files: &[(&str, &str)], variables: &[(&str, &str)], stored: &StoredSettings) -> Effective {
    let folder = folder(files);
    let settings = Settings::load(Some(folder.path()), &pairs(variables), &schemas()).unwrap();
    let store = settings.for_store("my-shop", &schemas(), stored).unwrap();
    store.components["door-bell"].clone()
}

#[test]
fn without_a_folder_the_defaults_apply() {
    let settings = Settings::load(None, &[], &schemas()).unwrap();
    assert_eq!(settings.host, HostSettings::default());
    let store = settings.for_store("acme", &schemas(), &StoredSettings::default()).unwrap();
    assert_eq!(store.components["door-bell"].values["rings"], 0);
    assert!(store.switches.get("lamp").is_none());
}

#[test]
fn each_layer_beats_the_one_before() {
    let stored = StoredSettings::default().changed(&StoredChange {
        component: "door-bell".into(),
        values: BTreeMap::from([
            ("tone".to_owned(), Some(json!("saved"))),
            ("rings".to_owned(), Some(json!(1))),
            ("echo".to_owned(), Some(json!("saved"))),
        ]),
    });
    let default = ("default.toml", "[door-bell]\nrings = 2\ntone = \"default\"\n");
    let store = ("stores/my-shop.toml", "[door-bell]\nrings = 3\nhush = { until = 7 }\n");
    let all = ("HATCHERY__DOOR_BELL__RINGS", "4");
    let one = ("HATCHERY__STORES__MY_SHOP__DOOR_BELL__RINGS", "5");
    let rings =
        |files: &[_], variables: &[_]| bell(files, variables, &stored).values["rings"].clone();
    assert_eq!(rings(&[], &[]), 1);
    assert_eq!(rings(&[default], &[]), 2);
    assert_eq!(rings(&[default, store], &[]), 3);
    assert_eq!(rings(&[default, store], &[all]), 4);
    assert_eq!(rings(&[default, store], &[all, one]), 5);

    let bell = bell(&[default, store], &[one], &stored);
    assert_eq!(
        bell.values,
        json!({
            "tone": "default", "rings": 5, "echo": "saved", "places": [],
            "hush": { "from": 0, "until": 7 }, "password": "",
        })
    );
    let locked: Vec<&str> = bell.locked.keys().map(String::as_str).collect();
    assert_eq!(locked, ["hush.until", "rings", "tone"]);
    assert!(bell.locked["hush.until"].to_string().ends_with("stores/my-shop.toml:3"));
    assert_eq!(bell.locked["rings"], Place::Variable(one.0.into()));
}

#[test]
fn a_variable_has_the_type_of_its_key() {
    let variables = [
        ("HATCHERY__DOOR_BELL__TONE", "440"),
        ("HATCHERY__DOOR_BELL__ECHO", "true"),
        ("HATCHERY__DOOR_BELL__PLACES", "hall, attic"),
        ("HATCHERY__DOOR_BELL__HUSH__UNTIL", "9"),
        ("HATCHERY__DOOR_BELL__PASSWORD", "s3cret"),
    ];
    let values = bell(&[], &variables, &StoredSettings::default()).values;
    assert_eq!(values["tone"], "440");
    assert_eq!(values["echo"], "true");
    assert_eq!(values["places"], json!(["hall", "attic"]));
    assert_eq!(values["hush"]["until"], 9);
    assert_eq!(values["password"], "s3cret");
}

#[test]
fn what_does_not_fit_is_named_with_file_line_and_key() {
    let check = |file: &str, text: &str, expected: &[&str]| {
        assert_eq!(errors(&[(file, text)], &[]), expected, "{text}");
    };
    check(
        "default.toml",
        "[door-bell]\ntone = \"a\"\nringz = 2\n",
        &["default.toml:3: door-bell.ringz: unknown key; did you mean 'rings'?"],
    );
    check(
        "default.toml",
        "[door-bell.hush]\nfrm = 2\n",
        &["default.toml:2: door-bell.hush.frm: unknown key; did you mean 'from'?"],
    );
    check(
        "default.toml",
        "\n[door-bel]\ntone = \"a\"\n",
        &[
            "default.toml:3: door-bel.tone: no component claims the table 'door-bel'; did you mean 'door-bell'?",
        ],
    );
    check(
        "default.toml",
        "[lamp]\nwatts = 2\n",
        &["default.toml:2: lamp.watts: unknown key; 'lamp' has no settings there"],
    );
    check(
        "stores/acme.toml",
        "[door-bell]\nrings = \"many\"\n",
        &["stores/acme.toml:2: door-bell.rings: invalid type: string \"many\", expected u32"],
    );
    check(
        "stores/acme.toml",
        "[door-bell.hush]\nfrom = 9\nuntil = 8\n",
        &["stores/acme.toml:2: door-bell.hush.from: 'hush.from' must not be after 'hush.until'"],
    );
    check(
        "stores/acme.toml",
        "[store]\ntime_zone = \"Mars/Base\"\n[host]\nlisten = \"0.0.0.0:80\"\n",
        &[
            "stores/acme.toml:2: store.time_zone: 'Mars/Base' is no IANA time zone, like Europe/London",
            "stores/acme.toml:4: host.listen: the process is set up in default.toml only",
        ],
    );
    check(
        "default.toml",
        "[host]\nlisten = \"8080\"\n",
        &["default.toml:2: host.listen: '8080' is no address with a port, like 127.0.0.1:8080"],
    );
    check(
        "default.toml",
        "lamp = 1\n",
        &["default.toml:1: lamp: 'lamp' is a table; write [lamp] and its keys below it"],
    );
    check(
        "default.toml",
        "[components]\ndisabled = [\n  \"lamp\",\n  \"lampe\",\n]\nbell = false\n",
        &[
            "default.toml:4: components.lampe: there is no component 'lampe'; did you mean 'lamp'?",
            "default.toml:6: components.bell: there is no component 'bell'; did you mean 'door-bell'?",
        ],
    );
    check(
        "defaults.toml",
        "",
        &[
            "defaults.toml:1: defaults.toml: this file is not read; settings stand in default.toml and \
           stores/<slug>.toml",
        ],
    );
    let syntax = &errors(&[("default.toml", "[lamp]\nwatts = \n")], &[])[0];
    assert!(syntax.starts_with("default.toml:2: syntax: "), "{syntax}");
}

#[test]
fn all_errors_are_told_at_once() {
    let text = "[door-bell]\nrings = \"many\"\ntune = 1\n[lamp]\nwatts = 2\n";
    assert_eq!(
        errors(&[("default.toml", text), ("stores/a.toml", "[lamp]\nwatts = 3\n")], &[]).len(),
        4
    );
}

#[test]
fn a_variable_nobody_claims_is_an_error() {
    assert_eq!(
        errors(&[], &[("HATCHERY__DOR_BELL__TONE", "a"), ("OTHER", "b")]),
        [
            "environment variable HATCHERY__DOR_BELL__TONE: dor_bell.tone: no component claims the table \
          'dor_bell'; did you mean 'door-bell'?"
        ]
    );
    assert_eq!(
        errors(&[], &[("HATCHERY__STORES__ACME__DOOR_BELL__RINGZ", "2")]),
        [
            "environment variable HATCHERY__STORES__ACME__DOOR_BELL__RINGZ: door-bell.ringz: unknown key; did \
          you mean 'rings'?"
        ]
    );
}

#[test]
fn a_secret_in_a_file_is_refused_without_showing_it() {
    let found = errors(&[("default.toml", "[door-bell]\npassword = \"s3cret\"\n")], &[]);
    assert_eq!(
        found,
        ["default.toml:2: door-bell.password: a secret does not belong into a file; set \
          HATCHERY__DOOR_BELL__PASSWORD, or save it in the admin"]
    );
    let wrong = errors(&[("default.toml", "[door-bell]\npassword = 1234\n")], &[]);
    assert!(wrong.iter().all(|line| !line.contains("1234")), "{wrong:?}");
}

#[test]
fn switches_of_a_store_beat_those_of_all() {
    let folder = folder(&[
        ("default.toml", "[components]\ndisabled = [\"lamp\"]\n"),
        ("stores/bright.toml", "[components]\nlamp = true\n"),
        ("stores/only.toml", "[components]\nenabled = [\"lamp\"]\n"),
    ]);
    let settings = Settings::load(Some(folder.path()), &[], &schemas()).unwrap();
    let state = |slug: &str, component: &str| {
        let store = settings.for_store(slug, &schemas(), &StoredSettings::default()).unwrap();
        store.switches.get(component).map(|(on, _)| on)
    };
    assert_eq!(state("dark", "lamp"), Some(false));
    assert_eq!(state("dark", "door-bell"), None);
    assert_eq!(state("bright", "lamp"), Some(true));
    assert_eq!(state("only", "lamp"), Some(true));
    assert_eq!(state("only", "door-bell"), Some(false));
}

#[tokio::test]
async fn an_edit_is_noticed_once_the_folder_is_quiet() {
    let folder = folder(&[("default.toml", "")]);
    let mut watch = watch(&[folder.path()]).unwrap();
    let write = || fs::write(folder.path().join("default.toml"), "[lamp]\n").unwrap();
    let (_, ()) = tokio::join!(watch.changed(), async { write() });
    // Reading what changed must not count as a change.
    Settings::load(Some(folder.path()), &[], &schemas()).unwrap();
    let again = tokio::time::timeout(std::time::Duration::from_millis(400), watch.changed()).await;
    assert!(again.is_err());
}
