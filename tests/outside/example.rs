//! `docs/examples/wishlist`, and what `hatchery component new` writes, under the eyes of cargo and of a host.

use std::path::Path;

use serde_json::{Value, json};

use crate::shell::Staying;
use crate::workshop::{Workshop, free_port, root};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_store_uses_the_example_from_a_folder() {
    let Some(workshop) = Workshop::open("a_store_uses_the_example_from_a_folder") else { return };
    let project = root().join("docs/examples/wishlist");
    workshop.run(&project, "cargo", &["build", "--quiet"]);
    let components = workshop.folder().join("components");
    std::fs::create_dir(&components).expect("a folder can be made");
    let library = workshop.library("wishlist");
    std::fs::copy(library, components.join("libwishlist.so")).expect("a file can be copied");
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
