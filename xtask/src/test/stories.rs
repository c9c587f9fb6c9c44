//! The stories of `end2end/`, told by Playwright in Chromium against the real server.

use super::Tools;
use crate::process::{program, run};
use crate::site::{self, Kind};
use crate::{Outcome, install, packages, server};

/// With SQLite in a fresh folder.
pub fn on_sqlite(tools: &mut Tools) -> Outcome {
    tell(tools, "sqlite", None)
}

/// With a fresh database on a real PostgreSQL.
pub fn on_postgres(tools: &mut Tools) -> Outcome {
    let postgres = tools.postgres()?;
    tell(tools, "postgres", Some(&postgres))
}

fn tell(tools: &Tools, database: &str, postgres: Option<&str>) -> Outcome {
    packages::ensure()?;
    let browser = install::browser()?;
    let site = site::build(Kind::Release)?;
    let binary = server::build(Kind::Release, &site)?;
    run(program("node")
        .current_dir(packages::folder())
        .args(["node_modules/typescript/bin/tsc", "--noEmit"]))?;
    let mut playwright = program("node");
    playwright.current_dir(packages::folder());
    playwright
        .args(["node_modules/@playwright/test/cli.js", "test"])
        .args(&tools.passed_on);
    playwright
        .env("TOKENWRIGHT_BIN", &binary)
        .env("CHROMIUM", &browser)
        .env("E2E_DATABASE", database);
    if let Some(url) = postgres {
        playwright.env("TEST_POSTGRES_URL", url);
    }
    run(&mut playwright)
}
