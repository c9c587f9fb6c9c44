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
mod report;
mod server;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use futures::future::join_all;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use arguments::Arguments;
use cases::{BESIDE, Case, PATIENT};
use lab::Lab;
use report::Report;

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
    let report = Arc::new(Report::of(chosen));
    for case in chosen {
        if !PATIENT.contains(&case.name) && !BESIDE.contains(&case.name) {
            look(case, &lab, &report).await;
        }
    }
    let mut lanes = vec![those_of(chosen, &BESIDE)];
    lanes.extend(those_of(chosen, &PATIENT).into_iter().map(|case| vec![case]));
    // They end when this sender is dropped, with what they started.
    let (_until, stopped) = watch::channel(());
    let lanes = lanes.into_iter().map(|cases| {
        let (lab, report, stopped, here) = (
            lab.clone(),
            Arc::clone(&report),
            stopped.clone(),
            Handle::current(),
        );
        // Each in a thread of its own, for cases also wait for programs that they run.
        spawn_blocking(move || here.block_on(side_by_side(cases, lab, &report, stopped)))
    });
    let panicked = join_all(lanes).await.iter().any(Result::is_err);
    let failed = report.failed();
    if panicked || report.is_missing_some() {
        println!("A case panicked.");
        return ExitCode::FAILURE;
    }
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

/// The chosen cases that have one of these names.
fn those_of(chosen: &[&'static Case], names: &[&str]) -> Vec<&'static Case> {
    let mut cases = chosen.to_vec();
    cases.retain(|case| names.contains(&case.name));
    cases
}

/// Runs cases one after the other, beside others, until it is told to stop.
async fn side_by_side(
    cases: Vec<&'static Case>,
    lab: Lab,
    report: &Report,
    mut stopped: watch::Receiver<()>,
) {
    let all = async {
        for case in cases {
            look(case, &lab, report).await;
        }
    };
    tokio::select! {
        () = all => {}
        _ = stopped.changed() => {}
    }
}

/// Runs a case and reports how it ended.
async fn look(case: &Case, lab: &Lab, report: &Report) {
    let begun = Instant::now();
    let outcome = case.run(lab).await;
    report.ended(case, begun.elapsed(), outcome);
}
