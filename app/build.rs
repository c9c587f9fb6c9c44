//! Distinguishes builds whose values have different shapes: a tab that was opened before an upgrade must not have its
//! bytes read as something else. Both halves of a build are made from the same files, and so agree.

use std::path::{Path, PathBuf};
use std::{fs, io};

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for place in ["src", "../crates/domain/src"] {
        println!("cargo::rerun-if-changed={place}");
        collect(Path::new(place), &mut files)?;
    }
    files.retain(|file| decides(file));
    files.sort();
    let mut digest = 0xcbf2_9ce4_8422_2325;
    for file in files {
        // FNV-1a: one small number from many bytes, and the same from every compiler.
        for byte in fs::read(file)? {
            digest = (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    println!("cargo::rustc-env=WIRE_SHAPE={digest:016x}");
    Ok(())
}

/// Whether the file defines the shape of values that cross the wire.
fn decides(file: &Path) -> bool {
    file.starts_with("../crates/domain") || file.ends_with("api.rs") || file == Path::new("src/error.rs")
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
