//! The parts, in the order of what fails soonest; those that leave processors idle come before those that measure, because the
//! release build runs beside them.

use super::{Tools, Verdict, budgets, faults, gate, judges, readers, stories, suites};
use crate::Outcome;
use crate::process::{cargo, program, run};
use crate::site::Kind;
use crate::wasm_target::{self, TARGET};
use crate::workspace::{find_program, root, target};

/// Something that must hold and can be checked separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// rustfmt.
    Format,
    /// The server's side and all tests under clippy.
    Clippy,
    /// The browser's side under clippy.
    ClippyBrowser,
    /// rustdoc without a warning.
    Docs,
    /// Licences and advisories of the dependencies.
    Deny,
    /// Misspelt words, and dependencies that nobody uses.
    Tidy,
    /// Rules and use cases, on both engines.
    Unit,
    /// The server over HTTP.
    Http,
    /// The gate behind real proxies.
    Gate,
    /// Certificates before foreign readers.
    Readers,
    /// Credentials before foreign verifiers.
    Judges,
    /// Bytes that browsers load, and what the server takes.
    Budgets,
    /// Stories in a browser, on SQLite.
    E2e,
    /// The same stories on PostgreSQL.
    E2ePostgres,
    /// The product under everything that can break.
    Faults,
}

impl Part {
    /// All of them, in the order in which they run.
    pub const ALL: [Part; 15] = [
        Part::Format,
        Part::Clippy,
        Part::ClippyBrowser,
        Part::Docs,
        Part::Deny,
        Part::Tidy,
        Part::Unit,
        Part::Http,
        Part::Readers,
        Part::Judges,
        Part::Budgets,
        Part::Gate,
        Part::E2e,
        Part::E2ePostgres,
        Part::Faults,
    ];

    /// Whether it runs programs of the build for tests.
    pub fn builds_tests(self) -> bool {
        matches!(self, Part::Unit | Part::Http | Part::Readers | Part::Judges)
    }

    /// Whether it looks at the program as it is released.
    pub fn needs_release(self) -> bool {
        matches!(self, Part::Budgets | Part::E2e | Part::E2ePostgres | Part::Faults)
    }

    /// Whether something that runs beside it would be measured with it.
    fn measures(self) -> bool {
        self.needs_release() || self == Part::Gate
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Part::Format => "format",
            Part::Clippy => "clippy",
            Part::ClippyBrowser => "clippy-browser",
            Part::Docs => "docs",
            Part::Deny => "deny",
            Part::Tidy => "tidy",
            Part::Unit => "unit",
            Part::Http => "http",
            Part::Gate => "gate",
            Part::Readers => "readers",
            Part::Judges => "judges",
            Part::Budgets => "budgets",
            Part::E2e => "e2e",
            Part::E2ePostgres => "e2e-postgres",
            Part::Faults => "faults",
        }
    }

    /// What it checks, in a few words.
    pub fn purpose(self) -> &'static str {
        match self {
            Part::Format => "rustfmt changes nothing",
            Part::Clippy => "clippy has nothing to say about server and tests",
            Part::ClippyBrowser => "nor about what runs in browsers",
            Part::Docs => "the documentation has no broken link",
            Part::Tidy => "no word is misspelt, no dependency unused",
            Part::Deny => "dependencies have known licences and no open advisories",
            Part::Unit => "rules and use cases, on SQLite and PostgreSQL",
            Part::Http => "the server, asked over HTTP",
            Part::Gate => "page tokens behind nginx, Caddy, HAProxy, Traefik and Envoy",
            Part::Readers => "certificates, read by programs that others wrote",
            Part::Judges => "credentials, judged by verifiers that others wrote",
            Part::Budgets => "few bytes, a quick start, little memory",
            Part::E2e => "stories in a browser, on SQLite",
            Part::E2ePostgres => "the same stories, on PostgreSQL",
            Part::Faults => "exactly N of N, whatever runs at once and whatever breaks",
        }
    }

    /// Runs the check.
    pub fn run(self, tools: &mut Tools) -> Outcome<Verdict> {
        if self.measures() {
            tools.ahead.ended();
        }
        match self {
            Part::Format => run(cargo(&["fmt", "--all", "--check"]).args(&tools.passed_on))?,
            Part::Clippy => clippy()?,
            Part::ClippyBrowser => clippy_browser()?,
            Part::Docs => docs()?,
            Part::Deny => return deny(),
            Part::Tidy => return tidy(),
            Part::Unit => suites::unit(tools)?,
            Part::Http => suites::http(tools)?,
            Part::Gate => gate::run_behind_proxies(tools)?,
            Part::Readers => return readers::read(tools),
            Part::Judges => judges::judge(tools)?,
            Part::Budgets => budgets::run()?,
            Part::E2e => stories::on_sqlite(tools)?,
            Part::E2ePostgres => stories::on_postgres(tools)?,
            Part::Faults => faults::hurt(tools)?,
        }
        Ok(Verdict::Passed)
    }
}

fn clippy() -> Outcome {
    let lint = [
        "clippy",
        "--workspace",
        "--exclude",
        "frontend",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    run(&mut cargo(&lint))
}

/// In the folder and with the profile of the site's build, which then finds its macros already built.
fn clippy_browser() -> Outcome {
    let rust = wasm_target::ensure()?;
    let mut clippy = rust.cargo(&["clippy", "--package", "frontend", "--target", TARGET]);
    run(clippy
        .args(Kind::Release.options())
        .args(["--profile", "wasm-release", "--target-dir"])
        .arg(target().join("front"))
        .args(["--", "-D", "warnings"]))
}

fn docs() -> Outcome {
    let mut doc = cargo(&["doc", "--workspace", "--exclude", "frontend", "--no-deps"]);
    run(doc
        .args(["--document-private-items"])
        // Private items are documented here, so a link to one leads somewhere.
        .env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links"))
}

fn deny() -> Outcome<Verdict> {
    if find_program("cargo-deny").is_none() {
        return Ok(Verdict::Skipped("cargo-deny is not installed".into()));
    }
    run(&mut cargo(&["deny", "--all-features", "check"]))?;
    Ok(Verdict::Passed)
}

/// Runs what is installed of the two.
fn tidy() -> Outcome<Verdict> {
    let (typos, machete) = (find_program("typos"), find_program("cargo-machete"));
    if typos.is_none() && machete.is_none() {
        return Ok(Verdict::Skipped(
            "typos and cargo-machete are not installed".into(),
        ));
    }
    if let Some(typos) = typos {
        run(program(typos).current_dir(root()))?;
    }
    if machete.is_some() {
        run(&mut cargo(&["machete"]))?;
    }
    Ok(Verdict::Passed)
}
