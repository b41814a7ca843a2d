//! `cargo xtask ci`: all that must be green before a change lands.

use anyhow::Result;
use clap::Args;

use super::{docs, test};
use crate::process::{self, Signals};
use crate::stage::Stages;
use crate::workspace::Workspace;

/// Check the formatting, run clippy with warnings denied, all tests, and compare the reference
#[derive(Args)]
pub(crate) struct Arguments {}

/// Runs all checks, the later ones also when an earlier one fails.
pub(crate) fn run(workspace: &Workspace, signals: &Signals, _arguments: &Arguments) -> Result<()> {
    let mut stages = Stages::default();
    stages
        .run("fmt", || process::run(signals, &mut workspace.cargo(["fmt", "--all", "--check"])))?;
    stages.run("clippy", || {
        let mut command = workspace.cargo(["clippy", "--workspace", "--all-targets", "--quiet"]);
        process::run(signals, command.args(["--", "--deny", "warnings"]))
    })?;
    stages.append(test::stages(workspace, signals, &[], &[])?);
    let binary = test::host_binary(workspace);
    stages.run("reference", || docs::check(workspace, signals, &binary))?;
    stages.summary()
}
