//! The host: the command line of Hatchery, and the server it starts.
//!
//! Two programs are made of it: `hatchery`, with the components of this repository linked, and
//! `hatchery-thin`, without any. Both load components from a folder.
//!
//! Reading order: `cli` (what can be asked), `act` (what is done), `homes` (where components come from),
//! `control` (how a command reaches the running host), then one module per larger command.

mod act;
mod blueprints;
mod check;
mod cli;
mod control;
mod demo;
mod homes;
mod import;
mod log;
mod new;
mod present;
mod reference;
mod run;
mod serve;
mod stores;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;

/// Does what the command line of this process asks for.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log::begin(&cli);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return failed(&anyhow::Error::new(error).context("the runtime did not start"));
        }
    };
    let code = match runtime.block_on(run::run(cli)) {
        Ok(code) => code,
        Err(error) => failed(&error),
    };
    // Whatever still blocks a thread must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    code
}

fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
