//! `cargo xtask bench`: measurements, always in release mode.

mod figures;
mod fleet;
mod load;
mod mother;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use crate::process::{self, Signals};
use crate::workspace::Workspace;

/// Run a benchmark: `fleet`, or a target of the workspace with `cargo bench`; without a name, list them
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    whole: Option<Whole>,
    /// Name of the benchmark
    name: Option<String>,
    /// Handed to the benchmark
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Benchmarks of the whole host.
#[derive(Subcommand)]
enum Whole {
    Fleet(fleet::Arguments),
}

/// Runs or lists benchmarks.
pub(crate) fn run(workspace: &Workspace, signals: &Signals, arguments: &Arguments) -> Result<()> {
    if let Some(Whole::Fleet(arguments)) = &arguments.whole {
        return fleet::run(workspace, signals, arguments);
    }
    let names = workspace.bench_targets();
    let Some(name) = &arguments.name else {
        println!("fleet");
        names.iter().for_each(|name| println!("{name}"));
        return Ok(());
    };
    if !names.contains(&name.as_str()) {
        bail!("there is no benchmark `{name}`; there are: fleet, {}", names.join(", "));
    }
    let mut command = workspace.cargo(["bench", "--workspace", "--bench", name]);
    process::require(signals, command.arg("--").args(&arguments.arguments))
}
