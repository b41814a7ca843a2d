//! Sends what the component logs to the host, which alone decides what becomes of it. A span of the component
//! is a span of the host as well, so that whatever is logged within it, also by others, shows it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hatchery_abi::{Host, Level, SpanAct, codec};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::wire::{LogRecord, SpanRecord};

/// Makes the host the place where this library's events, spans and panics go. Each library has its own tracing
/// and its own panic hook, so this touches nobody else's.
pub(super) fn forward_to(host: Host) {
    // It fails when it was done before, and then nothing needs to be done.
    let _ = tracing::subscriber::set_global_default(Forward::new(host));
    std::panic::set_hook(Box::new(move |panic| {
        host.log(Level::Error, "panic", &panic.to_string());
    }));
}

struct Forward {
    host: Host,
    /// Numbers of spans on a host that knows none.
    next: AtomicU64,
    spans: Mutex<HashMap<u64, Span>>,
}

/// A span that somebody holds.
struct Span {
    metadata: &'static Metadata<'static>,
    holders: usize,
}

thread_local! {
    /// The spans that this thread is in, the innermost last.
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

impl Forward {
    fn new(host: Host) -> Self {
        Self { host, next: AtomicU64::new(1), spans: Mutex::default() }
    }

    fn spans(&self) -> MutexGuard<'_, HashMap<u64, Span>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber for Forward {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        level(*metadata.level()) <= self.host.max_level()
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        use tracing::level_filters::LevelFilter;
        Some(match self.host.max_level() {
            Level::Error => LevelFilter::ERROR,
            Level::Warn => LevelFilter::WARN,
            Level::Info => LevelFilter::INFO,
            Level::Debug => LevelFilter::DEBUG,
            Level::Trace => LevelFilter::TRACE,
        })
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let (metadata, mut line) = (attributes.metadata(), Line::default());
        attributes.record(&mut line);
        let span = SpanRecord {
            level: level(*metadata.level()) as u32,
            target: metadata.target().to_owned(),
            name: metadata.name().to_owned(),
            fields: line.fields,
            parent: attributes.parent().map(Id::into_u64),
        };
        // What a span is made of has bytes.
        let opened = codec::encode(&span).ok().and_then(|span| self.host.span(&span));
        let number = opened.filter(|number| *number != 0);
        let number = number.unwrap_or_else(|| self.next.fetch_add(1, Ordering::Relaxed));
        self.spans().insert(number, Span { metadata, holders: 1 });
        Id::from_u64(number)
    }

    /// What becomes known of a span later is not shown.
    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let (metadata, level) = (event.metadata(), level(*event.metadata().level()));
        let (target, message) = (metadata.target().to_owned(), line.message);
        let record = LogRecord { level: level as u32, target, message, fields: line.fields };
        let sent = codec::encode(&record).is_ok_and(|bytes| self.host.record(&bytes));
        if !sent {
            let fields = record.fields.iter().map(|(name, value)| format!(" {name}={value}"));
            let text = std::iter::once(record.message.clone()).chain(fields).collect::<String>();
            self.host.log(level, &record.target, &text);
        }
    }

    fn enter(&self, span: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
        self.host.span_act(span.into_u64(), SpanAct::Enter);
    }

    fn exit(&self, span: &Id) {
        let number = span.into_u64();
        ENTERED.with_borrow_mut(|entered| {
            if let Some(place) = entered.iter().rposition(|entered| *entered == number) {
                entered.remove(place);
            }
        });
        self.host.span_act(number, SpanAct::Exit);
    }

    fn clone_span(&self, span: &Id) -> Id {
        if let Some(span) = self.spans().get_mut(&span.into_u64()) {
            span.holders += 1;
        }
        span.clone()
    }

    fn try_close(&self, span: Id) -> bool {
        let number = span.into_u64();
        let mut spans = self.spans();
        let Some(span) = spans.get_mut(&number) else { return false };
        span.holders -= 1;
        if span.holders > 0 {
            return false;
        }
        spans.remove(&number);
        drop(spans);
        self.host.span_act(number, SpanAct::Release);
        true
    }

    fn current_span(&self) -> tracing_core::span::Current {
        let innermost = ENTERED.with_borrow(|entered| entered.last().copied());
        let known = innermost.and_then(|number| {
            let metadata = self.spans().get(&number)?.metadata;
            Some(tracing_core::span::Current::new(Id::from_u64(number), metadata))
        });
        known.unwrap_or_else(tracing_core::span::Current::none)
    }
}

/// The message, and the fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: Vec<(String, String)>,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = value.to_owned(),
            name => self.fields.push((name.to_owned(), value.to_owned())),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
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
