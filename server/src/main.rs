//! `tokenwright`: parses the command, runs it, and ends with a message if it fails.

use std::process::ExitCode;

use clap::Parser;
use server::cli::{self, Cli, Command};
use server::foreign_pages;

/// Returns memory after bursts, which keeps the resident size small.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    server::process::prepare();
    let cli = Cli::parse();
    if matches!(cli.command, Command::DrawPdf) {
        return foreign_pages::run();
    }
    // As many threads as there are cores: more of them take the work from each other. Whatever keeps a thread waiting, such
    // as a page that is rendered, leaves its work to another one, which is begun for it.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(server::run(cli)),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{}", cli::in_words(&error));
            ExitCode::FAILURE
        }
    }
}
