//! Certificates before programs that others wrote: what a scanner reads in the QR code, and what readers of PDF find.

use super::{Tools, Verdict, suites};
use crate::process::run;
use crate::workspace::find_program;
use crate::{Outcome, debian};

/// The packages, and a program of each.
const PACKAGES: [&str; 2] = ["zbar-tools", "poppler-utils"];
const PROGRAMS: [&str; 2] = ["zbarimg", "pdftotext"];

/// Installs what can be had, and lets the backend ask it. Where nothing can be installed that is said, and is an error where
/// everything has to be there.
pub fn read(tools: &mut Tools) -> Outcome<Verdict> {
    if debian::can_install() {
        debian::ensure(&PACKAGES, "reading certificates")?;
    }
    if let Some(missing) = PROGRAMS.into_iter().find(|name| find_program(name).is_none()) {
        let why = format!("{missing} is not installed");
        return match std::env::var_os("CI") {
            Some(_) => Err(format!("{why}.")),
            None => Ok(Verdict::Skipped(why)),
        };
    }
    let mut tests = suites::program(tools, "backend", "backend")?;
    run(tests.args(["--quiet", "--ignored", "foreign_readers"]))?;
    Ok(Verdict::Passed)
}
