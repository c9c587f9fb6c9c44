//! `tokenwright demo` and `serve --demo`.

use std::process::ExitCode;

use backend::Backend;
use database::Opening;

use crate::cli::Error;
use crate::config::Settings;

/// Fills an empty database, and prints how to sign in.
pub async fn run(settings: &Settings) -> Result<ExitCode, Error> {
    let backend = super::open_as(settings, Opening::Make).await?;
    let filled = fill(&backend).await;
    backend.database().close().await;
    filled.map(|()| ExitCode::SUCCESS)
}

/// The same, in a server that is about to serve. A database that contains an organisation is left alone.
pub async fn fill(backend: &Backend) -> Result<(), Error> {
    if !backend.organisations().set_up_needed().await? {
        println!("There is an organisation in this database already, so no example was added.");
        return Ok(());
    }
    let sign_in = backend.fill_with_demo().await?;
    println!(
        "The example is ready. Sign in as {} with the password: {}",
        sign_in.email,
        sign_in.password.reveal()
    );
    Ok(())
}
