//! `tokenwright restore`.

use std::path::Path;
use std::process::ExitCode;

use database::Opening;

use super::quarantine;
use crate::cli::Error;
use crate::config::{DatabasePlace, Settings};
use crate::start;

/// Replaces the database with a backup, once it has proved to be complete and to match the keys.
pub async fn run(settings: &Settings, backup: &Path) -> Result<ExitCode, Error> {
    crate::telemetry::start_log_of_command(settings.log);
    let DatabasePlace::Sqlite(database) = &settings.database else {
        return Err(
            "A PostgreSQL database is restored with its own tools, such as pg_restore, while no server runs. Run \
             `tokenwright quarantine begin` after that, and start the servers again."
                .into(),
        );
    };
    let at = backup.display();
    if !backup.is_file() {
        return Err(format!("There is no file {at}. Name a file that `tokenwright backup` has made.").into());
    }
    match database::check_file(backup).await {
        Ok(wrong) if wrong.is_empty() => {}
        Ok(wrong) => {
            return Err(format!("{at} is damaged: {}. Take another backup.", wrong.join("; ")).into());
        }
        Err(error) => return Err(format!("{at} is no SQLite database: {error}.").into()),
    }
    let staged = database::stage(backup, database)?;
    let checked = checked(settings, &staged).await;
    let kept = match checked {
        Ok(()) => database::put_in_place(&staged, database),
        Err(error) => {
            database::unstage(&staged)?;
            return Err(error);
        }
    };
    println!("Restored {} from {at}.", settings.database);
    if let Some(before) = kept? {
        println!("The database of before is kept as {}.", before.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the copy with the keys, migrates its schema, checks everything, and puts it into quarantine.
async fn checked(settings: &Settings, staged: &Path) -> Result<(), Error> {
    let settings = Settings {
        database: DatabasePlace::Sqlite(staged.to_owned()),
        ..settings.clone()
    };
    let backend = start::open(&settings, settings.listen, Opening::Migrate).await?;
    let outcome = async {
        let findings = backend.fsck().await?;
        if !findings.is_empty() {
            let findings = findings.join("\n  ");
            return Err(Error::from(format!(
                "The backup does not agree with itself, so nothing was changed:\n  {findings}"
            )));
        }
        backend.quarantine().begin().await?;
        quarantine::show(&backend).await
    }
    .await;
    backend.database().close().await;
    outcome
}
