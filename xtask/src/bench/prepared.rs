//! Prepared databases: made once, kept as long as they would be made alike, and copied for every use.

use std::fs;
use std::path::{Path, PathBuf};

use super::programs::{Programs, found_out};
use crate::Outcome;
use crate::process::{program, say};
use crate::workspace::{self, cannot, files_below, fingerprint, read, root};

/// What a prepared folder holds, beside mails that were delivered.
const DATABASE: &str = "tokenwright.db";
const KEYS: &str = "keys.toml";
const CODES: &str = "tokens.txt";

/// Single tokens of a database that is redeemed from.
pub const SINGLES: u64 = 10_000;

/// A folder for everything that the bench keeps and works on.
pub struct Shelf<'a> {
    programs: &'a Programs,
    folder: PathBuf,
    fingerprint: String,
}

impl<'a> Shelf<'a> {
    /// Databases are kept in `folder`.
    pub fn new(programs: &'a Programs, folder: PathBuf) -> Outcome<Self> {
        let mut sources = files_below(&root().join("crates/database/migrations"))?;
        for maker in [
            "prepared.rs",
            "filling.rs",
            "api_tokens.rs",
            "pages.rs",
            "claims.rs",
            "credentials.rs",
        ] {
            sources.push(root().join("bench/src/bin/use_cases").join(maker));
        }
        let contents: Vec<Vec<u8>> = sources.iter().map(|path| read(path)).collect::<Outcome<_>>()?;
        Ok(Self {
            programs,
            folder,
            fingerprint: fingerprint(contents.iter().map(Vec::as_slice)),
        })
    }

    /// The folder of a database with so many codes and single tokens.
    pub fn prepared(&self, codes: u64, singles: u64) -> Outcome<PathBuf> {
        let name = format!("{}-{codes}-{singles}", self.fingerprint);
        let kept = self.folder.join("kept").join(name);
        if kept.is_dir() {
            return Ok(kept);
        }
        say(&format!(
            "Preparing a database with {codes} codes and {singles} single tokens"
        ));
        let half_made = self.empty("half-made")?;
        let mut prepare = program(self.programs.of_bench("use_cases"));
        prepare.arg("prepare").arg(&half_made).args([
            "--codes",
            &codes.to_string(),
            "--singles",
            &singles.to_string(),
        ]);
        self.keep(&mut prepare, &half_made, &kept)?;
        Ok(kept)
    }

    /// The folder of a database with so many API tokens that are asked for, and so many others beside them.
    pub fn api_tokens(&self, count: u64, beside: u64) -> Outcome<PathBuf> {
        let name = format!("{}-api-{count}-{beside}", self.fingerprint);
        let kept = self.folder.join("kept").join(name);
        if kept.is_dir() {
            return Ok(kept);
        }
        say(&format!(
            "Preparing a database with {} API tokens",
            count + beside
        ));
        let half_made = self.empty("half-made")?;
        let mut prepare = program(self.programs.of_bench("use_cases"));
        let prepare = prepare
            .arg("prepare-api-tokens")
            .arg(&half_made)
            .arg(count.to_string())
            .args(["--beside", &beside.to_string()]);
        self.keep(prepare, &half_made, &kept)?;
        Ok(kept)
    }

    /// The folder of a database with a live campaign of so many recipients.
    pub fn claims(&self, recipients: u64) -> Outcome<PathBuf> {
        let kept = self
            .folder
            .join("kept")
            .join(format!("{}-claims-{recipients}", self.fingerprint));
        if kept.is_dir() {
            return Ok(kept);
        }
        say(&format!("Preparing a campaign of {recipients} recipients"));
        let half_made = self.empty("half-made")?;
        let mut prepare = program(self.programs.of_bench("use_cases"));
        let prepare = prepare
            .arg("prepare-claims")
            .arg(&half_made)
            .arg(recipients.to_string());
        self.keep(prepare, &half_made, &kept)?;
        Ok(kept)
    }

    /// The folder of a database with so many credentials that were claimed, and so many others beside them, all of one
    /// campaign. As many as were claimed are listed.
    pub fn credentials(&self, claimed: u64, beside: u64) -> Outcome<PathBuf> {
        let name = format!("{}-credentials-{claimed}-{beside}", self.fingerprint);
        let kept = self.folder.join("kept").join(name);
        if kept.is_dir() {
            return Ok(kept);
        }
        say(&format!(
            "Preparing a database with {} credentials",
            claimed + beside
        ));
        let half_made = self.empty("half-made")?;
        let mut prepare = program(self.programs.of_bench("use_cases"));
        let prepare = prepare
            .arg("prepare-credentials")
            .arg(&half_made)
            .arg(claimed.to_string())
            .args(["--beside", &beside.to_string()]);
        self.keep(prepare, &half_made, &kept)?;
        Ok(kept)
    }

    /// The folder of a database with a guarded site, so many page tokens of it that are asked for, and so many beside them.
    pub fn pages(&self, tokens: u64, max_hits: &str, beside: u64) -> Outcome<PathBuf> {
        let name = format!("{}-pages-{tokens}-{max_hits}-{beside}", self.fingerprint);
        let kept = self.folder.join("kept").join(name);
        if kept.is_dir() {
            return Ok(kept);
        }
        say(&format!(
            "Preparing a database with {} page tokens",
            tokens + beside
        ));
        let half_made = self.empty("half-made")?;
        let mut prepare = program(self.programs.of_bench("use_cases"));
        let prepare = prepare
            .arg("prepare-pages")
            .arg(&half_made)
            .args([&tokens.to_string(), "--max-hits", max_hits])
            .args(["--beside", &beside.to_string()]);
        self.keep(prepare, &half_made, &kept)?;
        Ok(kept)
    }

    /// Lets a database be made, and keeps it.
    fn keep(&self, prepare: &mut std::process::Command, half_made: &Path, kept: &Path) -> Outcome {
        let report = found_out(prepare)?;
        println!("  in {:.0} s", report["seconds"].as_f64().unwrap_or_default());
        let parent = self.folder.join("kept");
        fs::create_dir_all(&parent).map_err(|error| cannot("make", &parent, &error))?;
        fs::rename(half_made, kept).map_err(|error| cannot("keep", kept, &error))
    }

    /// An empty folder to work in.
    pub fn empty(&self, name: &str) -> Outcome<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| cannot("empty", &folder, &error))?;
        }
        fs::create_dir_all(&folder).map_err(|error| cannot("make", &folder, &error))?;
        Ok(folder)
    }

    /// A copy of a prepared database to work on, safely on the disk before anything is measured.
    pub fn copy(&self, prepared: &Path, name: &str) -> Outcome<PathBuf> {
        let copy = self.empty(name)?;
        for name in [DATABASE, KEYS, CODES] {
            let (file, to) = (prepared.join(name), copy.join(name));
            fs::copy(&file, &to).map_err(|error| cannot("copy", &file, &error))?;
            fs::File::open(&to)
                .and_then(|file| file.sync_all())
                .map_err(|error| cannot("write", &to, &error))?;
        }
        Ok(copy)
    }

    /// The folder that work is done in: the disk is probed there.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Where a bench keeps its databases.
pub fn folder() -> PathBuf {
    workspace::target().join("bench")
}
