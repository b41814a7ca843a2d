//! Invariant 13: order never comes by luck.

use std::collections::BTreeSet;
use std::path::Path;

use crate::findings::{Finding, assert_none};
use crate::source::{Function, Source, identifiers, names};
use crate::workspace::Workspace;

/// What gives the rows of a query, or the result built of them, an order.
const ORDERED: [&str; 12] = [
    "order_by",
    "cursor_by",
    ".sort",
    "sorted",
    "BTreeMap",
    "BTreeSet",
    "HashMap",
    "HashSet",
    "min_by",
    "max_by",
    ".sum",
    "count",
];
/// Ways to walk through a whole map.
const WALKS: [&str; 8] = [
    "iter()",
    "iter_mut()",
    "into_iter()",
    "keys()",
    "values()",
    "into_keys()",
    "into_values()",
    "drain()",
];
/// What makes the order of a walk harmless, in the statement or just below it.
const HARMLESS: [&str; 12] = [
    "sort", "BTreeMap", "BTreeSet", "HashMap", "HashSet", ".sum", ".count", ".any(", ".all(",
    ".max", ".min", ".len(",
];

#[test]
fn queries_of_many_rows_say_their_order() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        for source in it.module("db") {
            for function in source.functions() {
                // What is looked up by its keys goes to somebody who has the keys in their order.
                if function.name().starts_with("by_") {
                    continue;
                }
                let ordered =
                    |it: &&str| function.body.contains(*it) || function.signature.contains(*it);
                if reads_rows(&function) && !ORDERED.iter().any(ordered) {
                    let message =
                        format!("`{}` reads rows without order_by or a sort", function.name());
                    findings.push(Finding::new(&source.path, function.line, message));
                }
            }
        }
    }
    assert_none("Invariant 13: a query of many rows says its order.", findings);
}

#[test]
fn hash_maps_are_not_walked_in_their_own_order() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.crates.iter().filter(|it| it.folder != Path::new("tests")) {
        for source in &it.sources {
            findings.extend(unordered_walks(source));
        }
    }
    assert_none("Invariant 13: a hash map has no order; sort, or use BTreeMap.", findings);
}

fn reads_rows(function: &Function<'_>) -> bool {
    [".all(", ".query_all("].iter().any(|call| {
        function.body.match_indices(call).any(|(position, _)| {
            // `iter().all(|x| ..)` asks whether all are so.
            !function.body[position + call.len()..].trim_start().starts_with('|')
        })
    }) && names(function.body, "await")
}

/// Lines that walk through a hash map and neither sort nor fold what comes out.
fn unordered_walks(source: &Source) -> Vec<Finding> {
    let maps = hash_maps(source);
    let lines: Vec<(usize, &str)> = source.lines().collect();
    let mut findings = Vec::new();
    for (index, (number, line)) in lines.iter().enumerate() {
        let walked = maps.iter().find(|map| walks(line, map));
        let Some(map) = walked else { continue };
        let from = index.saturating_sub(2);
        let near: String =
            lines[from..lines.len().min(index + 8)].iter().map(|(_, line)| *line).collect();
        if !HARMLESS.iter().any(|it| near.contains(it)) {
            let message =
                format!("`{map}` is a hash map: sort what comes out of it, or use BTreeMap");
            findings.push(Finding::new(&source.path, *number, message));
        }
    }
    findings
}

/// Names of variables and fields that are hash maps or sets.
fn hash_maps(source: &Source) -> BTreeSet<String> {
    let mut maps = BTreeSet::new();
    for (_, line) in source.lines() {
        for kind in ["HashMap", "HashSet"] {
            let Some(position) = line.find(kind) else { continue };
            let before = &line[..position];
            // `name: HashMap<..>` and `let name = HashMap::new()`, with wrappers such as `Mutex<`.
            let end = before.rfind(['=', ':']).map(|end| before[..end].trim_end_matches(':'));
            let name = end.and_then(|it| identifiers(it).last());
            if let Some(name) = name.filter(|it| it.starts_with(char::is_lowercase)) {
                maps.insert(name.to_owned());
            }
        }
    }
    for word in ["use", "std", "collections", "mut"] {
        maps.remove(word);
    }
    maps
}

fn walks(line: &str, map: &str) -> bool {
    let by_method = WALKS.iter().any(|walk| {
        let walk = format!("{map}.{walk}");
        line.match_indices(&walk).any(|(position, _)| !ends_in_word(&line[..position]))
    });
    let by_loop = line.trim_start().starts_with("for ")
        && line.split(" in ").nth(1).and_then(|rest| rest.split('{').next()).is_some_and(|rest| {
            let walked = rest.trim().trim_start_matches('&').trim_start_matches("mut ");
            walked.trim_start_matches("self.") == map
        });
    by_method || by_loop
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

#[test]
fn walks_through_hash_maps_are_found() {
    let check = |text: &str, expect: usize| {
        let source = Source::parse(Path::new("a.rs"), text);
        assert_eq!(unordered_walks(&source).len(), expect, "{text}");
    };
    let map = "let names: HashMap<u8, u8> = f();\n\n\n";
    check(&format!("{map}for (a, b) in &names {{ g(a) }}\n"), 1);
    check(&format!("{map}let v: Vec<_> = names.keys().collect();\n"), 1);
    check(&format!("{map}let mut v: Vec<_> = names.keys().collect();\nv.sort();\n"), 0);
    check(&format!("{map}names.get(&1);\n"), 0);
    check("let names: BTreeMap<u8, u8> = f();\nfor a in &names {}\n", 0);
    check(
        "struct A {\n    names: Mutex<HashMap<u8, u8>>,\n}\n\n\nfn f() { self.names.values() }\n",
        1,
    );
}
