//! The proof: `faults/` hurts the release binary in every way it knows, and judges its books afterwards.

use std::fs;
use std::path::PathBuf;

use super::Tools;
use crate::process::{program, run, say};
use crate::site::{self, Kind};
use crate::workspace::cannot;
use crate::{Outcome, install, programs, server};

/// Builds the product, its wrong versions and the harness, and runs the cases: all of them in their short form,
/// unless something else was passed on.
pub fn hurt(tools: &Tools) -> Outcome {
    let postgres = install::postgres()?;
    install::faults()?;
    let site = site::build(Kind::Release)?;
    let product = server::build(Kind::Release, &site)?;
    let wrong = wrong_versions()?;
    let harness = programs::build("faults", &[])?;
    run(program(harness)
        .arg("--program")
        .arg(product)
        .arg("--wrong-program")
        .arg(wrong)
        .arg("--postgres-programs")
        .arg(postgres)
        .args(&tools.passed_on))
}

/// A build for tests, under a name of its own, so that nobody takes it for the product.
fn wrong_versions() -> Outcome<PathBuf> {
    say("Building the wrong versions");
    let built = programs::build("tokenwright", &["--features", "server/wrong-versions"])?;
    let kept = built.with_file_name("tokenwright-wrong");
    fs::copy(&built, &kept).map_err(|error| cannot("write", &kept, &error))?;
    Ok(kept)
}
