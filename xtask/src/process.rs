//! Other programs: started visibly, judged by their exit code, and quoted when they fail.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::workspace::root;

/// A command that runs in the checkout.
pub fn program(name: impl AsRef<Path>) -> Command {
    let mut command = Command::new(name.as_ref());
    command.current_dir(root());
    command
}

/// The Cargo that runs this very command.
pub fn cargo(arguments: &[&str]) -> Command {
    let cargo = crate::workspace::setting("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = program(cargo);
    forget_this_program(&mut command);
    command.args(arguments);
    command
}

/// The variables that `cargo run` sets for this program are wrong for what another Cargo builds. Some build scripts
/// depend on them, so they would run again each time somebody calls Cargo by hand in between.
pub fn forget_this_program(command: &mut Command) {
    const SAID: [&str; 19] = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_LINKS",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_AUTHORS",
        "CARGO_PKG_DESCRIPTION",
        "CARGO_PKG_HOMEPAGE",
        "CARGO_PKG_LICENSE",
        "CARGO_PKG_LICENSE_FILE",
        "CARGO_PKG_NAME",
        "CARGO_PKG_README",
        "CARGO_PKG_REPOSITORY",
        "CARGO_PKG_RUST_VERSION",
        "CARGO_PKG_VERSION",
        "CARGO_PKG_VERSION_MAJOR",
        "CARGO_PKG_VERSION_MINOR",
        "CARGO_PKG_VERSION_PATCH",
        "CARGO_PKG_VERSION_PRE",
    ];
    for name in SAID {
        command.env_remove(name);
    }
}

/// Announces the next step.
pub fn say(sentence: &str) {
    println!("\u{2192} {sentence}");
}

/// Runs a command whose output the person sees.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` failed ({status}).", line(command)))
    }
}

/// Runs a command whose output matters only when it fails.
pub fn run_quietly(command: &mut Command) -> Outcome {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if output.status.success() {
        return Ok(());
    }
    eprint!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Err(format!("`{}` failed ({}).", line(command), output.status))
}

/// The output of a command; `None` when it does not exist or fails. For probing.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as one would type it, for sentences.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!(
        "`{}` could not be started: {error}.",
        command.get_program().to_string_lossy()
    )
}
