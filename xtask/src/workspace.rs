//! Where things are: the checkout, the target folder, and the variables a person may set.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

use crate::Outcome;

/// The folder of the checkout: as Cargo says when it starts this program, since several checkouts may share a target
/// folder, and then the program of one may be started for another.
pub fn root() -> PathBuf {
    let own = setting("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned());
    let own = Path::new(&own);
    own.parent().unwrap_or(own).to_owned()
}

/// The folder that Cargo builds into.
pub fn target() -> PathBuf {
    match setting("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// An environment variable; an empty one counts as not set.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where xtask reads its environment"
)]
pub fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The program called `name`, as a shell would find it.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = setting("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// The first 16 hex digits of a digest over `parts`: long enough to distinguish builds.
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    digest
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether `stamp` says that the work described by `fingerprint` was done.
pub fn is_stamped(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text.trim() == fingerprint)
}

/// Records this for the next time.
pub fn put_stamp(stamp: &Path, fingerprint: &str) -> Outcome {
    write(stamp, fingerprint.as_bytes())
}

/// Reads a file, or reports which one could not be read.
pub fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| cannot("read", path, &error))
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, bytes: &[u8]) -> Outcome {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))?;
    }
    fs::write(path, bytes).map_err(|error| cannot("write", path, &error))
}

/// A sentence for a failed operation on a file.
pub fn cannot(verb: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {verb} {}: {error}", path.display())
}

/// All files below `folder`, in a stable order. A missing folder has none.
pub fn files_below(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(cannot("list", &folder, &error)),
        };
        for entry in entries {
            let path = entry.map_err(|error| cannot("list", &folder, &error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_tells_where_a_part_ends() {
        let joined = fingerprint([b"ab".as_slice(), b"c".as_slice()]);
        assert_ne!(joined, fingerprint([b"a".as_slice(), b"bc".as_slice()]));
        assert_eq!(joined.len(), 16);
    }

    #[test]
    fn leptos_settings_stand_in_two_places_and_agree() {
        let section = |file: &str| {
            let text = fs::read_to_string(root().join(file)).unwrap();
            let section = text.split("[[workspace.metadata.leptos]]").nth(1).unwrap();
            section
                .lines()
                .take_while(|line| !line.starts_with('['))
                .filter(|line| line.contains('=') && !line.starts_with('#'))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(section("Cargo.toml"), section("Leptos.toml"));
    }

    #[test]
    fn wasm_bindgen_is_one_version() {
        let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        let version = |name: &str| {
            let line = text
                .lines()
                .find(|line| line.starts_with(&format!("{name} = ")))
                .unwrap();
            line.split('"').nth(1).unwrap().to_owned()
        };
        assert_eq!(version("wasm-bindgen"), version("wasm-bindgen-cli-support"));
    }
}
