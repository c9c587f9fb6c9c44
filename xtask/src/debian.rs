//! Debian packages, for root on Debian: everybody else gets a message instead.

use std::path::Path;
use std::sync::OnceLock;

use crate::Outcome;
use crate::process::{answer, program, run_quietly, say};
use crate::workspace::find_program;

/// Makes sure that `packages` are installed; `purpose` says what they are for.
pub fn ensure(packages: &[&str], purpose: &str) -> Outcome {
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !is_installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !can_install() {
        return Err(format!(
            "{purpose} needs what Debian calls `{list}`: please install it and start again."
        ));
    }
    say(&format!("Installing {list} ({purpose})"));
    update_lists()?;
    run_quietly(
        program("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(&missing),
    )
    .map_err(|error| format!("{purpose} needs the packages {list}, which could not be installed: {error}"))
}

/// Whether this is Debian (or a derivative) and packages may be installed.
pub fn can_install() -> bool {
    Path::new("/etc/debian_version").exists()
        && find_program("apt-get").is_some()
        && answer(program("id").arg("-u")).as_deref() == Some("0")
}

/// Whether a package is already installed.
pub fn is_installed(package: &str) -> bool {
    let status = answer(program("dpkg-query").args(["-W", "-f=${Status}", package]));
    status.as_deref() == Some("install ok installed")
}

/// A bare machine knows no package names until its lists are fetched: once per command is enough.
fn update_lists() -> Outcome {
    static UPDATED: OnceLock<Outcome> = OnceLock::new();
    UPDATED
        .get_or_init(|| run_quietly(program("apt-get").args(["update", "--quiet"])))
        .clone()
}
