//! `docs/examples/wishlist`, and what `hatchery component new` writes, under the eyes of cargo and of a host.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::shell::{Staying, command};
use crate::workshop::{Workshop, free_port, printed, root};

#[test]
fn the_example_is_clean_and_keeps_what_it_promises() {
    let Some(workshop) = Workshop::open("the_example_is_clean_and_keeps_what_it_promises") else {
        return;
    };
    let project = root().join("docs/examples/wishlist");
    workshop.run(&project, "cargo", &["fmt", "--check"]);
    workshop.run(&project, "cargo", &["clippy", "--all-targets", "--quiet", "--", "-Dwarnings"]);
    workshop.run(&project, "cargo", &["test", "--quiet"]);
    workshop.run(&project, "cargo", &["build", "--quiet"]);
    let library = workshop.library("wishlist");
    check(&workshop, &library);
}

#[test]
fn what_is_written_first_is_clean_whatever_its_name() {
    let Some(workshop) = Workshop::open("what_is_written_first_is_clean_whatever_its_name") else {
        return;
    };
    for id in ["gift-wrap", "a", "notes-of-everybody-who-works-here"] {
        workshop.run(workshop.folder(), "hatchery", &["component", "new", id]);
        let project = workshop.folder().join(id);
        workshop.run(&project, "cargo", &["fmt", "--check"]);
        if id != "a" {
            workshop.run(&project, "cargo", &["test", "--quiet"]);
        }
    }
    let name = "gift-wrap";
    let built = workshop.run(&workshop.folder().join(name), "cargo", &["build"]);
    assert!(!built.contains("warning"), "{built}");
    check(&workshop, &workshop.library("gift_wrap"));
}

#[test]
fn what_does_not_keep_its_promises_is_found_out() {
    let Some(workshop) = Workshop::open("what_does_not_keep_its_promises_is_found_out") else {
        return;
    };
    workshop.run(workshop.folder(), "hatchery", &["component", "new", "spoiled"]);
    let project = workshop.folder().join("spoiled");
    let spoil = |file: &str, old: &str, new: &str| {
        let path = project.join(file);
        let text = fs::read_to_string(&path).expect("a file");
        assert!(text.contains(old), "{file} has no {old}");
        fs::write(path, text.replace(old, new)).expect("a file can be written");
    };
    let spoiled = || {
        workshop.run(&project, "cargo", &["build", "--quiet"]);
        refused(&workshop, &workshop.library("spoiled"))
    };
    spoil("messages/zh-CN.ftl", "spoiled-field-visitor", "spoiled-field-guest");
    spoil("templates/product.html", "</p>", "</p>{% if %}");
    spoil("component.toml", "permissions = [\"spoiled.item.read\"]", "");
    spoil("src/db/migrations.rs", "spoiled_item_once", "first_item_once");
    let printed = spoiled();
    for failed in [
        "FAILED  its permissions stand in the manifest: 'spoiled.item.read'",
        "FAILED  its tables begin with its name: 0001_create_item names 'first_item_once'",
        "FAILED  its words are there in every language: en lacks spoiled-field-guest; zh-CN lacks",
        "FAILED  its templates can be read: product.html",
        "4 of 9 checks failed.",
    ] {
        assert!(printed.contains(failed), "no `{failed}` in:\n{printed}");
    }
    spoil("messages/zh-CN.ftl", "spoiled-field-guest", "spoiled-field-visitor");
    spoil("templates/product.html", "{% if %}", "");
    spoil("component.toml", "[requires]", "permissions = [\"spoiled.item.read\"]\n\n[requires]");
    spoil("src/db/migrations.rs", "first_item_once", "spoiled_item_once");
    spoil(
        "src/http/slots.rs",
        "    let lists = db::",
        "    assert!(products.is_empty());\n    let lists = db::",
    );
    spoil("src/ops/read_list.rs", "None => Ok(Vec::new())", "None => panic!(\"nobody\")");
    let printed = spoiled();
    for failed in [
        "FAILED  its 1 GET routes answer (SQLite, with what it requires): GET",
        "FAILED  its 1 slots are filled (SQLite, with everything): product.after",
        "panicked",
    ] {
        assert!(printed.contains(failed), "no `{failed}` in:\n{printed}");
    }
    assert!(!printed.contains("FAILED  it starts"), "{printed}");
}

