//! `cargo xtask bench`: measurements, always in release mode.

use anyhow::{Result, bail};
use clap::Args;

use crate::process::{self, Signals};
use crate::workspace::Workspace;

/// Run a benchmark target of the workspace with `cargo bench`; without a name, list them
#[derive(Args)]
pub(crate) struct Arguments {
    /// Name of the benchmark
    name: Option<String>,
    /// Handed to the benchmark
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Runs or lists benchmarks.
pub(crate) fn run(workspace: &Workspace, signals: &Signals, arguments: &Arguments) -> Result<()> {
    let names = workspace.bench_targets();
    let Some(name) = &arguments.name else {
        match names.as_slice() {
            [] => println!("the workspace has no benchmark"),
            names => println!("{}", names.join("\n")),
        }
        return Ok(());
    };
    if !names.contains(&name.as_str()) {
        bail!("there is no benchmark `{name}`; there are: {}", names.join(", "));
    }
    let mut command = workspace.cargo(["bench", "--workspace", "--bench", name]);
    process::require(signals, command.arg("--").args(&arguments.arguments))
}
