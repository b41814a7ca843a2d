//! Gives the messages and spans of a library to the host's log.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hatchery_abi::{Level, Log, SpanAct};
use hatchery_component::wire::{self, LogRecord, SpanRecord};
use tracing::Span;
use tracing::level_filters::LevelFilter;

/// The log of one library.
pub(crate) struct LibraryLog {
    component: String,
    next: AtomicU64,
    spans: Mutex<HashMap<u64, Held>>,
}

struct Held {
    span: Span,
    holders: usize,
}

/// An event or a span at a level that is known only now.
macro_rules! at_level {
    ($level:expr, $macro:ident, $($arguments:tt)*) => {
        match $level {
            Level::Error => tracing::$macro!(tracing::Level::ERROR, $($arguments)*),
            Level::Warn => tracing::$macro!(tracing::Level::WARN, $($arguments)*),
            Level::Info => tracing::$macro!(tracing::Level::INFO, $($arguments)*),
            Level::Debug => tracing::$macro!(tracing::Level::DEBUG, $($arguments)*),
            Level::Trace => tracing::$macro!(tracing::Level::TRACE, $($arguments)*),
        }
    };
}

impl LibraryLog {
    pub(crate) fn new(component: &str) -> Self {
        let (next, spans) = (AtomicU64::new(1), Mutex::default());
        Self { component: component.to_owned(), next, spans }
    }

    fn spans(&self) -> MutexGuard<'_, HashMap<u64, Held>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn span_of(&self, number: u64) -> Option<Span> {
        self.spans().get(&number).map(|held| held.span.clone())
    }
}

impl Log for LibraryLog {
    fn log(&self, level: Level, target: &str, message: &str) {
        let component = &*self.component;
        at_level!(level, event, component, target, "{message}");
    }

    fn record(&self, record: &[u8]) {
        match wire::decode::<LogRecord>(record) {
            Ok(record) => {
                let message = record.message + &listed(&record.fields);
                self.log(Level::from_number(record.level), &record.target, &message);
            }
            Err(error) => self.log(Level::Warn, "log", &format!("unreadable: {}", error.chain())),
        }
    }

    fn span(&self, span: &[u8]) -> u64 {
        let record = wire::decode::<SpanRecord>(span).unwrap_or_default();
        let (component, name) = (&*self.component, &*record.name);
        let fields = listed(&record.fields);
        let fields = (!fields.is_empty()).then_some(fields.trim_start());
        let parent = record.parent.and_then(|parent| self.span_of(parent));
        let level = Level::from_number(record.level);
        let span = match parent {
            None => at_level!(level, span, "in", component, name, fields),
            Some(around) => {
                around.in_scope(|| at_level!(level, span, "in", component, name, fields))
            }
        };
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.spans().insert(number, Held { span, holders: 1 });
        number
    }

    fn span_act(&self, number: u64, act: SpanAct) {
        match act {
            SpanAct::Enter | SpanAct::Exit => {
                let Some(span) = self.span_of(number) else { return };
                // The thread stays in it when this function is left, as in the library.
                span.with_subscriber(|(id, subscriber)| match act {
                    SpanAct::Enter => subscriber.enter(id),
                    _ => subscriber.exit(id),
                });
            }
            SpanAct::Retain => {
                if let Some(held) = self.spans().get_mut(&number) {
                    held.holders += 1;
                }
            }
            SpanAct::Release => {
                let mut spans = self.spans();
                let Some(held) = spans.get_mut(&number) else { return };
                held.holders -= 1;
                let last = if held.holders == 0 { spans.remove(&number) } else { None };
                // Outside of the lock: closing a span runs other code.
                drop(spans);
                drop(last);
            }
        }
    }
}

/// ` name=value` of each.
fn listed(fields: &[(String, String)]) -> String {
    fields.iter().map(|(name, value)| format!(" {name}={value}")).collect()
}

/// The most detailed level that the host keeps.
pub(crate) fn max_level() -> Level {
    match LevelFilter::current() {
        LevelFilter::OFF | LevelFilter::ERROR => Level::Error,
        LevelFilter::WARN => Level::Warn,
        LevelFilter::INFO => Level::Info,
        LevelFilter::DEBUG => Level::Debug,
        LevelFilter::TRACE => Level::Trace,
    }
}
