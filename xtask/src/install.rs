//! What a machine needs beyond Rust, Node and npm, and how each thing gets there.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::answer;
use crate::workspace::{find_program, setting};
use crate::{Outcome, debian};

const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// A Chromium for the stories, with fonts to draw text and emoji.
pub fn browser() -> Outcome<PathBuf> {
    if let Some(chosen) = setting("CHROMIUM") {
        let chosen = PathBuf::from(chosen);
        return if chosen.is_file() {
            Ok(chosen)
        } else {
            Err(format!(
                "CHROMIUM names {}, which is not there.",
                chosen.display()
            ))
        };
    }
    let find = || BROWSERS.iter().find_map(|name| find_program(name));
    if debian::can_install() {
        let mut packages = vec!["fonts-dejavu-core", "fonts-noto-color-emoji"];
        packages.extend(find().is_none().then_some("chromium"));
        debian::ensure(&packages, "the stories in a browser")?;
    }
    find().ok_or_else(|| {
        "The stories need Chromium: please install it, or name it in the variable CHROMIUM.".to_owned()
    })
}

/// The folder of PostgreSQL's programs.
pub fn postgres() -> Outcome<PathBuf> {
    if let Some(folder) = find_postgres() {
        return Ok(folder);
    }
    if debian::can_install() {
        debian::ensure(&["postgresql"], "the tests on PostgreSQL")?;
    }
    find_postgres().ok_or_else(|| {
        "The tests need PostgreSQL 15 or later: please install it, or name a server in TEST_POSTGRES_URL."
            .to_owned()
    })
}

/// What the faults need: a C compiler for the disk that fails, and, where power can be cut, a file system whose
/// files can be cloned. Mounting one takes root, so nobody else needs it.
pub fn faults() -> Outcome {
    let is_root = answer(Command::new("id").arg("-u")).as_deref() == Some("0");
    if debian::can_install() {
        let packages = ["gcc", "libc6-dev", "xfsprogs", "e2fsprogs"];
        return debian::ensure(&packages, "hurting the product");
    }
    let needed = [
        ("cc", "a C compiler"),
        ("mkfs.xfs", "xfsprogs"),
        ("mkfs.ext4", "e2fsprogs"),
    ];
    let missing = needed
        .iter()
        .take(if is_root { 3 } else { 1 })
        .find(|(name, _)| find_program(name).is_none());
    match missing {
        Some((name, what)) => Err(format!("The faults need {what} (`{name}`): please install it.")),
        None => Ok(()),
    }
}

/// Debian keeps PostgreSQL's server programs out of PATH, one folder per version; the newest wins.
fn find_postgres() -> Option<PathBuf> {
    let newest = newest_version(Path::new("/usr/lib/postgresql")).map(|folder| folder.join("bin"));
    let on_path = || find_program("initdb")?.parent().map(Path::to_owned);
    newest
        .filter(|folder| folder.join("initdb").exists())
        .or_else(on_path)
}

fn newest_version(folder: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    versions.max_by_key(|path| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        name.parse::<u32>().unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_postgres_wins_by_number() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(newest_version(folder.path()), None);
        for version in ["9", "15", "17"] {
            std::fs::create_dir(folder.path().join(version)).unwrap();
        }
        assert_eq!(newest_version(folder.path()), Some(folder.path().join("17")));
    }
}
