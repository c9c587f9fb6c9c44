//! `cargo xtask bench`: the numbers of `docs/benchmarks.md`, measured on this machine.
//!
//! On a shared machine absolute numbers are worth little. So everything is a ratio of two things that were
//! done in turn in one run, on cores of their own, with the speed of the disk beside it.

mod api_tokens;
mod claims;
mod codes;
mod disk;
mod gate;
mod goal;
mod growth;
mod lemonldap;
mod load;
mod on_postgres;
mod options;
mod page;
mod prepared;
mod programs;
mod questions;
mod redeem;
mod rounds;
mod sides;
mod syncs;

use std::path::{Path, PathBuf};

use serde_json::Value;

use self::goal::Goal;
use self::options::Options;
use self::prepared::Shelf;
use self::programs::Programs;
use self::sides::Bench;
use crate::process::{cargo, run, say};
use crate::site::{self, Kind};
use crate::workspace::{cannot, root, target, write};
use crate::{Outcome, measure, server};

/// The parts, in the order in which they are measured.
pub const PARTS: [&str; 15] = [
    "start",
    "lists",
    "redeem",
    "fsyncs",
    "slow-disk",
    "postgres",
    "codes",
    "growth",
    "page",
    "gate",
    "api-tokens",
    "claims",
    "public-page",
    "signing",
    "credentials",
];

/// Builds what is measured, measures it, and fails when a number is not what it must be.
pub fn bench(arguments: &[String]) -> Outcome {
    let options = Options::read(arguments)?;
    let programs = build(&options)?;
    if options.wants("start") {
        start(&programs)?;
    }
    let bench = Bench {
        shelf: Shelf::new(&programs, prepared::folder())?,
        programs: &programs,
        seconds: options.seconds,
        codes: options.codes,
        pages: options.pages,
        api_tokens: options.api_tokens,
        credentials: options.credentials,
    };
    let mut goals = Vec::new();
    for (part, measured) in MEASURED {
        if options.wants(part) {
            goals.extend(measured(&bench)?);
        }
    }
    report(&goals, options.json.as_deref())
}

/// What a part does.
type Part = fn(&Bench<'_>) -> Outcome<Vec<Goal>>;

const MEASURED: [(&str, Part); 14] = [
    ("lists", growth::lists),
    ("redeem", redeem::measure),
    ("fsyncs", redeem::count_syncs),
    ("slow-disk", redeem::on_a_slow_disk),
    ("postgres", on_postgres::measure),
    ("codes", codes::measure),
    ("growth", growth::redeem),
    ("page", page::measure),
    ("gate", gate::measure),
    ("api-tokens", api_tokens::measure),
    ("claims", claims::measure),
    ("public-page", claims::public_page::measure),
    ("signing", claims::signing::measure),
    ("credentials", claims::many::measure),
];

fn build(options: &Options) -> Outcome<Programs> {
    let server = match &options.binary {
        Some(binary) => root().join(binary),
        None => {
            let site = site::build(Kind::Release)?;
            let binary = server::build(Kind::Release, &site)?;
            first_load(&site)?;
            binary
        }
    };
    let folder = programs()?;
    let kept = prepared::folder();
    std::fs::create_dir_all(&kept).map_err(|error| cannot("make", &kept, &error))?;
    Ok(Programs {
        server,
        folder,
        shim: syncs::build(&kept)?,
    })
}

/// The programs of the room `bench`, and the folder they are in.
pub fn programs() -> Outcome<PathBuf> {
    say("Building the programs of the bench");
    let build = ["build", "--release", "--package", "bench", "--bins"];
    run(cargo(&build).args(Kind::Release.options()))?;
    Ok(target().join("release"))
}

fn first_load(site: &Path) -> Outcome {
    println!("\nFirst load of the admin's pages, brotli");
    for name in ["tokenwright.wasm", "tokenwright.js", "main.css"] {
        println!("  {name:20} {:>8} bytes", site::compressed_size(site, name)?);
    }
    println!("A recipient's style sheet, brotli");
    println!(
        "  {:20} {:>8} bytes",
        "recipient.css",
        site::compressed_size(site, "recipient.css")?
    );
    Ok(())
}

fn start(programs: &Programs) -> Outcome {
    let size = std::fs::metadata(&programs.server)
        .map(|facts| facts.len())
        .unwrap_or_default();
    let measured = measure::server(&programs.server)?;
    println!("The server, with 100,000 codes on SQLite");
    println!("  binary               {:>8.1} MB", size as f64 / 1e6);
    println!("  start                {:>8} ms", measured.start.as_millis());
    if let Some(memory) = measured.memory {
        println!("  idle memory          {:>8.1} MB", memory as f64 / 1e6);
    }
    if let Some(memory) = measured.memory_after_job {
        println!("  memory after a job   {:>8.1} MB", memory as f64 / 1e6);
    }
    Ok(())
}

fn report(goals: &[Goal], json: Option<&Path>) -> Outcome {
    println!();
    for goal in goals {
        println!("{}", goal.line());
    }
    if let Some(file) = json {
        let list = Value::from(goals.iter().map(Goal::json).collect::<Vec<_>>());
        write(&root().join(file), format!("{list:#}\n").as_bytes())?;
    }
    match goals.iter().filter(|goal| !goal.holds()).count() {
        0 => Ok(()),
        missed => Err(format!(
            "{missed} of {} numbers are not what they must be.",
            goals.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_can_be_asked_for() {
        let measured: Vec<&str> = MEASURED.iter().map(|(part, _)| *part).collect();
        assert_eq!(PARTS[0], "start");
        assert_eq!(PARTS[1..], measured);
    }
}
