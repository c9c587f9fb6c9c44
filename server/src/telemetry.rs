//! Logs and metrics. Neither ever contains a path: links carry secrets, so requests are named by their route.

use std::io::IsTerminal;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing_subscriber::EnvFilter;

use crate::config::LogForm;

/// What a server logs unless `RUST_LOG` says otherwise: what an operator may have to act on. sqlx warns about slow
/// statements.
const SERVER: &str = "info,sqlx=warn,hyper=warn,h2=warn";

/// The same for a command, some of whose statements read everything.
const COMMAND: &str = "info,sqlx=error,hyper=warn,h2=warn";

/// The buckets of the histograms, in seconds: from a look-up to a time-out.
const SECONDS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// The buckets of the histograms of commit sizes: a batch has 256 items at most.
const BATCH: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// How often measurements are sorted into buckets: some ten thousand requests at most.
const TIDY: Duration = Duration::from_secs(5);

/// Starts the log of a server. A second call changes nothing, so that tests may each start it.
pub fn start_log(form: LogForm) {
    start(form, SERVER);
}

/// Starts the log of a command.
pub fn start_log_of_command(form: LogForm) {
    start(form, COMMAND);
}

fn start(form: LogForm, filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(filter));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // An error of a log that cannot be written (its disk is full) would be reported in the same place, which then
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

/// The recorder, with buckets for each kind of histogram.
fn recorder() -> PrometheusRecorder {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full("group_commit_size".into()), &BATCH))
        // Only an empty list of bounds is refused.
        .unwrap_or_else(|_| PrometheusBuilder::new())
        .build_recorder()
}

/// Starts the metrics. The recorder is one per process; a second server in it (as in tests) gets its own handle, which
/// stays empty.
pub fn start_metrics() -> PrometheusHandle {
    let recorder = recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    metrics::describe_counter!("http_requests_total", "Requests by route, method and status.");
    metrics::describe_histogram!(
        "http_request_seconds",
        metrics::Unit::Seconds,
        "Time to the head of the answer, by route."
    );
    metrics::describe_counter!(
        "connections_short_total",
        "Connections that had to wait for a seat."
    );
    metrics::describe_counter!(
        "connections_refused_total",
        "Connections that one address had too many of."
    );
    metrics::describe_gauge!("event_streams", "Browsers that listen for changes.");
    handle
}

/// Sorts measurements into their buckets, until the program ends. Until then every measurement is kept separately, and
/// their number would grow without end where nobody reads the metrics.
pub async fn tidy_often(metrics: &PrometheusHandle) {
    loop {
        tokio::time::sleep(TIDY).await;
        metrics.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_counted_by_their_size_and_commits_by_their_time() {
        let recorder = recorder();
        metrics::with_local_recorder(&recorder, || {
            metrics::histogram!("group_commit_size").record(3.0);
            metrics::histogram!("group_commit_seconds").record(0.002);
        });
        let told = recorder.handle().render();
        for line in [
            "group_commit_size_bucket{le=\"2\"} 0",
            "group_commit_size_bucket{le=\"4\"} 1",
            "group_commit_seconds_bucket{le=\"0.001\"} 0",
            "group_commit_seconds_bucket{le=\"0.0025\"} 1",
        ] {
            assert!(told.contains(line), "{line} in {told}");
        }
    }
}
