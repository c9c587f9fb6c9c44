//! A disk and a clock under control: a small library in C, loaded into the product before the C library, and the file
//! with its orders (`shim/disk.c` says what each number means).

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::failure::Outcome;
use crate::installation::Installation;
use crate::lab::Lab;
use crate::postgres::finish;

const SOURCE: &str = include_str!("../shim/disk.c");

/// What a sync does.
#[derive(Debug, Clone, Copy)]
pub enum Sync {
    /// What the disk does.
    Real,
    /// Fails, as when the disk is broken.
    Fails,
    /// Does nothing, and reports success.
    Lies,
}

/// The orders of the disk under one installation.
pub struct Disk {
    orders: File,
}

impl Disk {
    /// Puts a disk under an installation: whatever is started on it from now on uses this one.
    pub fn under(lab: &Lab, installation: &mut Installation) -> Outcome<Self> {
        let folder = lab.new_folder("disk-")?;
        let library = build(&folder)?;
        let path = folder.join("orders");
        let orders = File::options()
            .create_new(true)
            .read(true)
            .write(true)
            .open(&path)?;
        orders.set_len(72)?;
        installation.set("LD_PRELOAD", library.to_string_lossy());
        installation.set("FAULTS_ORDERS", path.to_string_lossy());
        Ok(Self { orders })
    }

    /// What syncs do from now on.
    pub fn sync(&self, sync: Sync) -> Outcome<()> {
        self.order(0, sync as i64)
    }

    /// How much longer each sync takes.
    pub fn delay_syncs(&self, by: Duration) -> Outcome<()> {
        self.order(1, i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
    }

    /// Every write fails with ENOSPC, except the first ones, this many.
    pub fn fill_up_after(&self, writes: u64) -> Outcome<()> {
        const ENOSPC: i64 = 28;
        self.order(5, 0)?;
        self.order(6, 0)?;
        self.order(3, i64::try_from(writes).unwrap_or(i64::MAX))?;
        self.order(2, ENOSPC)
    }

    /// There is space again.
    pub fn make_space(&self) -> Outcome<()> {
        self.order(2, 0)
    }

    /// Grants every lock on a whole file, as a file system without locks does.
    pub fn forget_locks(&self) -> Outcome<()> {
        self.order(8, 1)
    }

    /// Moves the wall clock, as seen by the product, away from the true one.
    pub fn clock_ahead_by(&self, seconds: i64) -> Outcome<()> {
        self.order(4, seconds)
    }

    /// Writes and syncs that failed since the disk was full.
    pub fn failed(&self) -> Outcome<i64> {
        self.number(6)
    }

    /// Requested syncs.
    pub fn syncs(&self) -> Outcome<i64> {
        self.number(7)
    }

    fn order(&self, place: u64, number: i64) -> Outcome<()> {
        Ok(self.orders.write_all_at(&number.to_ne_bytes(), place * 8)?)
    }

    fn number(&self, place: u64) -> Outcome<i64> {
        let mut bytes = [0; 8];
        self.orders.read_exact_at(&mut bytes, place * 8)?;
        Ok(i64::from_ne_bytes(bytes))
    }
}

fn build(folder: &std::path::Path) -> Outcome<PathBuf> {
    let (source, library) = (folder.join("disk.c"), folder.join("disk.so"));
    std::fs::write(&source, SOURCE)?;
    finish(
        Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(&library)
            .arg(&source)
            .arg("-ldl"),
    )?;
    Ok(library)
}
