//! Rust's tests: one build for all of them, then one program after the other.
//!
//! Building package by package would unify features differently each time and compile the dependencies again; so the
//! workspace is built once and its test programs are started from here.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::Tools;
use crate::Outcome;
use crate::process::{cargo, run, say};
use crate::programs::WITH_WRONG_VERSIONS;
use crate::workspace::{files_below, read, root, target};

/// A test program that Cargo built.
pub struct Suite {
    package: String,
    folder: PathBuf,
    program: PathBuf,
}

/// Everything except the server's tests, and the examples in the documentation.
pub fn unit(tools: &mut Tools) -> Outcome {
    let suites = run_suites(tools, |suite| suite.package != "server");
    // Examples need no database; arguments for a test program mean something else to rustdoc, which reads all packages even
    // when there is no example in them.
    let examples = if tools.passed_on.is_empty() && has_examples()? {
        run(&mut cargo(&[
            "test",
            "--quiet",
            "--doc",
            "--workspace",
            "--exclude",
            "frontend",
            // As the tests were built: other features would mean another build.
            "--features",
            WITH_WRONG_VERSIONS,
        ]))
    } else {
        Ok(())
    };
    suites.and(examples)
}

/// Whether the documentation of some package has an example, which is code between fences.
fn has_examples() -> Outcome<bool> {
    for folder in ["app", "bench", "crates", "faults", "server", "xtask"] {
        for path in files_below(&root().join(folder))? {
            let is_rust = path.extension().is_some_and(|ending| ending == "rs");
            if is_rust && String::from_utf8_lossy(&read(&path)?).lines().any(begins_example) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn begins_example(line: &str) -> bool {
    let line = line.trim_start();
    let said = line.strip_prefix("///").or_else(|| line.strip_prefix("//!"));
    said.is_some_and(|said| said.trim_start().starts_with("```"))
}

/// The server's tests.
pub fn http(tools: &mut Tools) -> Outcome {
    run_suites(tools, |suite| suite.package == "server")
}

/// The test program of a package that is called `name`, to be run with the caller's arguments.
pub fn program(tools: &mut Tools, package: &str, name: &str) -> Outcome<Command> {
    let postgres = tools.postgres()?;
    let begins = format!("{name}-");
    let suite = built(tools)?
        .iter()
        .find(|suite| suite.package == package && file_name(suite).starts_with(&begins));
    let suite = suite.ok_or_else(|| format!("There are no tests {name} of {package}."))?;
    Ok(command(suite, &postgres))
}

/// The program `tokenwright` as the tests were built with it.
pub fn tokenwright(tools: &mut Tools) -> Outcome<PathBuf> {
    built(tools)?;
    Ok(target().join("debug/tokenwright"))
}

fn run_suites(tools: &mut Tools, wanted: impl Fn(&Suite) -> bool) -> Outcome {
    let postgres = tools.postgres()?;
    let passed_on = tools.passed_on.clone();
    let mut failed = Vec::new();
    for suite in built(tools)?.iter().filter(|suite| wanted(suite)) {
        println!("-- {} ({})", suite.package, file_name(suite));
        if run(command(suite, &postgres).args(&passed_on)).is_err() {
            failed.push(format!("{} ({})", suite.package, file_name(suite)));
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("Tests failed in {}.", failed.join(", ")))
    }
}

fn command(suite: &Suite, postgres: &str) -> Command {
    let mut command = Command::new(&suite.program);
    command
        .current_dir(&suite.folder)
        .env("TEST_POSTGRES_URL", postgres);
    command
}

/// All test programs; they are built once.
fn built(tools: &mut Tools) -> Outcome<&[Suite]> {
    if tools.suites.is_none() {
        tools.suites = Some(build()?);
        tools.ahead.begin()?;
    }
    Ok(tools.suites.as_deref().unwrap_or_default())
}

fn build() -> Outcome<Vec<Suite>> {
    say("Building the tests");
    let arguments = [
        "test",
        "--no-run",
        // Without examples: clippy sees that they compile.
        "--tests",
        "--workspace",
        "--exclude",
        "frontend",
        "--features",
        WITH_WRONG_VERSIONS,
        "--message-format",
    ];
    let mut build = cargo(&arguments);
    build
        .arg("json-render-diagnostics")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = build
        .output()
        .map_err(|error| format!("Cargo could not be started: {error}."))?;
    if !output.status.success() {
        return Err("The tests do not compile.".into());
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(parse)
        .collect())
}

/// Cargo reports what it built as one JSON object per line.
fn parse(line: &str) -> Option<Suite> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message["reason"] != "compiler-artifact" || message["profile"]["test"] != true {
        return None;
    }
    let manifest = PathBuf::from(message["manifest_path"].as_str()?);
    let folder = manifest.parent().map_or_else(root, PathBuf::from);
    Some(Suite {
        package: folder.file_name()?.to_string_lossy().into_owned(),
        folder,
        program: PathBuf::from(message["executable"].as_str()?),
    })
}

fn file_name(suite: &Suite) -> String {
    suite
        .program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_begins_with_a_fence_in_a_comment_that_is_documentation() {
        assert!(begins_example("    /// ```no_run"));
        assert!(begins_example("//! ```"));
        assert!(!begins_example("// ```"));
        assert!(!begins_example("/// `code`"));
    }

    #[test]
    fn only_test_programs_are_suites() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/x/server/Cargo.toml","profile":{"test":true},"executable":"/t/it-1"}"#;
        let suite = parse(line).unwrap();
        assert_eq!(
            (suite.package.as_str(), suite.program.to_str().unwrap()),
            ("server", "/t/it-1")
        );
        assert!(parse(&line.replace("\"test\":true", "\"test\":false")).is_none());
        assert!(parse("warning: not JSON").is_none());
    }
}
