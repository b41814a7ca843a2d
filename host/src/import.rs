//! `hatchery import`: another system's products, customers and past sales.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::act::Act;
use crate::cli::{Cli, ImportArguments};
use crate::control;
use crate::present::table;

pub(crate) async fn run(cli: &Cli, arguments: &ImportArguments) -> Result<ExitCode> {
    let input = json!({
        "data": absolute(&arguments.file)?,
        "mapping": mapping(&arguments.mapping)?,
        "dry_run": arguments.dry_run,
        "rejects": rejects(arguments)?,
    });
    let task = "connect.import".to_owned();
    let store = Some(arguments.store.clone());
    let result = control::act(cli, Act::Task { store, task, input }).await?;
    if let Some(report) = &arguments.report {
        let text = serde_json::to_string_pretty(&result)?;
        std::fs::write(report, text + "\n")
            .with_context(|| format!("the report {} cannot be written", report.display()))?;
    }
    print!("{}", summary(&result));
    if arguments.dry_run {
        println!("This was a dry run; nothing was written.");
    }
    Ok(ExitCode::SUCCESS)
}

/// The counts as a table: by kind, by reason, then the sums.
fn summary(result: &Value) -> String {
    let counts = |key: &str| {
        let counts = result.get(key).and_then(Value::as_object).into_iter().flatten();
        let mut counts: Vec<[String; 3]> = counts
            .map(|(name, count)| [key.replace("by_", ""), name.clone(), number(count)])
            .collect();
        counts.sort();
        counts
    };
    let sums = result.as_object().into_iter().flatten().filter(|(_, value)| value.is_number());
    let sums = sums.map(|(name, count)| ["sum".to_owned(), name.replace('_', " "), number(count)]);
    let rows = counts("by_kind").into_iter().chain(counts("by_reason")).chain(sums);
    let mut text = table(["", "", "lines"], rows);
    if let Some(file) = result.get("rejects_file").and_then(Value::as_str) {
        text.push_str(&format!("Rejected lines are in {file}\n"));
    }
    text
}

/// A number in groups of three digits.
fn number(value: &Value) -> String {
    if let Some(fraction) = value.as_f64().filter(|_| value.is_f64()) {
        return format!("{fraction:.1}");
    }
    let digits = value.to_string();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits;
    }
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A mapping file by its whole path, because the running host stands elsewhere; a name as it is.
fn mapping(mapping: &str) -> Result<String> {
    let path = Path::new(mapping);
    match path.extension().is_some_and(|ending| ending == "toml") {
        true => Ok(absolute(path)?.to_string_lossy().into_owned()),
        false => Ok(mapping.to_owned()),
    }
}

/// Where rejected lines go: beside the report, else into this folder. Nowhere in a dry run.
fn rejects(arguments: &ImportArguments) -> Result<Option<PathBuf>> {
    if arguments.dry_run {
        return Ok(None);
    }
    let base = match &arguments.report {
        Some(report) => report.with_extension("rejects.csv"),
        None => {
            let name = arguments.file.file_name().unwrap_or_default().to_string_lossy();
            let stem = name.split('.').next().unwrap_or("import").to_owned();
            PathBuf::from(format!("{stem}.rejects.csv"))
        }
    };
    Ok(Some(std::path::absolute(base)?))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("{} cannot be read", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_count_of_the_report_is_shown() {
        let result = json!({
            "lines_read": 332447, "lines_imported": 332000, "lines_rejected": 447,
            "by_kind": { "sale": 330000, "return": 2000 },
            "by_reason": { "no quantity": 447 },
            "rejects_file": "/tmp/orders.rejects.csv",
        });
        let text = summary(&result);
        let words: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect())
            .collect();
        assert!(words.contains(&vec!["kind", "sale", "330,000"]), "{text}");
        assert!(words.contains(&vec!["reason", "no quantity", "447"]), "{text}");
        assert!(words.contains(&vec!["sum", "lines read", "332,447"]), "{text}");
        assert!(text.ends_with("Rejected lines are in /tmp/orders.rejects.csv\n"), "{text}");
    }
}
