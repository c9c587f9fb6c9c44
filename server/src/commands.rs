//! What each command does, through the same use cases as everything else.

pub mod demo;
pub mod gate_doctor;
pub mod keys;
pub mod organisation;
pub mod page_token;
pub mod person;
pub mod serve;
pub mod token;
pub mod upkeep;

use std::io::BufRead;

use crate::cli::Error;
use crate::config::Settings;
use crate::start;

/// What is kept, for a command that works beside a server.
async fn open(settings: &Settings) -> Result<backend::Backend, Error> {
    crate::telemetry::start_log(settings.log);
    Ok(start::open(settings, settings.listen, false).await?)
}

/// A password from standard input: arguments can be seen by everybody on the machine.
fn read_password() -> Result<String, Error> {
    eprintln!("Type the password, 12 to 200 characters, and press Enter. It shows on the screen.");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
