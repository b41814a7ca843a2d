//! Links in the documentation lead somewhere, and the book lists every page.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::findings::{Finding, assert_none};
use crate::workspace::Workspace;

/// A link in a page.
struct Link {
    line: usize,
    target: String,
}

#[test]
fn links_lead_somewhere() {
    let workspace = Workspace::read();
    let mut findings = Vec::new();
    for page in pages(workspace) {
        for link in links(&workspace.text(&page)) {
            if let Some(problem) = problem(workspace, &page, &link.target) {
                findings.push(Finding::new(&page, link.line, problem));
            }
        }
    }
    assert_none("Relative links and their anchors exist.", findings);
}

#[test]
fn the_book_lists_every_page_once() {
    let workspace = Workspace::read();
    let summary = Path::new("docs/SUMMARY.md");
    let listed: Vec<(usize, PathBuf)> = links(&workspace.text(summary))
        .into_iter()
        .map(|link| (link.line, normalize(&Path::new("docs").join(link.target))))
        .collect();
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for (line, path) in &listed {
        if !seen.insert(path) {
            findings.push(Finding::new(summary, *line, "this page is listed twice"));
        }
    }
    for page in workspace.files(Path::new("docs"), "md") {
        if page != summary && !page.starts_with("docs/book") && !seen.contains(&page) {
            findings.push(Finding::new(&page, 1, "add this page to docs/SUMMARY.md"));
        }
    }
    assert_none("docs/SUMMARY.md is the table of contents of docs/.", findings);
}

/// README.md, everything in docs, and the README of every crate.
fn pages(workspace: &Workspace) -> Vec<PathBuf> {
    let mut pages = vec![PathBuf::from("README.md")];
    pages.extend(workspace.files(Path::new("docs"), "md"));
    pages.extend(workspace.crates.iter().map(|it| it.folder.join("README.md")));
    pages.retain(|page| workspace.has(page) && !page.starts_with("docs/book"));
    pages
}

/// What is wrong with a link; `None` when it is right or leads to the web.
fn problem(workspace: &Workspace, page: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = page.parent().unwrap_or(Path::new(""));
    let file = if path.is_empty() { page.to_owned() } else { normalize(&folder.join(path)) };
    if !workspace.has(&file) {
        return Some(format!("`{target}` leads nowhere: there is no {}", file.display()));
    }
    if anchor.is_empty() {
        return None;
    }
    if file.extension().is_none_or(|extension| extension != "md") {
        return Some(format!("`{target}`: only a Markdown page has anchors"));
    }
    let anchors = anchors(&workspace.text(&file));
    (!anchors.contains(anchor))
        .then(|| format!("`{target}`: {} has no such heading", file.display()))
}

/// Links of the forms `[text](target)` and `[name]: target`, outside code.
fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, prose) in prose(text) {
        for (position, _) in prose.match_indices("](") {
            let rest = &prose[position + 2..];
            let Some(end) = rest.find(')') else { continue };
            // A title may follow the target: `(page.md "title")`.
            let target = rest[..end].split_whitespace().next().unwrap_or_default();
            links.push(Link { line, target: target.trim_matches(['<', '>']).to_owned() });
        }
        if let Some((name, target)) = prose.trim_start().split_once("]: ")
            && name.starts_with('[')
            && !name.starts_with("[^")
        {
            let target = target.split_whitespace().next().unwrap_or_default();
            links.push(Link { line, target: target.to_owned() });
        }
    }
    links
}

/// The anchors that a page's headings get: lower case, blanks to dashes, marks dropped; a second
/// heading of the same words gets `-1`.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose_with_code(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let slug: String = title
            .trim()
            .chars()
            .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
            .flat_map(char::to_lowercase)
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let mut anchor = slug.clone();
        let mut number = 0;
        while !anchors.insert(anchor.clone()) {
            number += 1;
            anchor = format!("{slug}-{number}");
        }
    }
    anchors
}

/// Lines outside code blocks, without their inline code.
fn prose(text: &str) -> Vec<(usize, String)> {
    prose_with_code(text)
        .into_iter()
        .map(|(line, text)| {
            let parts = text.split('`').enumerate();
            let outside: Vec<&str> =
                parts.filter(|(index, _)| index % 2 == 0).map(|(_, part)| part).collect();
            (line, outside.join("`"))
        })
        .collect()
}

/// Lines outside code blocks.
fn prose_with_code(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut fence: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => lines.push((index + 1, line.to_owned())),
            _ => {}
        }
    }
    lines
}

/// The path without `.` and `..`.
fn normalize(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if parts.file_name().is_some() => {
                parts.pop();
            }
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts
}

#[test]
fn links_in_code_do_not_count() {
    let text = "See [a](a.md#b) and `[b](b.md)`.\n```\n[c](c.md)\n```\n[d]: d.md\n![e](<e.png> \"title\")\n";
    let found: Vec<(usize, String)> =
        links(text).into_iter().map(|link| (link.line, link.target)).collect();
    let expect = [(1, "a.md#b"), (5, "d.md"), (6, "e.png")];
    assert_eq!(found, expect.map(|(line, target)| (line, target.to_owned())));
}

#[test]
fn headings_become_anchors() {
    let found = anchors("# One, `two`: 3\n## Same\n## Same\n```\n# no\n```\n#nor this\n");
    let expect = ["one-two-3", "same", "same-1"];
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expect);
}
