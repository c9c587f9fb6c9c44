//! Programs that are used beside the product in tests, in the test profile.

use std::path::PathBuf;

use crate::Outcome;
use crate::process::{cargo, run};
use crate::workspace::target;

/// The feature that the tests are built with. The wrong versions do nothing until a variable names one, and
/// [`crate::test`] needs a program with them.
pub const WITH_WRONG_VERSIONS: &str = "server/wrong-versions";

/// Builds the program called `binary` and returns where it is.
///
/// It is selected from the whole workspace and has the features of the tests, so that it shares their dependencies'
/// builds.
pub fn build(binary: &str) -> Outcome<PathBuf> {
    let workspace = ["build", "--workspace", "--exclude", "frontend", "--bin", binary];
    run(cargo(&workspace).args(["--features", WITH_WRONG_VERSIONS]))?;
    Ok(target().join("debug").join(binary))
}
