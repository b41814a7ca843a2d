//! Counters and latencies for Prometheus.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What the recorder of this process knows, as Prometheus reads it. Empty when another recorder was
/// installed before.
pub(crate) fn render() -> String {
    recorder().map(PrometheusHandle::render).unwrap_or_default()
}

/// Lets go of samples that were read; runs now and then.
pub(crate) fn tidy() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}

/// Counts an answered request. The route is the pattern, never the path, so that labels stay few.
pub(crate) fn count(store: &str, method: &str, route: &str, status: u16, took: Duration) {
    recorder();
    let (method, route) = (method.to_owned(), route.to_owned());
    metrics::counter!(
        "http_requests_total", "store" => store.to_owned(), "method" => method.clone(),
        "route" => route.clone(), "status" => status.to_string()
    )
    .increment(1);
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route)
        .record(took.as_secs_f64());
}

fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?.install_recorder().ok();
    RECORDER.get_or_init(install).as_ref()
}
