//! Sends what the component logs to the host, which alone decides what becomes of it.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use hatchery_abi::{Host, Level};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Makes the host the place where this library's events and panics go. Each library has its own tracing
/// and its own panic hook, so this touches nobody else's.
pub(super) fn forward_to(host: Host) {
    // It fails when it was done before, and then nothing needs to be done.
    let _ = tracing::subscriber::set_global_default(Forward { host, spans: AtomicU64::new(1) });
    std::panic::set_hook(Box::new(move |panic| {
        host.log(Level::Error, "panic", &panic.to_string());
    }));
}

struct Forward {
    host: Host,
    spans: AtomicU64,
}

impl Subscriber for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        level(*metadata.level()) <= self.host.max_level()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let metadata = event.metadata();
        let message = line.message + &line.fields;
        self.host.log(level(*metadata.level()), metadata.target(), &message);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message, then the fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a String cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warn,
        tracing::Level::INFO => Level::Info,
        tracing::Level::DEBUG => Level::Debug,
        tracing::Level::TRACE => Level::Trace,
    }
}
