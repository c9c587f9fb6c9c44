//! `tokenwright`: parses the command, runs it, and ends with a message if it fails.

use std::process::ExitCode;

use clap::Parser;
use server::cli::{self, Cli, Command};
use server::foreign_pages;

/// Returns memory after bursts, which keeps the resident size small.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rendering waits for its own parts, which needs more than one or two threads to be sure to finish.
const LEAST_THREADS: usize = 4;

fn main() -> ExitCode {
    server::process::prepare();
    let cli = Cli::parse();
    if matches!(cli.command, Command::DrawPdf) {
        return foreign_pages::run();
    }
    let threads =
        std::thread::available_parallelism().map_or(LEAST_THREADS, |cores| cores.get().max(LEAST_THREADS));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build();
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
