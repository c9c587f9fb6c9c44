//! Certificates before programs that others wrote: what a scanner reads in the QR code, and what readers of PDF find. Those in
//! the letters of seven scripts are drawn into a folder, for people to look at.

use std::fs;
use std::path::Path;

use super::{Tools, Verdict, suites};
use crate::process::{run, say};
use crate::workspace::{cannot, find_program, target};
use crate::{Outcome, debian};

/// The packages; a program of the first two, and where the last one puts its font, which has Chinese, Japanese and Korean.
const PACKAGES: [&str; 3] = ["zbar-tools", "poppler-utils", "fonts-wqy-microhei"];
const PROGRAMS: [&str; 2] = ["zbarimg", "pdftotext"];
const FONTS: &str = "/usr/share/fonts/truetype/wqy";

/// Installs what can be had, and lets the backend ask it. Where nothing can be installed that is said, and is an error where
/// everything has to be there.
pub fn read(tools: &mut Tools) -> Outcome<Verdict> {
    if debian::can_install() {
        debian::ensure(&PACKAGES, "reading certificates")?;
    }
    let missing = PROGRAMS.into_iter().find(|name| find_program(name).is_none());
    let font = || (!Path::new(FONTS).exists()).then_some(PACKAGES[2]);
    if let Some(missing) = missing.or_else(font) {
        let why = format!("{missing} is not installed");
        return match std::env::var_os("CI") {
            Some(_) => Err(format!("{why}.")),
            None => Ok(Verdict::Skipped(why)),
        };
    }
    let mut tests = suites::program(tools, "backend", "backend")?;
    run(tests.args(["--quiet", "--ignored", "foreign_readers"]))?;
    let folder = target().join("readers/scripts");
    fs::create_dir_all(&folder).map_err(|error| cannot("make", &folder, &error))?;
    let mut scripts = suites::program(tools, "credentials", "credentials")?;
    run(scripts
        .args(["--quiet", "--ignored", "seven_scripts"])
        .env("SCRIPTS_FOLDER", &folder)
        .env("SCRIPTS_FONTS", FONTS))?;
    say(&format!(
        "Certificates in the letters of seven scripts, to be looked at, are in {}",
        folder.display()
    ));
    Ok(Verdict::Passed)
}
