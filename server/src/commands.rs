//! What each command does, through the same use cases as everything else.

pub mod archive;
pub mod demo;
pub mod doctor;
pub mod gate_doctor;
pub mod keys;
pub mod organisation;
pub mod page_token;
pub mod person;
pub mod quarantine;
pub mod restore;
pub mod scan;
pub mod serve;
pub mod token;
pub mod upkeep;

use std::io::BufRead;

use backend::Backend;
use database::Opening;

use crate::cli::Error;
use crate::config::Settings;
use crate::start;

/// The backend, for a command that works beside a server. Reports which database it uses, on standard error where
/// programs do not read it.
async fn open(settings: &Settings) -> Result<Backend, Error> {
    open_as(settings, Opening::Existing).await
}

/// The same for a command that may create a database.
async fn open_as(settings: &Settings, opening: Opening) -> Result<Backend, Error> {
    crate::telemetry::start_log_of_command(settings.log);
    let backend = start::open(settings, settings.listen, opening).await?;
    eprintln!("Database: {}", settings.database);
    Ok(backend)
}

/// A password from standard input: arguments can be seen by everybody on the machine.
fn read_password() -> Result<String, Error> {
    eprintln!("Type the password, 12 to 200 characters, and press Enter. It shows on the screen.");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
