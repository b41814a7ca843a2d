//! `cargo xtask`: the development commands of Hatchery.
//!
//! Every command works from a clean clone and provides what it needs. Nothing here is part of the
//! product.

mod command;
mod http;
mod library;
mod process;
mod provide;
mod service;
mod stage;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::process::Signals;
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Development commands of Hatchery"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Test(command::test::Arguments),
    Ci(command::ci::Arguments),
    Docs(command::docs::Arguments),
    Dist(command::dist::Arguments),
    Bench(command::bench::Arguments),
    New(command::new::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::from(if error.is::<process::Interrupted>() { 130 } else { 1 })
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    let signals = Signals::catch()?;
    match command {
        Command::Test(arguments) => command::test::run(&workspace, &signals, &arguments),
        Command::Ci(arguments) => command::ci::run(&workspace, &signals, &arguments),
        Command::Docs(arguments) => command::docs::run(&workspace, &signals, &arguments),
        Command::Dist(arguments) => command::dist::run(&workspace, &signals, &arguments),
        Command::Bench(arguments) => command::bench::run(&workspace, &signals, &arguments),
        Command::New(arguments) => command::new::run(&workspace, &arguments),
    }
}
