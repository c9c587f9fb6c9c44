//! `tokenwright migrate`, `fsck` and `backup`.

use std::path::Path;
use std::process::ExitCode;

use database::Opening;

use crate::cli::Error;
use crate::config::Settings;

/// Opening a database migrates its schema.
pub async fn migrate(settings: &Settings) -> Result<ExitCode, Error> {
    let backend = super::open_as(settings, Opening::Migrate).await?;
    println!("The schema is up to date: {}.", settings.database);
    backend.database().close().await;
    Ok(ExitCode::SUCCESS)
}

/// Reports what is inconsistent.
pub async fn fsck(settings: &Settings) -> Result<ExitCode, Error> {
    let backend = super::open(settings).await?;
    let findings = backend.fsck().await?;
    for finding in &findings {
        println!("{finding}");
    }
    backend.database().close().await;
    if findings.is_empty() {
        println!("Everything agrees.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!(
            "{} found. Restore a backup, or ask for help with this list.",
            findings.len()
        );
        Ok(ExitCode::FAILURE)
    }
}

/// Copies the database while it is in use.
pub async fn backup(settings: &Settings, file: &Path) -> Result<ExitCode, Error> {
    let backend = super::open(settings).await?;
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        crate::start::make_private_folder(folder)?;
    }
    let copied = backend.database().back_up(file).await;
    backend.database().close().await;
    copied?;
    println!("Copied {} to {}.", settings.database, file.display());
    println!("Keep the keys ({}) as well, in another place.", settings.keys);
    Ok(ExitCode::SUCCESS)
}
