//! How results are shown to people.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Result;
use hatchery_component::platform::{ComponentHost, ComponentStatus, PlanReport};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::act::Step;

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far work is: a bar on a terminal, else a line now and then.
pub(crate) struct Watcher {
    bar: Option<ProgressBar>,
    last: Option<Instant>,
}

impl Watcher {
    pub(crate) fn new() -> Self {
        Self { bar: None, last: None }
    }

    pub(crate) fn show(&mut self, step: &Step) {
        if !std::io::stderr().is_terminal() {
            let due = self.last.is_none_or(|last| last.elapsed() >= LINE_EVERY);
            if due && !step.message.is_empty() {
                self.last = Some(Instant::now());
                match step.total {
                    Some(total) => eprintln!("{} ({} of {total})", step.message, step.done),
                    None if step.done > 0 => eprintln!("{} ({})", step.message, step.done),
                    None => eprintln!("{}", step.message),
                }
            }
            return;
        }
        let bar = self.bar.get_or_insert_with(|| ProgressBar::new(0));
        if let Some(total) = step.total {
            if bar.length() != Some(total) {
                bar.set_style(style("{wide_bar} {human_pos}/{human_len} {per_sec} {eta} {msg}"));
            }
            bar.set_length(total);
        } else {
            bar.set_style(style("{spinner} {human_pos} {elapsed} {msg}"));
        }
        bar.set_position(step.done);
        bar.set_message(step.message.clone());
    }

    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Prints the components and what is to be known of the process behind them.
pub(crate) fn components(answer: &Value) -> Result<()> {
    let components: Vec<ComponentStatus> = serde_json::from_value(answer["components"].clone())?;
    let rows = components.into_iter().map(|component| {
        let ComponentStatus { id, version, build, enabled, vitals, problem, summary, .. } =
            component;
        let state = if enabled { "on" } else { "off" };
        let p99 = vitals.p99_milliseconds.map(|time| format!("{time:.2} ms")).unwrap_or_default();
        let (calls, errors) = (vitals.calls.to_string(), vitals.errors.to_string());
        let text = problem.or(vitals.resting).unwrap_or(summary);
        [id, version, build, state.to_owned(), calls, errors, p99, text]
    });
    print!("{}", table(["component", "version", "build", "", "calls", "errors", "p99", ""], rows));
    let host: ComponentHost = serde_json::from_value(answer["host"].clone())?;
    if host.retired_libraries > 0 {
        println!(
            "\n{} component files stay open unused, with {:.1} MB; at most {} before a restart.",
            host.retired_libraries,
            host.retired_bytes as f64 / 1e6,
            host.retired_limit
        );
    }
    for refused in &host.refused {
        println!("\nNot used: {refused}");
    }
    if let Some(problem) = &host.settings_problem {
        println!("\nThe edited settings files are not used:\n{problem}");
    }
    Ok(())
}

/// Prints a plan and tells whether it is possible.
pub(crate) fn plan(report: &Value) -> Result<bool> {
    let report: PlanReport = serde_json::from_value(report.clone())?;
    if !report.possible {
        println!("Not possible:");
    }
    for line in &report.lines {
        println!("- {line}");
    }
    Ok(report.possible)
}

/// A table with columns as wide as their texts.
pub(crate) fn table<const N: usize>(
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let rows: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            let gap = width - cell.chars().count() + 2;
            line.push_str(cell);
            line.push_str(&" ".repeat(gap));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_texts() {
        let rows = [["a", "1"], ["longer", "22"]].map(|row| row.map(str::to_owned));
        let text = table(["name", "n"], rows.into_iter());
        assert_eq!(text, "name    n\na       1\nlonger  22\n");
    }
}
