//! The listener and the tasks of requests that change something.

use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::{entry, metrics};
use crate::kernel::Kernel;

/// How often the metrics are tidied.
const UPKEEP: Duration = Duration::from_secs(5);

/// Serves until `shutdown` resolves, then lets running requests finish, within the limit of the settings.
///
/// # Errors
/// The listener broke.
pub async fn serve(
    kernel: Arc<Kernel>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let grace = Duration::from_secs(kernel.http_settings().shutdown_seconds);
    let http = Arc::new(entry::Http::new(kernel));
    let service = entry::service(http.clone()).into_make_service_with_connect_info::<SocketAddr>();
    // Answers are small and whole: waiting for more to send only costs time.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let upkeep = tokio::spawn(async {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            metrics::tidy();
        }
    });
    let stopping = Arc::new(Notify::new());
    let draining = http.clone();
    let told = stopping.clone();
    let signal = async move {
        shutdown.await;
        draining.running.drain();
        told.notify_one();
    };
    let server = axum::serve(listener, service).with_graceful_shutdown(signal).into_future();
    let result = tokio::select! {
        result = server => result,
        () = async { stopping.notified().await; tokio::time::sleep(grace).await } => {
            tracing::warn!("some connections did not finish within {} s and were cut", grace.as_secs());
            Ok(())
        }
    };
    if tokio::time::timeout(grace, http.running.finished()).await.is_err() {
        tracing::error!("some requests did not finish within {} s", grace.as_secs());
    }
    upkeep.abort();
    result
}

/// Requests that run on tasks of their own.
#[derive(Default)]
pub(crate) struct Running {
    count: AtomicUsize,
    idle: Notify,
    is_draining: AtomicBool,
}

impl Running {
    /// Runs a request to its end, whether or not its client waits.
    pub(crate) fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        struct Done(Arc<Running>);
        impl Drop for Done {
            fn drop(&mut self) {
                if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
                    self.0.idle.notify_waiters();
                }
            }
        }
        self.count.fetch_add(1, Ordering::AcqRel);
        let done = Done(self.clone());
        tokio::spawn(async move {
            let _done = done;
            work.await
        })
    }

    /// No new requests are wanted.
    pub(crate) fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
    }

    /// Whether the host is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Waits until no request runs.
    pub(crate) async fn finished(&self) {
        loop {
            let idle = self.idle.notified();
            if self.count.load(Ordering::Acquire) == 0 {
                return;
            }
            idle.await;
        }
    }
}
