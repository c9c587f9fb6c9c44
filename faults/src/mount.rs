//! File systems mounted for as long as a case runs. Only root can mount them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Failure, Outcome};
use crate::lab::Lab;
use crate::postgres::finish;

/// Something that is mounted until it is dropped.
pub struct Mount {
    path: PathBuf,
}

impl Mount {
    /// A file system in memory of that size.
    pub fn memory(lab: &Lab, size: &str) -> Outcome<Self> {
        Self::new(lab, &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
    }

    /// The file system in an image.
    pub fn image(lab: &Lab, image: &Path) -> Outcome<Self> {
        Self::new(lab, &["-o", "loop", &image.to_string_lossy()])
    }

    fn new(lab: &Lab, what: &[&str]) -> Outcome<Self> {
        let path = lab.new_folder("mount-")?;
        let id = finish(Command::new("id").arg("-u"))?;
        if id.trim() != "0" {
            return Err(Failure::Hindered("only root can mount a file system".into()));
        }
        finish(Command::new("mount").args(what).arg(&path))?;
        Ok(Self { path })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A process that was just killed may hold it for a moment longer; a lazy unmount still succeeds.
        let _ = Command::new("umount").arg("--lazy").arg(&self.path).status();
    }
}
