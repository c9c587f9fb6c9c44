//! Programs that stand beside the product in tests, in the profile of tests.

use std::path::PathBuf;

use crate::Outcome;
use crate::process::{cargo, run};
use crate::workspace::target;

/// Builds the program called `binary` and says where it is.
///
/// It is named for the whole workspace, so that it shares its dependencies with the tests' build.
pub fn build(binary: &str, features: &[&str]) -> Outcome<PathBuf> {
    let workspace = ["build", "--workspace", "--exclude", "frontend", "--bin", binary];
    run(cargo(&workspace).args(features))?;
    Ok(target().join("debug").join(binary))
}
