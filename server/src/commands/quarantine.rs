//! `tokenwright quarantine`.

use std::process::ExitCode;

use backend::Backend;

use crate::cli::{Error, Quarantine};
use crate::config::Settings;

/// Runs it.
pub async fn run(settings: &Settings, command: Quarantine) -> Result<ExitCode, Error> {
    let backend = super::open(settings).await?;
    let done = match command {
        Quarantine::Begin => begin(&backend).await,
        Quarantine::Show => show(&backend).await,
        Quarantine::End => end(&backend).await,
    };
    backend.database().close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn begin(backend: &Backend) -> Result<(), Error> {
    let sessions = backend.quarantine().begin().await?;
    println!("Nobody is signed in any more ({sessions} sessions of apps among them).");
    show(backend).await
}

/// Reports what a quarantine is about.
pub async fn show(backend: &Backend) -> Result<(), Error> {
    let Some(concern) = backend.quarantine().concern().await? else {
        println!("There is no quarantine.");
        return Ok(());
    };
    println!(
        "In quarantine since {}: links, claims, the gate and the REST API answer 503. Admins can sign in and work.",
        concern.began_at.format("%d %b %Y, %H:%M UTC")
    );
    match concern.known_until {
        Some(until) => println!(
            "The database knows what happened until {}. What was used, revoked or changed after that is forgotten:",
            until.format("%d %b %Y, %H:%M:%S UTC")
        ),
        None => println!("The database knows of nothing that has happened yet."),
    }
    println!(
        "  {} links and tokens are alive, some of which may have been revoked since;",
        concern.alive
    );
    println!(
        "  {} of those have a limit and uses left, some of which may have been used since.",
        concern.with_uses_left
    );
    println!("Suspend, revoke or shorten what must not open again; then run `tokenwright quarantine end`.");
    Ok(())
}

async fn end(backend: &Backend) -> Result<(), Error> {
    match backend.quarantine().end().await? {
        true => println!("The quarantine has ended: everything opens again, within a second."),
        false => println!("There was no quarantine."),
    }
    Ok(())
}
