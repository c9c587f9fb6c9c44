//! The proof: `faults/` hurts the release binary in every way it knows, and judges its books afterwards.

use std::fs;
use std::path::PathBuf;

use super::Tools;
use crate::process::{cargo, program, run, say};
use crate::site::{self, Kind};
use crate::workspace::{cannot, target};
use crate::{Outcome, install, server};

/// Builds the product, its wrong versions and the harness, and runs the cases: all of them in their short form,
/// unless something else was passed on.
pub fn hurt(tools: &Tools) -> Outcome {
    let postgres = install::postgres()?;
    install::faults()?;
    let site = site::build(Kind::Release)?;
    let product = server::build(Kind::Release, &site)?;
    let wrong = wrong_versions()?;
    let harness = build("faults", &[])?;
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
    let built = build("tokenwright", &["--features", "server/wrong-versions"])?;
    let kept = built.with_file_name("tokenwright-wrong");
    fs::copy(&built, &kept).map_err(|error| cannot("write", &kept, &error))?;
    Ok(kept)
}

/// Named for the whole workspace, so that it shares its dependencies with the tests' build.
fn build(binary: &str, features: &[&str]) -> Outcome<PathBuf> {
    let workspace = ["build", "--workspace", "--exclude", "frontend", "--bin", binary];
    run(cargo(&workspace).args(features))?;
    Ok(target().join("debug").join(binary))
}
