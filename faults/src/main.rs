//! The proof that a token with limit N is spent N times, whatever runs at once and whatever breaks.
//!
//! The product is a black box here: its release binary is started, called over HTTP, and broken. What clients saw and
//! what is in the database afterwards goes before one judge, [`oracle`]. Each case is a file under `cases`, named after
//! what happens in it. `cargo xtask test faults` builds what is needed and runs them.

mod arguments;
mod cases;
mod crowd;
mod dice;
mod disk;
mod failure;
mod front;
mod installation;
mod lab;
mod load;
mod mount;
mod oracle;
mod person;
mod postgres;
mod proxy;
mod server;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use futures::future::join_all;

use arguments::Arguments;
use cases::Case;
use lab::Lab;

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list {
        for case in cases::ALL {
            println!("{:22} {}", case.name, case.proves);
        }
        return ExitCode::SUCCESS;
    }
    let chosen = match arguments.chosen() {
        Ok(chosen) => chosen,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::FAILURE;
        }
    };
    // Stopping this also stops what it started: dropping the cases ends their servers.
    tokio::select! {
        code = run(&arguments, &chosen) => code,
        _ = tokio::signal::ctrl_c() => ExitCode::FAILURE,
    }
}

async fn run(arguments: &Arguments, chosen: &[&'static Case]) -> ExitCode {
    let seed = arguments.seed.unwrap_or_else(dice::any_seed);
    println!("seed {seed} (`--seed {seed}` throws the same dice again)");
    let lab = match Lab::open(arguments, seed) {
        Ok(lab) => lab,
        Err(sentence) => {
            eprintln!("{sentence}");
            return ExitCode::FAILURE;
        }
    };
    let (patient, busy): (Vec<&Case>, Vec<&Case>) = chosen
        .iter()
        .partition(|case| cases::PATIENT.contains(&case.name));
    let mut failed = Vec::new();
    for case in busy {
        failed.extend(look(case, &lab).await);
    }
    let patient = patient.into_iter().map(|case| look(case, &lab));
    failed.extend(join_all(patient).await.into_iter().flatten());
    println!("{} of {} cases hold", chosen.len() - failed.len(), chosen.len());
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    // Repeated at the end, which is what people read first.
    for failure in &failed {
        println!("FAILED  {failure}");
    }
    println!("What they left is in {}.", lab.keep().display());
    ExitCode::FAILURE
}

/// Runs a case and reports how it ended; returns why it failed, if it did.
async fn look(case: &Case, lab: &Lab) -> Option<String> {
    let begun = Instant::now();
    let outcome = case.run(lab).await;
    let seconds = begun.elapsed().as_secs_f64();
    match outcome {
        Ok(counts) => {
            println!("  ok      {:20} {seconds:6.1} s  {counts}", case.name);
            None
        }
        Err(failure) => {
            println!("  FAILED  {:20} {seconds:6.1} s  {failure}", case.name);
            Some(format!("{}: {failure}", case.name))
        }
    }
}
