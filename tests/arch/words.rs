//! Pages and words: both languages complete, every key and every template there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::findings::{Finding, assert_none};
use crate::source::line_of;
use crate::workspace::{Crate, Workspace};

/// The languages in which every message exists.
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

#[test]
fn messages_exist_in_all_languages() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.crates.iter().filter(|it| workspace.has(&it.folder.join("messages"))) {
        let languages =
            LANGUAGES.map(|language| (file(it, language), keys(workspace, it, language)));
        for (path, present) in &languages {
            for (_, other) in &languages {
                for key in other.keys().filter(|key| !present.contains_key(*key)) {
                    findings.push(Finding::new(
                        path,
                        1,
                        format!("add `{key}`; the other language has it"),
                    ));
                }
            }
        }
    }
    assert_none("Every message exists in all languages.", findings);
}

#[test]
fn messages_start_with_the_id_of_their_component() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for it in workspace.components() {
        let prefix = format!("{}-", it.component_id(&workspace.root));
        for language in LANGUAGES {
            for (key, line) in keys(workspace, it, language) {
                if !key.starts_with(&prefix) {
                    let message = format!("rename `{key}`: a key here starts with `{prefix}`");
                    findings.push(Finding::new(&file(it, language), line, message));
                }
            }
        }
    }
    assert_none("No two components can bring the same message.", findings);
}

#[test]
fn templates_ask_only_for_messages_that_exist() {
    let workspace = Workspace::read();
    let known: BTreeSet<String> = workspace
        .crates
        .iter()
        .flat_map(|it| keys(workspace, it, LANGUAGES[0]).into_keys())
        .collect();
    let mut findings = Vec::new();
    for it in &workspace.crates {
        for path in workspace.files(&it.folder.join("templates"), "html") {
            let text = workspace.text(&path);
            for (position, key) in asked(&text) {
                if !known.contains(key) {
                    let message = format!("no messages/en.ftl has `{key}`");
                    findings.push(Finding::new(&path, line_of(&text, position), message));
                }
            }
        }
    }
    assert_none("A template asks for messages that exist.", findings);
}

fn file(it: &Crate, language: &str) -> PathBuf {
    it.folder.join("messages").join(format!("{language}.ftl"))
}

/// Keys and lines of the messages of a crate; none when it has no such file.
fn keys(workspace: &Workspace, it: &Crate, language: &str) -> BTreeMap<String, usize> {
    let path: &Path = &file(it, language);
    if !workspace.has(path) {
        return BTreeMap::new();
    }
    message_keys(&workspace.text(path))
}

/// The keys of a Fluent file: `key =` at the start of a line. Terms (`-key`) are private to it.
fn message_keys(text: &str) -> BTreeMap<String, usize> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        .filter_map(|(index, line)| Some((line.split_once('=')?.0.trim().to_owned(), index + 1)))
        .filter(|(key, _)| is_key(key))
        .collect()
}

/// The keys of `t("key" ..)` with their positions; a key put together of parts is not checked.
fn asked(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("t(\"").filter_map(|(position, start)| {
        let before = text[..position].chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
            return None;
        }
        let (key, rest) = text[position + start.len()..].split_once('"')?;
        let whole = rest.trim_start().starts_with([',', ')']);
        (whole && is_key(key)).then_some((position, key))
    })
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_')
}

#[test]
fn keys_are_read_from_messages_and_templates() {
    let text = "# comment = no\ncart-title = Cart\ncart-lines =\n    { $n ->\n        [one] One\n       *[other] More\n    }\n-term = x\n";
    assert_eq!(message_keys(text).into_keys().collect::<Vec<_>>(), ["cart-lines", "cart-title"]);
    let template = "{{ t(\"a-b\") }} {{ t(\"c-\" ~ x) }} {{ slot(\"no\") }} {{ t(\"d\", n=1) }}";
    assert_eq!(asked(template).map(|(_, key)| key).collect::<Vec<_>>(), ["a-b", "d"]);
}
