//! A Rust that can build for browsers.
//!
//! Usually rustup adds the target. Where it cannot fetch one, Debian's own Rust can stand in: it ships the source of
//! the standard library, which is built here once and kept in its own folder. Then Debian's Cargo builds the browser's
//! side, and only that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{answer, cargo, program, run_quietly, say};
use crate::workspace::{cannot, find_program, is_stamped, put_stamp, setting, target, write};
use crate::{Outcome, debian};

/// The name of the target.
pub const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: [&str; 5] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-clippy",
    "lld-22",
];
const LINKER: &str = "wasm-ld-22";

/// Which Rust builds the browser's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rust {
    /// The one that runs this command.
    Own,
    /// Debian's, in `/usr/bin`.
    Debian,
}

impl Rust {
    /// Its Cargo, ready for `arguments`.
    pub fn cargo(self, arguments: &[&str]) -> Command {
        match self {
            Rust::Own => cargo(arguments),
            Rust::Debian => {
                let mut command = program("/usr/bin/cargo");
                command.args(arguments);
                // rustup's proxies come first in PATH and would otherwise answer for rustc.
                command.env(
                    "PATH",
                    format!("/usr/bin:{}", setting("PATH").unwrap_or_default()),
                );
                command
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTDOC", "/usr/bin/rustdoc");
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", LINKER);
                command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
                command
            }
        }
    }
}

/// Finds a Rust that builds for browsers, and sets one up when there is none.
pub fn ensure() -> Outcome<Rust> {
    if own_has_target() {
        return Ok(Rust::Own);
    }
    if debian_has_std() {
        return Ok(Rust::Debian);
    }
    if find_program("rustup").is_some() {
        say(&format!("Adding the target {TARGET} to Rust"));
        if run_quietly(program("rustup").args(["target", "add", TARGET])).is_ok() && own_has_target() {
            return Ok(Rust::Own);
        }
        say("rustup could not fetch it");
    }
    if debian::can_install() {
        debian::ensure(&PACKAGES, "building for browsers")?;
        build_std()?;
        return Ok(Rust::Debian);
    }
    Err(format!(
        "Rust cannot build for browsers here: run `rustup target add {TARGET}` (or install your system's \
         package with Rust's standard library for {TARGET}) and start again."
    ))
}

fn own_has_target() -> bool {
    let rustc = setting("RUSTC").unwrap_or_else(|| "rustc".into());
    has_std(&library(program(rustc).args(["--print", "sysroot"])))
}

fn debian_has_std() -> bool {
    Path::new("/usr/bin/cargo").exists()
        && find_program(LINKER).is_some()
        && is_stamped(&stamp(), &compiler())
        && has_std(&debian_library())
}

/// The folder of the target's standard library, whether it exists or not.
fn library(sysroot: &mut Command) -> PathBuf {
    let sysroot = answer(sysroot).unwrap_or_default();
    Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib")
}

fn debian_library() -> PathBuf {
    library(program("/usr/bin/rustc").args(["--print", "sysroot"]))
}

fn has_std(library: &Path) -> bool {
    fs::read_dir(library).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

/// A newer compiler does not read what an older one built, so the stamp names the compiler.
fn compiler() -> String {
    answer(program("/usr/bin/rustc").arg("--version")).unwrap_or_default()
}

fn stamp() -> PathBuf {
    debian_library().join("built-by")
}

fn build_std() -> Outcome {
    say("Building Rust's standard library for browsers, once (half a minute)");
    let place = target().join("std-for-browsers");
    write(&place.join("src/lib.rs"), b"")?;
    write(
        &place.join("Cargo.toml"),
        b"[package]\nname = \"std-for-browsers\"\nedition = \"2021\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n",
    )?;
    let mut build = Rust::Debian.cargo(&["build", "--release", "--target", TARGET]);
    build
        .args(["-Z", "build-std=std,panic_abort,proc_macro", "--target-dir"])
        .arg(place.join("target"));
    // Stable compilers build the standard library only when they are told that they are part of its build.
    run_quietly(build.current_dir(&place).env("RUSTC_BOOTSTRAP", "1"))?;

    let library = debian_library();
    if library.exists() {
        fs::remove_dir_all(&library).map_err(|error| cannot("replace", &library, &error))?;
    }
    fs::create_dir_all(&library).map_err(|error| cannot("make", &library, &error))?;
    let built = place.join("target").join(TARGET).join("release/deps");
    for file in crate::workspace::files_below(&built)? {
        if let Some(name) = file
            .file_name()
            .filter(|_| file.extension().is_some_and(|end| end == "rlib"))
        {
            fs::copy(&file, library.join(name)).map_err(|error| cannot("copy", &file, &error))?;
        }
    }
    put_stamp(&stamp(), &compiler())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_counts_only_with_std_in_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_std(&folder.path().join("missing")));
        assert!(!has_std(folder.path()));
        fs::write(folder.path().join("libstd-0123.rlib"), "").unwrap();
        assert!(has_std(folder.path()));
    }

    #[test]
    fn debian_builds_with_its_own_compiler_only() {
        let command = Rust::Debian.cargo(&["build"]);
        assert_eq!(command.get_program(), "/usr/bin/cargo");
        let rustc = command.get_envs().find(|(name, _)| *name == "RUSTC").unwrap();
        assert_eq!(rustc.1.unwrap(), "/usr/bin/rustc");
    }
}
