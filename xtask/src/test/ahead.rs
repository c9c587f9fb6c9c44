//! The release build, made beside tests that leave processors idle.
//!
//! The tests over HTTP wait for databases, leases and programs for a third of their time, and the release build takes
//! longer than any of them. So it begins when the tests are built, as another process with the lowest priority: it takes
//! what nobody else wants. Parts that measure wait until it has ended.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::Part;
use crate::Outcome;
use crate::process::{program, say};
use crate::workspace::{cannot, find_program, target};

/// The build, before it begins, while it runs, and when it is over.
pub struct Ahead {
    /// This program; `None` when nothing is to be built ahead.
    xtask: Option<PathBuf>,
    running: Option<Child>,
}

impl Ahead {
    /// To be begun if these parts run tests first and need the release build later.
    pub fn of(parts: &[Part]) -> Self {
        let first = parts.iter().position(|part| part.builds_tests());
        let last = parts.iter().rposition(|part| part.needs_release());
        let is_worth_it = first.zip(last).is_some_and(|(first, last)| first < last);
        Self {
            // Its place is asked for now: building the tests may put another build of it there.
            xtask: std::env::current_exe().ok().filter(|_| is_worth_it),
            running: None,
        }
    }

    /// Begins, once.
    pub fn begin(&mut self) -> Outcome {
        let Some(xtask) = self.xtask.take() else {
            return Ok(());
        };
        let log = target().join("release-build.log");
        let file = File::create(&log).map_err(|error| cannot("write", &log, &error))?;
        let beside = file.try_clone().map_err(|error| cannot("write", &log, &error))?;
        let mut build = gently(xtask);
        build
            .arg("build")
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(beside);
        let child = build
            .spawn()
            .map_err(|error| format!("The release build could not be started: {error}."))?;
        say(&format!(
            "Building the release beside the tests (see {})",
            log.display()
        ));
        self.running = Some(child);
        Ok(())
    }

    /// Waits until it has ended. Whatever went wrong goes wrong again, and is shown, where the build is used.
    pub fn ended(&mut self) {
        if let Some(mut child) = self.running.take() {
            if child.try_wait().is_ok_and(|status| status.is_none()) {
                say("Waiting for the release build");
            }
            let _ = child.wait();
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.ended();
    }
}

/// A program that gives way to all others.
fn gently(path: PathBuf) -> Command {
    match find_program("nice") {
        Some(nice) => {
            let mut command = program(nice);
            command.args(["-n", "19"]).arg(path);
            command
        }
        None => program(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_built_ahead_that_nobody_waits_for() {
        assert!(
            Ahead::of(&[Part::Unit, Part::Http, Part::Budgets])
                .xtask
                .is_some()
        );
        assert!(Ahead::of(&[Part::Http, Part::Gate]).xtask.is_none());
        assert!(Ahead::of(&[Part::E2e, Part::Faults]).xtask.is_none());
        assert!(Ahead::of(&[Part::Format, Part::Budgets]).xtask.is_none());
    }
}
