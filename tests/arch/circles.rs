//! No circle between the modules of a crate: what is above uses what is below.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::source::{Source, identifiers};
use crate::workspace::{Crate, Workspace};

/// Who uses whom, by name.
pub(crate) type Edges = BTreeMap<String, BTreeSet<String>>;

/// Crates that are one vocabulary: their types name each other, and no module is above the others.
const VOCABULARIES: [&str; 2] = ["hatchery-abi", "hatchery-component"];

/// Modules of the kernel that are one running system: the process, its stores, what is done to them and
/// what component code is given. They count as one module, so nothing outside may lie between them.
const SYSTEM: [&str; 9] =
    ["blank", "change", "fleet", "health", "host", "kernel", "known", "platform", "store"];

/// The first circle, with its first name again at the end.
pub(crate) fn find(edges: &Edges) -> Option<Vec<String>> {
    let mut done = BTreeSet::new();
    edges.keys().find_map(|start| walk(edges, start, &mut Vec::new(), &mut done))
}

#[test]
fn top_level_modules_form_no_circle() {
    let workspace = Workspace::read();
    let circles: Vec<String> = workspace
        .crates
        .iter()
        .filter(|it| !VOCABULARIES.contains(&it.name.as_str()))
        .filter_map(|it| {
            let circle = find(&module_edges(it))?;
            let places: Vec<String> =
                circle.windows(2).filter_map(|pair| place(it, &pair[0], &pair[1])).collect();
            Some(format!("{}: {}\n  {}", it.name, circle.join(" -> "), places.join("\n  ")))
        })
        .collect();
    assert!(
        circles.is_empty(),
        "Modules in a circle; move what both need into a module below them:\n{}",
        circles.join("\n")
    );
}

fn walk(
    edges: &Edges,
    name: &str,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|it| it == name) {
        let mut circle = path[start..].to_vec();
        circle.push(name.to_owned());
        return Some(circle);
    }
    if !done.contains(name) {
        path.push(name.to_owned());
        for target in edges.get(name).into_iter().flatten() {
            if let Some(circle) = walk(edges, target, path, done) {
                return Some(circle);
            }
        }
        path.pop();
        done.insert(name.to_owned());
    }
    None
}

/// Which top-level module uses which. The crate root only lists, so it is no module here.
fn module_edges(it: &Crate) -> Edges {
    let modules: BTreeSet<&str> = it.sources.iter().map(|source| it.module_of(source)).collect();
    let mut edges = Edges::new();
    for source in &it.sources {
        let from = it.module_of(source);
        let targets = edges.entry(node(it, from).to_owned()).or_default();
        for (_, target) in uses(it, source) {
            // An op queues a job by the name that stands beside its handler, which calls ops; an
            // error states facts in the words of the domain, whose rules answer it.
            let names_only =
                [("ops", "jobs"), ("error", "domain")].contains(&(from, target.as_str()));
            let inside = node(it, from) == node(it, &target);
            let ignored = is_root(&target) || inside || (names_only && it.is_component());
            if !ignored && modules.contains(target.as_str()) {
                targets.insert(node(it, &target).to_owned());
            }
        }
    }
    edges
}

/// The name under which a module counts.
fn node<'a>(it: &Crate, module: &'a str) -> &'a str {
    let is_system = it.name == "hatchery-kernel" && SYSTEM.contains(&module);
    if is_system { "system" } else { module }
}

/// A file and line in which one module names the other.
fn place(it: &Crate, from: &str, to: &str) -> Option<String> {
    it.sources.iter().filter(|source| node(it, it.module_of(source)) == from).find_map(|source| {
        let (line, _) = uses(it, source).into_iter().find(|(_, target)| node(it, target) == to)?;
        Some(format!("{}:{line}: {from} uses {to}", source.path.display()))
    })
}

/// The top-level modules that a source names through `crate::` or `super::`, with the line.
pub(crate) fn uses(it: &Crate, source: &Source) -> Vec<(usize, String)> {
    let depth = depth(it, &source.path);
    let mut found = Vec::new();
    for start in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (position, _) in source.code.match_indices(&start) {
            let before = source.code[..position].chars().next_back();
            if before
                .is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':')
            {
                continue;
            }
            let line = crate::source::line_of(&source.code, position);
            if source.is_test(line) {
                continue;
            }
            let rest = &source.code[position + start.len()..];
            found.extend(first_names(rest).into_iter().map(|name| (line, name)));
        }
    }
    found
}

/// The first names of a path or of each path of a group: `{a::B, c}` gives `a` and `c`.
fn first_names(rest: &str) -> Vec<String> {
    if !rest.starts_with('{') {
        return identifiers(rest).next().map(str::to_owned).into_iter().collect();
    }
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut part = String::new();
    for letter in rest.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && letter == ',') {
            names.extend(identifiers(&part).next().map(str::to_owned));
            part.clear();
        } else {
            part.push(letter);
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// How many `super` lead from a file to the root of its crate.
fn depth(it: &Crate, path: &Path) -> usize {
    let below = path.strip_prefix(it.folder.join("src")).expect("a source of the crate");
    let parts = below.iter().count();
    if below.ends_with("mod.rs") { parts - 1 } else { parts }
}

fn is_root(module: &str) -> bool {
    matches!(module, "lib" | "main")
}

#[test]
fn a_circle_is_found_and_a_diamond_is_none() {
    let edges = |pairs: &[(&str, &str)]| {
        let mut edges = Edges::new();
        for (from, to) in pairs {
            edges.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        edges
    };
    assert_eq!(find(&edges(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])), None);
    let circle = find(&edges(&[("a", "b"), ("b", "c"), ("c", "b")])).expect("b and c");
    assert_eq!(circle, ["b", "c", "b"]);
}

#[test]
fn groups_name_all_their_modules() {
    assert_eq!(first_names("{a::{B, C}, d, e::F};"), ["a", "d", "e"]);
    assert_eq!(first_names("a::b::C;"), ["a"]);
}
