//! Credentials and the gate's assertions before verifiers that others wrote: valid ones are accepted, forged, expired,
//! revoked and deleted ones are not. The judges come from npm and PyPI and have no network while they judge. Beside them,
//! a mail server that others wrote takes a thousand mails, a provider of OpenID Connect that others wrote vouches for who
//! claims, an OAuth client that others wrote signs in, and a judge of OpenAPI documents calls what ours promises.

use std::path::PathBuf;

use super::{Tools, suites};
use crate::Outcome;
use crate::process::{program, run, run_quietly, say};
use crate::workspace::{find_program, fingerprint, is_stamped, put_stamp, read, root, target};

/// Installs the judges, lets the backend write its credentials and assertions, and lets them judge.
pub fn judge(tools: &mut Tools) -> Outcome {
    let python = install()?;
    let folder = target().join("judges/credentials");
    let mut write = suites::program(tools, "backend", "backend")?;
    run(write
        .args(["--quiet", "--ignored", "foreign_judges"])
        .env("JUDGES_FOLDER", &folder))?;
    for issued in ["sqlite", "postgres", "assertions-sqlite", "assertions-postgres"] {
        say(&format!("Judging what was issued: {issued}"));
        run(program("node")
            .current_dir(judges())
            .arg("run.mjs")
            .arg(folder.join(issued))
            .arg(&python))?;
    }
    say("Sending a thousand mails through a mail server that others wrote");
    let mut send = suites::program(tools, "backend", "backend")?;
    run(send
        .args(["--quiet", "--ignored", "foreign_mail_server"])
        .env("JUDGES_PYTHON", &python))?;
    say("Claiming with profiles of a provider that others wrote");
    let mut claim = suites::program(tools, "server", "it")?;
    run(claim.args(["--quiet", "--ignored", "foreign_provider"]))?;
    say("Signing in with an app, and calling the API, as others would");
    let mut call = suites::program(tools, "server", "it")?;
    run(call
        .args(["--quiet", "--ignored", "foreign_client"])
        .env("SCHEMATHESIS", python.with_file_name("schemathesis")))
}

fn judges() -> PathBuf {
    root().join("end2end/judges")
}

/// Returns the Python that has the judge installed.
fn install() -> Outcome<PathBuf> {
    for needed in ["node", "npm", "python3"] {
        if find_program(needed).is_none() {
            return Err(format!(
                "The judges need {needed}: please install it and start again."
            ));
        }
    }
    let lock = read(&judges().join("package-lock.json"))?;
    let stamp = judges().join("node_modules/.installed");
    let wanted = fingerprint([lock.as_slice()]);
    if !is_stamped(&stamp, &wanted) {
        say("Installing judges from npm");
        run_quietly(
            program("npm")
                .current_dir(judges())
                .args(["ci", "--no-audit", "--no-fund"]),
        )?;
        put_stamp(&stamp, &wanted)?;
    }
    let venv = target().join("judges/python");
    let requirements = judges().join("requirements.txt");
    let stamp = venv.join(".installed");
    let wanted = fingerprint([read(&requirements)?.as_slice()]);
    if !is_stamped(&stamp, &wanted) {
        say("Installing judges from PyPI");
        run_quietly(program("python3").args(["-m", "venv"]).arg(&venv))?;
        run_quietly(
            program(venv.join("bin/pip"))
                .args(["install", "--quiet", "--requirement"])
                .arg(&requirements),
        )?;
        put_stamp(&stamp, &wanted)?;
    }
    Ok(venv.join("bin/python"))
}
