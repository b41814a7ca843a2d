//! What was run, how long it took and how it ended.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::Interrupted;

/// The stages of one command, in the order in which they ran.
#[derive(Default)]
pub(crate) struct Stages {
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Row {
    name: String,
    time: Duration,
    passed: bool,
}

impl Stages {
    /// Runs one stage. A failure is shown and kept, so that the stages behind it run as well; only
    /// an interruption ends the command at once.
    pub(crate) fn run(&mut self, name: &str, work: impl FnOnce() -> Result<bool>) -> Result<bool> {
        println!("\n== {name}");
        let start = Instant::now();
        let result = work();
        let passed = match result {
            Ok(passed) => passed,
            Err(error) if error.is::<Interrupted>() => return Err(error),
            Err(error) => {
                eprintln!("xtask: {name}: {error:#}");
                false
            }
        };
        let time = start.elapsed();
        println!("-- {name}: {} after {}", outcome(passed), minutes(time));
        self.rows.push(Row { name: name.to_owned(), time, passed });
        Ok(passed)
    }

    /// Adds the stages of a part of this command.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.notes.append(&mut other.notes);
    }

    /// Adds a sentence that stands below the table.
    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Prints the table; an error when a stage failed.
    pub(crate) fn summary(&self) -> Result<()> {
        println!("\n{}", self.table());
        let failed: Vec<&str> =
            self.rows.iter().filter(|row| !row.passed).map(|row| row.name.as_str()).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }

    fn table(&self) -> String {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(5);
        let mut lines: Vec<String> = self
            .rows
            .iter()
            .map(|row| {
                format!("{:width$}  {:>8}  {}", row.name, minutes(row.time), outcome(row.passed))
            })
            .collect();
        let total = self.rows.iter().map(|row| row.time).sum();
        lines.push(format!("{:width$}  {:>8}", "total", minutes(total)));
        lines.extend(self.notes.iter().cloned());
        lines.join("\n")
    }
}

fn outcome(passed: bool) -> &'static str {
    if passed { "passed" } else { "FAILED" }
}

/// Minutes with one decimal; seconds when it is less than one minute.
fn minutes(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 60.0 { format!("{seconds:.1} s") } else { format!("{:.1} min", seconds / 60.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_stage_is_named_and_the_next_one_still_runs() {
        let mut stages = Stages::default();
        assert!(!stages.run("first", || bail!("broken")).expect("not interrupted"));
        assert!(stages.run("second", || Ok(true)).expect("not interrupted"));
        let error = stages.summary().expect_err("one stage failed");
        assert_eq!(error.to_string(), "failed: first");
    }

    #[test]
    fn an_interruption_ends_the_command() {
        let mut stages = Stages::default();
        let error = stages.run("first", || Err(Interrupted.into())).expect_err("interrupted");
        assert!(error.is::<Interrupted>());
    }

    #[test]
    fn time_is_shown_in_seconds_then_minutes() {
        let check = |seconds: u64, expect: &str| {
            assert_eq!(minutes(Duration::from_secs(seconds)), expect);
        };
        check(7, "7.0 s");
        check(59, "59.0 s");
        check(90, "1.5 min");
    }
}
