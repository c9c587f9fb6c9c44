//! The binary `tokenwright`, with the site inside.

use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::process::{cargo, run, say};
use crate::site::Kind;
use crate::workspace::target;

/// Builds the server around `site` and says where it is.
pub fn build(kind: Kind, site: &Path) -> Outcome<PathBuf> {
    say(match kind {
        Kind::Release => "Building the server (release)",
        Kind::Debug => "Building the server (debug)",
    });
    let mut build = cargo(&["build", "--package", "server", "--bin", "tokenwright"]);
    if kind == Kind::Release {
        build.arg("--release");
    }
    run(build.args(kind.options()).env("TOKENWRIGHT_SITE", site))?;
    let profile = match kind {
        Kind::Release => "release",
        Kind::Debug => "debug",
    };
    Ok(target().join(profile).join("tokenwright"))
}
