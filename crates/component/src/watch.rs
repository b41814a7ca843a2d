//! Calls into components under watch: a panic is an error, no call takes for ever, and somebody counts.
//!
//! The home of the components decides who watches ([`Host::watch`](crate::host::Host::watch)). Calls may lie
//! in each other; then the inner one has to end before the outer one's deadline, so that the component that
//! hangs is the one that is blamed.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::ctx::Ctx;
use crate::error::{Error, Kind, Result};
use crate::wire;

/// Watches the calls into one component of one store.
pub trait Watch: Send + Sync + 'static {
    /// Asked before a call.
    ///
    /// # Errors
    /// The component failed too often and is left alone for a while.
    fn enter(&self) -> Result<()>;

    /// How long a call of an interface may take; one that speaks to the outside may take longer.
    fn limit(&self, is_external: bool) -> Duration;

    /// Told after a call.
    fn leave(&self, took: Duration, end: End);
}

/// How a call ended, as far as the component is to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With a result, or an error that is a normal answer, or one that another component is to blame for.
    Done,
    /// With an error that is a defect.
    Failed,
    /// With a panic.
    Panicked,
    /// Without an answer in time.
    Late,
}

impl End {
    /// How a result is to be counted.
    pub fn of<T>(result: &Result<T>) -> Self {
        result.as_ref().err().map_or(Self::Done, Self::of_error)
    }

    /// How an error is to be counted.
    pub fn of_error(error: &Error) -> Self {
        match error.kind() {
            _ if error.blamed().is_some() => Self::Done,
            _ if error.code() == wire::PANIC => Self::Panicked,
            Kind::Internal => Self::Failed,
            _ => Self::Done,
        }
    }
}

/// A component whose calls are watched.
#[derive(Clone)]
pub struct Watched {
    /// The component.
    pub component: Arc<str>,
    /// Who watches.
    pub watch: Arc<dyn Watch>,
    /// How long a call may take; none for one that may take as long as it needs.
    pub limit: Option<Duration>,
}

thread_local! {
    /// The deadline of the call that is being polled.
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

impl Watched {
    /// Lets a call run to its end.
    ///
    /// # Errors
    /// What the call fails with; a panic in it; its deadline; that the component is left alone for a while.
    pub async fn call<T>(
        &self,
        ctx: &Ctx,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.call_as(ctx, work, End::of).await
    }

    /// The same for a call whose result tells by itself how it ended.
    ///
    /// # Errors
    /// Those of [`call`](Self::call).
    pub async fn call_as<T>(
        &self,
        ctx: &Ctx,
        work: impl Future<Output = Result<T>> + Send,
        end_of: impl Fn(&Result<T>) -> End,
    ) -> Result<T> {
        self.watch.enter()?;
        let began = Instant::now();
        let deadline = self.deadline(began);
        // On the heap: calls lie in each other, and a stack is small.
        let mut work = Box::pin(work);
        let mut timer: Option<Pin<Box<dyn Future<Output = ()> + Send>>> = None;
        let ended = poll_fn(|task| {
            let around = DEADLINE.replace(deadline);
            let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(task)));
            DEADLINE.set(around);
            match polled {
                Ok(Poll::Ready(result)) => return Poll::Ready(Ended::With(result)),
                Err(panic) => return Poll::Ready(Ended::Panicking(panic_text(&*panic))),
                Ok(Poll::Pending) => {}
            }
            // Most calls are over at once and never need one.
            let Some(deadline) = deadline else { return Poll::Pending };
            let timer = timer.get_or_insert_with(|| {
                let host = ctx.host().clone();
                let rest = deadline.saturating_duration_since(Instant::now());
                Box::pin(async move { host.sleep(rest).await })
            });
            timer.as_mut().poll(task).map(|()| Ended::Never)
        })
        .await;
        let took = began.elapsed();
        let (result, end) = match ended {
            Ended::With(result) => {
                let end = end_of(&result);
                (result, end)
            }
            Ended::Panicking(text) => (Err(panicked(&self.component, &text)), End::Panicked),
            Ended::Never => (Err(late(&self.component, took)), End::Late),
        };
        self.watch.leave(took, end);
        result.map_err(|error| match end {
            End::Done => error,
            _ => error.blame(&self.component),
        })
    }

    /// Its own limit, or what the call around it has left, with something to spare.
    fn deadline(&self, now: Instant) -> Option<Instant> {
        let own = self.limit.and_then(|limit| now.checked_add(limit));
        let around =
            DEADLINE.get().map(|around| now + around.saturating_duration_since(now).mul_f64(0.8));
        own.into_iter().chain(around).min()
    }
}

/// Calls the code of a component, under watch when somebody watches.
///
/// # Errors
/// Those of [`Watched::call`].
pub async fn watched<T>(
    ctx: &Ctx,
    component: &Arc<str>,
    limit: Option<Duration>,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    match ctx.host().watch(component) {
        None => work.await,
        Some(watch) => Watched { component: component.clone(), watch, limit }.call(ctx, work).await,
    }
}

enum Ended<T> {
    With(Result<T>),
    Panicking(String),
    Never,
}

/// The error of a panic in a component.
pub fn panicked(component: &str, text: &str) -> Error {
    Error::internal(format!("'{component}' panicked: {text}"))
}

/// The error of a call that was not answered in time.
pub fn late(component: &str, took: Duration) -> Error {
    let message = "A part of this store did not answer in time. Please try again in a moment.";
    let source = format!("'{component}' did not answer within {:.1} s", took.as_secs_f64());
    Error::new(Kind::Timeout, "component.timeout", message).with_source(source)
}

/// What a panic said.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
