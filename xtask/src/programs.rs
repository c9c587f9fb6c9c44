//! Programs that stand beside the product in tests, in the profile of tests.

use std::path::PathBuf;

use crate::Outcome;
use crate::process::{cargo, run};
use crate::workspace::target;

/// The feature that the tests are built with. The wrong versions do nothing until a variable names one, and
/// [`crate::test`] needs a program with them.
pub const WITH_WRONG_VERSIONS: &str = "server/wrong-versions";

/// Builds the program called `binary` and says where it is.
///
/// It is named for the whole workspace and has the features of the tests, so that it shares what they are built of.
pub fn build(binary: &str) -> Outcome<PathBuf> {
    let workspace = ["build", "--workspace", "--exclude", "frontend", "--bin", binary];
    run(cargo(&workspace).args(["--features", WITH_WRONG_VERSIONS]))?;
    Ok(target().join("debug").join(binary))
}
