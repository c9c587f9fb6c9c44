//! `tokenwright keys`.

use std::process::ExitCode;

use crate::cli::Error;
use crate::config::Settings;
use crate::start;

/// Makes a new key, moves everything over, drops the old ones.
pub async fn rotate(settings: &Settings) -> Result<ExitCode, Error> {
    let backend = super::open(settings).await?;
    let moved = backend.upkeep().rotate_keys(&start::key_file(settings)).await;
    backend.database().close().await;
    println!(
        "{} secrets moved to a new key; the old ones are gone. Back the key file up again.",
        moved?
    );
    Ok(ExitCode::SUCCESS)
}