#[test]
fn a_file_that_is_no_component_is_told_in_one_line() {
    let Some(workshop) = Workshop::open("a_file_that_is_no_component_is_told_in_one_line") else {
        return;
    };
    let file = |name: &str, bytes: &[u8]| {
        let path = workshop.folder().join(name);
        fs::write(&path, bytes).expect("a file can be written");
        path
    };
    let host = fs::read(workshop.tools().join("hatchery")).expect("the host");
    let cases = [
        (file("text.so", b"not a library"), "is no shared library, or a damaged one"),
        (file("empty.so", b""), "is no shared library, or a damaged one"),
        (file("half.so", &host[..4096]), "is no shared library, or a damaged one"),
        (file("program.so", &host), "is a shared library, but no Hatchery component"),
        (workshop.folder().join("absent.so"), "cannot be read"),
    ];
    for (path, reason) in cases {
        let printed = refused(&workshop, &path);
        let expected = "FAILED  it is a component for this host: ";
        assert!(printed.starts_with(expected) && printed.contains(reason), "{printed}");
        assert!(printed.ends_with("1 of 1 checks failed.\n"), "{printed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_uses_the_example_from_a_folder() {
    let Some(workshop) = Workshop::open("a_store_uses_the_example_from_a_folder") else { return };
    let project = root().join("docs/examples/wishlist");
    workshop.run(&project, "cargo", &["build", "--quiet"]);
    let components = workshop.folder().join("components");
    fs::create_dir(&components).expect("a folder can be made");
    let library = workshop.library("wishlist");
    fs::copy(library, components.join("libwishlist.so")).expect("a file can be copied");
    let port = free_port();
    let line = format!("hatchery serve --demo --components components --listen 127.0.0.1:{port}");
    let ready = "Hatchery is ready";
    let _host = Staying::start(&line, workshop.folder(), &workshop.tools(), ready);

    let client = reqwest::Client::builder().cookie_store(true).build().expect("a client");
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let get = async |path: &str| {
        let answer = client.get(url(path)).send().await.expect("an answer");
        let (status, text) = (answer.status().as_u16(), answer.text().await.expect("a text"));
        assert_eq!(status, 200, "{path}: {text}");
        text
    };
    let json = async |path: &str| -> Value { get(path).await.parse().expect("JSON") };
    let product = json("/api/v1/store/products?limit=1").await["items"][0].clone();
    let page = get(&format!("/products/{}", product["slug"].as_str().expect("a slug"))).await;
    assert!(page.contains("action=\"/wishlist\""), "the button: {page}");
    assert_eq!(json("/api/v1/store/wishlist/items").await["items"], json!([]));
    let fields = [("action", "add"), ("product", product["id"].as_str().expect("an id"))];
    let body = fields.map(|(name, value)| format!("{name}={value}")).join("&");
    let form = client
        .post(url("/wishlist"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", format!("http://127.0.0.1:{port}"))
        .body(body);
    let list = form.send().await.expect("an answer").text().await.expect("a page");
    assert!(list.contains(product["name"].as_str().expect("a name")), "{list}");
    let items = json("/api/v1/store/wishlist/items").await["items"].clone();
    assert_eq!(items[0]["product_id"], product["id"]);
    let item = url(&format!("/api/v1/store/wishlist/items/{}", fields[1].1));
    assert_eq!(client.delete(item).send().await.expect("an answer").status(), 204);
    assert_eq!(json("/api/v1/store/wishlist/items").await["items"], json!([]));
    let api = json("/api/openapi.json").await;
    assert!(api["paths"]["/api/v1/store/wishlist/items"]["post"].is_object());
}

fn check(workshop: &Workshop, library: &Path) {
    let library = library.to_str().expect("a path");
    let mut arguments = vec!["component", "check", library];
    let postgres = std::env::var("HATCHERY_TEST_POSTGRES");
    if let Ok(url) = &postgres {
        arguments.extend(["--postgres", url]);
    }
    let printed = workshop.run(workshop.folder(), "hatchery", &arguments);
    assert!(printed.contains("checks passed."), "{printed}");
    assert_eq!(printed.contains("(PostgreSQL, with everything)"), postgres.is_ok(), "{printed}");
}

/// What `check` says of a file that it refuses.
fn refused(workshop: &Workshop, file: &Path) -> String {
    let mut command = command("hatchery", workshop.folder(), &workshop.tools());
    let output = command.args(["component", "check"]).arg(file).output().expect("it can be run");
    assert_eq!(output.status.code(), Some(1), "{}", printed(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
