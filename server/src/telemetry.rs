//! Logs and metrics. Neither ever holds a path: links carry secrets, so requests are named by their route.

use std::io::IsTerminal;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::LogForm;

/// What is logged unless `RUST_LOG` says otherwise.
const FILTER: &str = "info,sqlx=warn,hyper=warn,h2=warn";

/// The bounds of the histograms, in seconds: from a look-up to a time-out.
const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Starts the log. A second call changes nothing, so that tests may each start it.
pub fn start_log(form: LogForm) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A log that cannot be written (its disk is full) would be complained about on the same place, which then
        // panics in the middle of a request.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let _ = match form {
        LogForm::Text => log
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .try_init(),
        LogForm::Json => log.json().flatten_event(true).try_init(),
    };
}

/// Starts counting. The recorder is one per process; a second server in it (as tests have) gets a handle of
/// its own that stays empty.
pub fn start_metrics() -> PrometheusHandle {
    let builder = PrometheusBuilder::new();
    let builder = match builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS) {
        Ok(builder) => builder,
        // Only an empty list of bounds is refused.
        Err(_) => PrometheusBuilder::new(),
    };
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    metrics::describe_counter!("http_requests_total", "Requests by route, method and status.");
    metrics::describe_histogram!(
        "http_request_seconds",
        metrics::Unit::Seconds,
        "Time to the head of the answer, by route."
    );
    metrics::describe_gauge!("event_streams", "Browsers that listen for changes.");
    handle
}
