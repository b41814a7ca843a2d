//! Logs: readable lines on standard error, or JSON for machines.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Cli, Command, LogFormat};

/// What is logged unless `HATCHERY_LOG` says otherwise.
const SERVING: &str = "info,sqlx=warn,sea_orm=warn";
/// Commands talk to the person who typed them; only what is wrong is logged.
const COMMAND: &str = "error";

/// Begins to log.
pub(crate) fn begin(cli: &Cli) {
    let usual = if matches!(cli.command, Command::Serve(_)) { SERVING } else { COMMAND };
    let filter = EnvFilter::try_from_env("HATCHERY_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let registry = tracing_subscriber::registry().with(filter);
    match cli.log {
        LogFormat::Text => {
            let colored = std::io::stderr().is_terminal();
            let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
            registry.with(layer.with_ansi(colored).with_target(false).compact()).init();
        }
        LogFormat::Json => {
            let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
            registry.with(layer.json().flatten_event(true)).init();
        }
    }
}
