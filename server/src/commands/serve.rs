//! `tokenwright serve`.

use std::process::ExitCode;

use backend::{Backend, Random, Secret};
use database::Opening;

use super::demo;
use crate::cli::Error;
use crate::config::{PublicUrl, Settings};
use crate::start::{self, Running, StartError};
use crate::{process, site, telemetry};

/// Serves until it is told to stop.
pub async fn run(settings: &Settings, with_demo: bool) -> Result<ExitCode, Error> {
    telemetry::start_log(settings.log);
    let metrics = telemetry::start_metrics();
    // First, because it is the only thing that another program can block.
    let (listener, address) = start::listen(settings).await?;
    let backend = start::open(settings, address, Opening::Serve).await?;
    if with_demo {
        demo::fill(&backend).await?;
    }
    let public_url = settings.public_url(address);
    let setup_code = setup_code(settings, &backend, &public_url).await?;

    if backend.quarantine().look().await? {
        tracing::warn!(
            "a backup was restored, so nothing opens until it is known what was forgotten: `tokenwright quarantine show`, \
             then `tokenwright quarantine end`"
        );
    }
    warn_about_files(settings);
    let running = Running::begin(settings, backend, (listener, address), setup_code, metrics);
    running.stop.on_signals().map_err(StartError::Signals)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), %address, database = %settings.database, "Tokenwright serves {public_url}");
    warn_about(&public_url);

    running.ended().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// The code that opens the set-up page. It is needed, and printed, only as long as there is no organisation.
async fn setup_code(settings: &Settings, backend: &Backend, public_url: &PublicUrl) -> Result<Secret, Error> {
    if let Some(code) = &settings.setup_code {
        return Ok(Secret::new(code));
    }
    let code = Random.code().grouped();
    if backend.organisations().set_up_needed().await? {
        tracing::warn!("nobody is set up yet: open {public_url}/setup with the set-up code {code}");
    }
    Ok(Secret::new(code))
}

/// Names what others on the machine can read.
fn warn_about_files(settings: &Settings) {
    let places = settings.private_places();
    for place in places.iter().filter(|place| process::is_open_to_others(place)) {
        let place = place.display();
        tracing::warn!("others on this machine can read {place}: run `chmod -R go= {place}`");
    }
}

fn warn_about(public_url: &PublicUrl) {
    if public_url.is_exposed() {
        tracing::warn!(
            "{public_url} is not encrypted: whoever shares the network can read passwords and links. \
             Put a reverse proxy with TLS in front, and set --public-url to its https address"
        );
    }
    if !site::is_built() {
        tracing::warn!(
            "this program was built without its scripts and styles; `cargo xtask run` builds it whole"
        );
    }
}
