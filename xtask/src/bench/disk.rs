//! How fast the disk is at this minute: on shared machines it changes twentyfold, and with it every number
//! that waits for it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::workspace::cannot;

const BLOCK: usize = 4096;
const BLOCKS: u64 = 256;

/// How long a probe takes.
const PROBED: Duration = Duration::from_millis(500);

/// Blocks that can be written over and synchronised in a second, one after the other, by the median of the times:
/// a single hiccup does not make a disk slow.
pub fn syncs_per_second(folder: &Path) -> Outcome<f64> {
    let path = folder.join("disk.probe");
    let probe = || -> std::io::Result<f64> {
        let file = File::create(&path)?;
        file.write_all_at(&vec![b'x'; BLOCK * BLOCKS as usize], 0)?;
        file.sync_all()?;
        let block = [b'y'; BLOCK];
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < PROBED {
            let started = Instant::now();
            file.write_all_at(&block, times.len() as u64 % BLOCKS * BLOCK as u64)?;
            file.sync_data()?;
            times.push(started.elapsed());
        }
        times.sort();
        Ok(1.0 / times[times.len() / 2].as_secs_f64())
    };
    let rate = probe().map_err(|error| cannot("probe the disk with", &path, &error));
    let _ = std::fs::remove_file(&path);
    rate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_disk_synchronises_something_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        assert!(syncs_per_second(folder.path()).unwrap() > 1.0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
