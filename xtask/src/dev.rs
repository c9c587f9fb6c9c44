//! `cargo xtask dev`: a debug build that follows the sources.
//!
//! Sources are checked twice a second. A change in the style or in the pages builds the site and the server that embeds
//! it; a change in the server's rooms builds only the server.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use crate::process::say;
use crate::site::{self, Kind};
use crate::workspace::{files_below, root};
use crate::{Outcome, run, server};

/// What browsers load comes from here; `app` and `domain` are also in the server.
const SITE: [&str; 5] = ["app", "crates/domain", "frontend", "public", "style"];
const SERVER: [&str; 6] = [
    "app",
    "crates",
    "server",
    "Cargo.lock",
    "Cargo.toml",
    "Leptos.toml",
];

/// Builds, starts, and repeats both after each change; `passed_on` goes to `tokenwright serve`.
pub fn dev(passed_on: &[String]) -> Outcome {
    let address = run::address(passed_on);
    run::port_is_free(&address)?;
    let mut seen = Seen::look()?;
    let mut site = site::build(Kind::Debug)?;
    let mut running = Running { server: None };
    running.start(&server::build(Kind::Debug, &site)?, passed_on)?;
    run::say_where(&address);
    loop {
        sleep(Duration::from_millis(500));
        let now = Seen::look()?;
        if now == seen {
            continue;
        }
        let site_changed = now.site != seen.site;
        seen = now;
        // An error in the sources is no reason to exit: the next change may fix it.
        let built = if site_changed {
            site::build(Kind::Debug)
        } else {
            Ok(site.clone())
        };
        match built.and_then(|site| Ok((server::build(Kind::Debug, &site)?, site))) {
            Ok((binary, built)) => {
                site = built;
                running.start(&binary, passed_on)?;
                say("Started again: reload the page");
            }
            Err(sentence) => say(&sentence),
        }
    }
}

/// The newest change on each side, and how many files there are (a removed file has no time).
#[derive(PartialEq, Eq)]
struct Seen {
    site: (Option<SystemTime>, usize),
    server: (Option<SystemTime>, usize),
}

impl Seen {
    fn look() -> Outcome<Seen> {
        Ok(Seen {
            site: newest(&SITE)?,
            server: newest(&SERVER)?,
        })
    }
}

fn newest(places: &[&str]) -> Outcome<(Option<SystemTime>, usize)> {
    let mut files = Vec::new();
    for place in places {
        let path = root().join(place);
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    let changed = |path: &PathBuf| path.metadata().and_then(|facts| facts.modified()).ok();
    Ok((files.iter().filter_map(changed).max(), files.len()))
}

/// The server of the last build that worked.
struct Running {
    server: Option<Child>,
}

impl Running {
    fn start(&mut self, binary: &Path, passed_on: &[String]) -> Outcome {
        self.stop();
        let started = run::serve(binary, passed_on).spawn();
        self.server =
            Some(started.map_err(|error| format!("{} could not be started: {error}.", binary.display()))?);
        Ok(())
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}
