//! Which components are linked and which are loaded.

use std::collections::BTreeSet;
use std::env;
use std::fs;

use crate::client::Client;
use crate::support::{Host, components};

/// The home that `cargo xtask test` tries: `linked`, `loaded` or `mixed`.
const HOME_VARIABLE: &str = "HATCHERY_TEST_HOME";

#[tokio::test]
async fn the_host_runs_in_the_home_that_is_tried() {
    let home = env::var(HOME_VARIABLE).unwrap_or_else(|_| "linked".to_owned());
    let files: BTreeSet<String> = match components() {
        None => BTreeSet::new(),
        Some(folder) => fs::read_dir(folder)
            .expect("the folder of components")
            .map(|entry| entry.expect("a file").path().display().to_string())
            .collect(),
    };
    let mut host = Host::start(&["--demo"]).await;
    let output = host.output();
    let loaded: BTreeSet<String> = output
        .lines()
        .filter(|line| line.contains(" loaded '"))
        .filter_map(|line| line.split_whitespace().last().map(str::to_owned))
        .collect();
    assert_eq!(loaded, files, "{output}");
    let staff = Client::owner(&host).await;
    let answer = staff.get("/api/v1/admin/components").await;
    let known = answer.body.as_array().expect("components").len();
    match home.as_str() {
        "linked" => assert_eq!(files.len(), 0),
        "loaded" => assert_eq!(files.len(), known, "{answer:?}"),
        "mixed" => assert_eq!(files.len(), known.div_ceil(2), "{answer:?}"),
        other => panic!("no home is called {other}"),
    }
    // The same for people who end it: all is let go of, and nothing hangs.
    assert!(host.stop().await, "{}", host.output());
}
