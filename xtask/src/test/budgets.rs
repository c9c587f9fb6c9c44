//! What an admin's browser loads first, how soon the server starts and how much memory it holds, before and after a large
//! job, each checked against its limit.
//!
//! A recipient's pages are measured by a story, as a browser receives them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::measure::{self, MEMORY_AFTER_JOB};
use crate::site::{self, FIRST, Kind};
use crate::{Outcome, server};

/// Script, Wasm and style of the Token Manager, compressed: what a first-time visitor waits for. The goal is 195,000;
/// it may only go down.
const FIRST_LOAD: u64 = 237_000;

/// Each further part of the Wasm, compressed. The goal is 40,000.
const PART: u64 = 60_000;

/// What every page needs, Wasm and script, as last measured. A section adds to its own part: when this grows, something
/// that only one section needs has got into the common part. Letters made small by a table of all of them, and numbers that
/// are not whole as text, cost eleven thousand at one time.
const COMMON: u64 = 206_300;

/// How far the common part may exceed it.
const GROWTH: u64 = 5_000;

/// From the start of the server to its first answer, with 100,000 codes.
const START: Duration = Duration::from_millis(500);

/// Resident memory of the idle server, with 100,000 codes.
const MEMORY: u64 = 45_000_000;

/// Builds everything and measures.
pub fn run() -> Outcome {
    let site = site::build(Kind::Release)?;
    let weighed = weigh(&site);
    let binary = server::build(Kind::Release, &site)?;
    let measured = measure::server(&binary)?;
    println!(
        "  start                {:>8} ms of {}",
        measured.start.as_millis(),
        START.as_millis()
    );
    let memory = measured.memory.unwrap_or_default();
    println!("  idle memory          {memory:>8} bytes of {MEMORY}");
    let after_job = measured.memory_after_job.unwrap_or_default();
    println!("  memory after a job   {after_job:>8} bytes of {MEMORY_AFTER_JOB}");
    weighed?;
    if measured.start > START {
        return Err(format!(
            "The server takes {} ms to start.",
            measured.start.as_millis()
        ));
    }
    if memory > MEMORY {
        return Err(format!("The idle server holds {memory} bytes."));
    }
    if after_job > MEMORY_AFTER_JOB {
        return Err(format!("After a job the idle server holds {after_job} bytes."));
    }
    Ok(())
}

fn weigh(site: &Path) -> Outcome {
    let mut problems = Vec::new();
    let mut hold = |what: &str, size: u64, limit: u64| {
        println!("  {what:20} {size:>8} bytes of {limit}");
        if size > limit {
            problems.push(format!("{what} is {} bytes too large.", size - limit));
        }
    };
    let size = |name: &str| site::compressed_size(site, name);
    let common = size("tokenwright.wasm")? + size("tokenwright.js")?;
    let sections = site::sections(site)?;
    let mut first = common + size("main.css")?;
    for part in sections
        .iter()
        .filter(|(name, _)| name == FIRST)
        .flat_map(|(_, parts)| parts)
    {
        first += size(part)?;
    }
    hold("first load", first, FIRST_LOAD);
    hold("what is common", common, COMMON + GROWTH);
    let parts: BTreeSet<_> = sections.iter().flat_map(|(_, parts)| parts).collect();
    for part in parts {
        hold(part, size(part)?, PART);
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(problems.join(" "))
}
