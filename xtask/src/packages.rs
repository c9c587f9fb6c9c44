//! npm packages: Playwright for the stories, binaryen for a small Wasm.

use std::path::PathBuf;

use crate::Outcome;
use crate::process::{program, run_quietly, say};
use crate::workspace::{find_program, fingerprint, is_stamped, put_stamp, read, root};

/// The folder that holds `package.json`.
pub fn folder() -> PathBuf {
    root().join("end2end")
}

/// Installs the packages unless they were installed from the same lock file.
pub fn ensure() -> Outcome {
    if find_program("node").is_none() || find_program("npm").is_none() {
        return Err(
            "Node and npm are missing: please install them (Node 20 or later) and start again.".into(),
        );
    }
    let lock = fingerprint([read(&folder().join("package-lock.json"))?.as_slice()]);
    let stamp = folder().join("node_modules/.installed");
    if is_stamped(&stamp, &lock) {
        return Ok(());
    }
    say("Installing npm packages in end2end/");
    let mut npm = program("npm");
    npm.current_dir(folder()).args(["ci", "--no-audit", "--no-fund"]);
    run_quietly(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    put_stamp(&stamp, &lock)
}
