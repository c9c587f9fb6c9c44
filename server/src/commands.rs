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
use std::process::ExitCode;

use backend::Backend;
use database::Opening;

use crate::cli::page_token::Gate;
use crate::cli::token::TROUBLE;
use crate::cli::{Cli, Command, Error, in_words};
use crate::config::Settings;
use crate::start;

/// Runs a command.
///
/// # Errors
/// Whatever went wrong, in words.
pub async fn run(cli: Cli) -> Result<ExitCode, Error> {
    let is_verdict = cli.command.answers_by_its_exit_code();
    match carried_out(cli).await {
        // 1 is an answer there.
        Err(error) if is_verdict => {
            eprintln!("{}", in_words(&error));
            Ok(ExitCode::from(TROUBLE))
        }
        other => other,
    }
}

async fn carried_out(cli: Cli) -> Result<ExitCode, Error> {
    let settings = Settings::load(&cli.options)?;
    match cli.command {
        Command::Serve { demo } => serve::run(&settings, demo).await,
        Command::Migrate => upkeep::migrate(&settings).await,
        Command::Demo => demo::run(&settings).await,
        Command::Fsck => upkeep::fsck(&settings).await,
        Command::Backup { file } => upkeep::backup(&settings, &file).await,
        Command::Restore { file } => restore::run(&settings, &file).await,
        Command::Quarantine(command) => quarantine::run(&settings, command).await,
        Command::Doctor => doctor::run(&settings).await,
        Command::Archive {
            out,
            without_pictures,
        } => archive::run(&settings, &out, without_pictures).await,
        Command::Organisation(command) => organisation::run(&settings, command).await,
        Command::Person(command) => person::run(&settings, command).await,
        Command::PageToken(command) => page_token::run(&settings, command).await,
        Command::Site(command) => page_token::run_site(&settings, command).await,
        Command::Gate(Gate::Doctor {
            url,
            back_end,
            in_place_of,
            token,
            in_place_of_gate,
            any_certificate,
        }) => {
            let besides = gate_doctor::Besides {
                back_end: back_end.as_deref(),
                in_place_of: in_place_of.as_deref(),
                token: token.as_deref(),
                in_place_of_gate: in_place_of_gate.as_deref(),
                any_certificate,
            };
            gate_doctor::run(&url, besides).await
        }
        Command::Token(command) => token::run(&settings, command).await,
        Command::Scan(scan) => scan::run(&settings, &scan).await,
        Command::Keys(command) => keys::run(&settings, command).await,
        // It was done before there were settings.
        Command::DrawPdf => Ok(ExitCode::FAILURE),
    }
}

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
