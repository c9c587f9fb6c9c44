//! The proof: `faults/` breaks what the release binary depends on in every way it knows, and judges its database
//! afterwards.

use std::fs;
use std::path::PathBuf;

use super::{Tools, suites};
use crate::process::{program, run};
use crate::site::{self, Kind};
use crate::workspace::cannot;
use crate::{Outcome, install, programs, server};

/// Builds the product, its wrong versions and the harness, and runs the cases: all of them in their short form, unless
/// arguments were passed on.
pub fn hurt(tools: &mut Tools) -> Outcome {
    let postgres = install::postgres()?;
    install::faults()?;
    let site = site::build(Kind::Release)?;
    let product = server::build(Kind::Release, &site)?;
    let wrong = wrong_versions(tools)?;
    let harness = programs::build("faults")?;
    run(program(harness)
        .arg("--program")
        .arg(product)
        .arg("--wrong-program")
        .arg(wrong)
        .arg("--postgres-programs")
        .arg(postgres)
        .args(&tools.passed_on))
}

/// The program that the tests were built with: it contains the wrong versions, and a separate build for them would take
/// minutes. It gets its own name, so that nobody mistakes it for the product.
fn wrong_versions(tools: &mut Tools) -> Outcome<PathBuf> {
    let built = suites::tokenwright(tools)?;
    let kept = built.with_file_name("tokenwright-wrong");
    fs::copy(&built, &kept).map_err(|error| cannot("write", &kept, &error))?;
    Ok(kept)
}
