//! A component that no Rust compiler has seen, speaking the first version of the boundary.

use std::path::PathBuf;
use std::process::Command;

use hatchery_component::{Kind, Progress};
use hatchery_loader::{inspect, open};
use hatchery_sample::Neighbor;
use serde_json::json;

use crate::host::{Store, empty};

/// Builds the component with the machine's C compiler, which Rust needs as well to link.
fn build(folder: &tempfile::TempDir) -> PathBuf {
    let library = folder.path().join("foreign.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/component.c");
    let mut command = Command::new("cc");
    command.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
    let status = command.arg(&library).arg(source).status().unwrap();
    assert!(status.success(), "the C compiler works");
    library
}

// The sources of other systems' sections and names differ.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_component_of_another_language_and_an_old_boundary_works() {
    let folder = tempfile::tempdir().unwrap();
    let file = inspect(&build(&folder)).unwrap();
    assert_eq!((file.manifest.id.as_str(), file.boundary_minor), ("foreign", 0));
    let component = open(file, folder.path()).unwrap().component;
    let store = Store::open("foreign", component).await;
    let ctx = store.ctx();
    let neighbor = ctx.get::<dyn Neighbor>().unwrap();
    assert_eq!(neighbor.answer(&ctx, "who are you".into()).await.unwrap(), "hello from C");
    let declared = &store.declaration;
    assert!(declared.routes.is_empty() && declared.resync.is_none());
    assert_eq!((declared.settings.check)(&empty()), Ok(()));
    let task = &declared.tasks[0];
    let said = (task.handler)(ctx.clone(), json!({}), Progress::silent()).await.unwrap();
    assert_eq!((task.name, said), ("foreign.say", json!("hello from C")));
    // What no version says is an error, not a guess.
    let error = (declared.jobs[0].handler)(ctx, json!({})).await.err().unwrap();
    assert_eq!(error.kind(), Kind::Internal);
    assert!(error.chain().contains("unknown status 99"), "{}", error.chain());
    store.stop().await;
}
