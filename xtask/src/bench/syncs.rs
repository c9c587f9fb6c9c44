//! The shim between a program and the disk: counts synchronisations, and can make each take longer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::process::{program, run_quietly};
use crate::workspace::{cannot, root};

/// Compiles it, with the C compiler that Rust links with.
pub fn build(folder: &Path) -> Outcome<PathBuf> {
    let shim = folder.join("sync_shim.so");
    let mut compile = program("cc");
    compile.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&shim);
    run_quietly(compile.arg(root().join("bench/sync_shim.c")).arg("-ldl"))?;
    Ok(shim)
}

/// Makes every synchronisation of a program take so many microseconds longer.
pub fn delay(command: &mut Command, shim: &Path, microseconds: u64) {
    command
        .env("LD_PRELOAD", shim)
        .env("SYNC_DELAY_US", microseconds.to_string());
}

/// A count that a program shares with this one.
pub struct Syncs(PathBuf);

impl Syncs {
    /// A count, at zero.
    pub fn new(folder: &Path) -> Outcome<Self> {
        let file = folder.join("syncs.count");
        fs::write(&file, [0; 8]).map_err(|error| cannot("write", &file, &error))?;
        Ok(Self(file))
    }

    /// Lets a program count.
    pub fn of(&self, command: &mut Command, shim: &Path) {
        command.env("LD_PRELOAD", shim).env("SYNC_COUNT_FILE", &self.0);
    }

    /// How many there were.
    pub fn count(&self) -> f64 {
        let bytes = fs::read(&self.0).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(f64::NAN, |bytes| u64::from_ne_bytes(bytes) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_synchronises_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let shim = build(folder.path()).unwrap();
        let syncs = Syncs::new(folder.path()).unwrap();
        // `dd` synchronises its file once when it is told to.
        let mut copy = program("dd");
        copy.args(["if=/dev/zero", "bs=1", "count=1", "conv=fsync"])
            .arg(format!("of={}", folder.path().join("x").display()));
        syncs.of(&mut copy, &shim);
        run_quietly(&mut copy).unwrap();
        assert_eq!(syncs.count(), 1.0);
    }
}
