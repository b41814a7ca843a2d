//! A guide as steps that can be done.

use std::fs;
use std::path::Path;

/// Something a page says to do, or what comes of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The line of the page.
    pub(crate) line: usize,
    pub(crate) what: What,
}

/// What a step is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Commands: ` ```sh `
    Run(String),
    /// A command that stays: ` ```sh second-terminal `
    Stay(String),
    /// What the commands before print, among other things; a line each: ` ```output `
    Prints(Vec<String>),
    /// A whole file: ` ```rust file=src/lib.rs `
    Write { file: String, text: String },
    /// Changes of a file: ` ```diff file=src/lib.rs `, parts divided by `@@`
    Change { file: String, parts: Vec<Part> },
}

/// Lines of a file, and what they become.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    old: String,
    new: String,
}

/// The steps of a page, in its order. Blocks without a meaning for us are left out.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let inside = lines.by_ref().map(|(line, _)| line).take_while(|line| *line != "```");
        let text: Vec<&str> = inside.collect();
        if let Some(what) = what(info, &text) {
            steps.push(Step { line: number, what });
        }
    }
    steps
}

fn what(info: &str, lines: &[&str]) -> Option<What> {
    let mut words = info.split(' ');
    let (language, more) = (words.next()?, words.next());
    let text = lines.iter().map(|line| format!("{line}\n")).collect();
    let file = more.and_then(|more| more.strip_prefix("file=")).map(str::to_owned);
    match (language, more, file) {
        ("diff", _, Some(file)) => Some(What::Change { file, parts: parts(lines) }),
        (_, _, Some(file)) => Some(What::Write { file, text }),
        ("sh", Some("second-terminal"), _) => Some(What::Stay(text)),
        ("sh", None, _) => Some(What::Run(text)),
        ("output", ..) => Some(What::Prints(lines.iter().map(|line| (*line).into()).collect())),
        _ => None,
    }
}

fn parts(lines: &[&str]) -> Vec<Part> {
    let part = |lines: &[&str]| {
        let side = |other: char| -> String {
            let kept = lines.iter().filter(|line| !line.starts_with(other));
            // An editor may have taken the blank of an empty line.
            kept.map(|line| format!("{}\n", line.get(1..).unwrap_or_default())).collect()
        };
        Part { old: side('+'), new: side('-') }
    };
    lines.split(|line| *line == "@@").map(part).collect()
}

impl Part {
    /// The text with this part changed.
    fn apply(&self, text: &str) -> Result<String, String> {
        match text.matches(&self.old).count() {
            1 => Ok(text.replacen(&self.old, &self.new, 1)),
            0 => Err(format!("these lines are not there:\n{}", self.old)),
            many => Err(format!("these lines are there {many} times:\n{}", self.old)),
        }
    }
}

/// Does the edit of a step in a folder.
pub(crate) fn edit(folder: &Path, step: &Step) {
    let (file, text) = match &step.what {
        What::Write { file, text } => (file, text.clone()),
        What::Change { file, parts } => {
            let before = fs::read_to_string(folder.join(file))
                .unwrap_or_else(|error| panic!("line {}: {file}: {error}", step.line));
            let changed = parts.iter().try_fold(before, |text, part| part.apply(&text));
            (file, changed.unwrap_or_else(|why| panic!("line {}: {file}: {why}", step.line)))
        }
        _ => return,
    };
    fs::write(folder.join(file), text)
        .unwrap_or_else(|error| panic!("line {}: {file}: {error}", step.line));
}

#[test]
fn a_page_is_read_as_steps() {
    let page = "# Tea\n\n```sh\nboil\npour\n```\n\ntext\n\n```text\nno step\n```\n```output\nhot\n```\n\
                ```sh second-terminal\nwait\n```\n```rust file=a.rs\nfn a() {}\n```\n\
                ```diff file=a.rs\n b\n-c\n+d\n@@\n e\n+f\n```\n";
    let expected = [
        (3, What::Run("boil\npour\n".into())),
        (13, What::Prints(vec!["hot".into()])),
        (16, What::Stay("wait\n".into())),
        (19, What::Write { file: "a.rs".into(), text: "fn a() {}\n".into() }),
        (
            22,
            What::Change {
                file: "a.rs".into(),
                parts: vec![
                    Part { old: "b\nc\n".into(), new: "b\nd\n".into() },
                    Part { old: "e\n".into(), new: "e\nf\n".into() },
                ],
            },
        ),
    ];
    let expected: Vec<Step> =
        expected.into_iter().map(|(line, what)| Step { line, what }).collect();
    assert_eq!(steps(page), expected);
}

#[test]
fn a_change_needs_its_lines_once() {
    let part = Part { old: "b\n".into(), new: "c\n".into() };
    assert_eq!(part.apply("a\nb\nd\n"), Ok("a\nc\nd\n".into()));
    assert!(part.apply("a\n").unwrap_err().contains("not there"));
    assert!(part.apply("b\nb\n").unwrap_err().contains("2 times"));
}
