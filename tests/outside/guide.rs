//! `docs/guides/first-component.md`, done word by word.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::page::{What, edit, steps};
use crate::shell::{Shell, Staying};
use crate::workshop::{Workshop, free_port, root};

const GUIDE: &str = "docs/guides/first-component.md";
const EXAMPLE: &str = "docs/examples/wishlist";
/// The port that the guide names, and every test has another one.
const PORT: &str = "8080";

#[test]
fn the_guide_leads_to_a_working_wishlist() {
    let Some(workshop) = Workshop::open("the_guide_leads_to_a_working_wishlist") else { return };
    let page = fs::read_to_string(root().join(GUIDE)).expect("the guide");
    let page = page.replace(PORT, &free_port().to_string());
    let project = workshop.folder().join("wishlist");
    let mut shell = Shell::open(workshop.folder(), &workshop.tools());
    let mut staying = Vec::new();
    let mut last = String::new();
    let mut is_edited = false;
    for step in steps(&page) {
        let begun = Instant::now();
        match &step.what {
            What::Run(commands) => {
                last = shell
                    .run(commands)
                    .unwrap_or_else(|why| panic!("{GUIDE}:{}: {why}", step.line));
                let seconds = begun.elapsed().as_secs_f64();
                println!("{GUIDE}:{}: {seconds:.1} s", step.line);
                if is_edited && commands.contains("component swap") && !commands.contains("test") {
                    println!("from an edit to the running store: {seconds:.1} s");
                }
                is_edited = false;
                workshop.share_target(&project);
            }
            What::Stay(command) => {
                let folder = PathBuf::from(shell.run("pwd").expect("a folder").trim());
                let ready = "Hatchery is ready";
                staying.push(Staying::start(command, &folder, &workshop.tools(), ready));
            }
            What::Prints(expected) => {
                for line in expected {
                    assert!(last.contains(line), "{GUIDE}:{}: no `{line}` in:\n{last}", step.line);
                }
            }
            What::Write { .. } | What::Change { .. } => {
                edit(&project, &step);
                is_edited = true;
            }
        }
    }
    assert!(!staying.is_empty(), "the guide starts a store");
    assert_eq!(files(&project), files(&root().join(EXAMPLE)), "the guide ends with the example");
}

/// All files of a project that people write, by path. Where its SDK is does not matter.
fn files(project: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut open = vec![project.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = path.strip_prefix(project).expect("inside").display().to_string();
            match name.as_str() {
                // Made by cargo, and by the commands of the guide.
                "target" | "Cargo.lock" | "me" | "staff" | "button" | "nothing" => {}
                _ if path.is_dir() => open.push(path),
                _ => {
                    let text = fs::read_to_string(&path).expect("a text");
                    let lines = text.lines().filter(|line| !line.starts_with("hatchery-sdk = "));
                    files.insert(name, lines.map(|line| format!("{line}\n")).collect());
                }
            }
        }
    }
    files
}
