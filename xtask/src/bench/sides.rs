//! Sides of a comparison that several parts share: the server under load, and what it is compared with.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::load::{Load, timed};
use super::prepared::Shelf;
use super::programs::{Listening, MEASURED, Programs, pinned};
use super::rounds::Run;
use super::syncs::{Syncs, delay};
use crate::Outcome;

/// Connections at once, unless a part says otherwise.
pub const CONNECTIONS: usize = 64;

/// All tokens that are listed.
pub const ALL: usize = usize::MAX;

/// Where and how everything is measured.
pub struct Bench<'a> {
    /// What is measured and compared with.
    pub programs: &'a Programs,
    /// Prepared databases.
    pub shelf: Shelf<'a>,
    /// How long a side is measured in each round.
    pub seconds: f64,
    /// Codes in the large database.
    pub codes: u64,
    /// Page tokens in the large database.
    pub pages: u64,
    /// API tokens in the large database of those.
    pub api_tokens: u64,
    /// Credentials in the large database of those.
    pub credentials: u64,
}

/// What a server is asked, and how it is started.
#[derive(Clone, Copy)]
pub struct Asked {
    /// `redeem`, `signed-in`, `page`, `token`, `half-garbage`, `introspect`, `introspect-garbage`, `list`,
    /// `public-page` or `public-json`.
    pub what: &'static str,
    /// How many of the listed tokens are asked for.
    pub spread: usize,
    /// Whether they are asked for by chance, the first ones most often.
    pub zipf: bool,
    /// Connections at once.
    pub connections: usize,
    /// By how many microseconds each synchronisation of the disk is slowed down.
    pub delay_us: u64,
}

/// A redemption by somebody new, spread over all tokens.
pub const REDEEM: Asked = Asked {
    what: "redeem",
    spread: ALL,
    zipf: false,
    connections: CONNECTIONS,
    delay_us: 0,
};

impl Bench<'_> {
    /// The server on the database of a folder.
    pub fn server(&self, folder: &Path, with: impl FnOnce(&mut Command)) -> Outcome<Listening> {
        Listening::start(|address| {
            let mut serve = pinned(MEASURED, &self.programs.server)?;
            serve
                .args(["serve", "--listen", &address.to_string(), "--data-dir"])
                .arg(folder)
                .current_dir(folder)
                // The programs that it is compared with log nothing either.
                .env("RUST_LOG", "off");
            with(&mut serve);
            Ok(serve)
        })
    }

    /// The server, asked for a while on a database that is worked on.
    pub fn ask(&self, folder: &Path, asked: Asked) -> Outcome<Run> {
        let server = self.server(folder, |serve| self.delayed(serve, asked))?;
        self.load(asked, folder).on(&[server], None)
    }

    /// Makes the disk slower for a program that is to be started.
    pub fn delayed(&self, program: &mut Command, asked: Asked) {
        if asked.delay_us > 0 {
            delay(program, &self.programs.shim, asked.delay_us);
        }
    }

    /// The server, asked for a while on a new copy of a database.
    pub fn ask_copy(&self, prepared: &Path, asked: Asked) -> Outcome<Run> {
        let folder = self.shelf.copy(prepared, "server")?;
        self.ask(&folder, asked)
    }

    /// The same, and how often the disk was synchronised for each answer.
    pub fn ask_and_count(&self, prepared: &Path, asked: Asked) -> Outcome<Run> {
        let folder = self.shelf.copy(prepared, "server")?;
        let syncs = Syncs::new(self.shelf.folder())?;
        let server = self.server(&folder, |serve| syncs.of(serve, &self.programs.shim))?;
        self.load(asked, &folder).on(&[server], Some(&syncs))
    }

    /// The generator.
    pub fn load<'l>(&'l self, asked: Asked, codes: &'l Path) -> Load<'l> {
        Load {
            programs: self.programs,
            what: asked.what,
            codes,
            spread: asked.spread,
            zipf: asked.zipf,
            connections: asked.connections,
            seconds: self.seconds,
            rate: None,
        }
    }

    /// One answer of the server, in a file.
    pub fn sample(&self, prepared: &Path, asked: Asked) -> Outcome<PathBuf> {
        let folder = self.shelf.copy(prepared, "sampled")?;
        let server = self.server(&folder, |_| {})?;
        let file = self.shelf.folder().join(format!("{}.answer", asked.what));
        self.load(asked, &folder).sample(&server, &file)?;
        Ok(file)
    }

    /// A bare handler that gives the same answer.
    pub fn bare(&self, answer: &Path, prepared: &Path, asked: Asked) -> Outcome<Run> {
        let server = Listening::start(|address| {
            let mut bare = pinned(MEASURED, &self.programs.of_bench("bare"))?;
            bare.args(["--listen", &address.to_string(), "--answer"])
                .arg(answer);
            Ok(bare)
        })?;
        self.load(asked, prepared).on(&[server], None)
    }

    /// A bare loop that writes what a witness holds.
    pub fn rows(&self, prepared: &Path, witness: &Path, what: &[&str]) -> Outcome<Run> {
        timed(&mut self.rows_command(prepared, witness, what)?)
    }

    /// The command of that loop.
    pub fn rows_command(&self, prepared: &Path, witness: &Path, what: &[&str]) -> Outcome<Command> {
        let mut rows = pinned(MEASURED, &self.programs.of_bench("rows"))?;
        rows.arg("--prepared").arg(prepared);
        rows.arg("--witness").arg(witness);
        rows.arg("--work").arg(self.shelf.folder().join("rows"));
        rows.args(what);
        Ok(rows)
    }
}
