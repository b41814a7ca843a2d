//! The servers that tests and measurements talk to. Each one lives as long as its value.

mod browser;
mod host;
mod postgres;

pub(crate) use browser::Driver;
pub(crate) use host::{Host, Installation, Memory};
pub(crate) use postgres::Cluster;

use std::fs;
use std::path::Path;

/// The last lines of a log, for an error message.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
