//! What an admin's browser loads first, how soon the server starts and how much memory it holds, each held
//! to its limit.
//!
//! A recipient's pages are weighed by a story, as a browser receives them.

use std::path::Path;
use std::time::Duration;

use crate::site::{self, Kind};
use crate::{Outcome, measure, server};

/// Script, Wasm and style of the admin's pages, compressed. It may only go down.
const ADMIN: u64 = 400_000;

/// From the start of the server to its first answer, with 100,000 codes.
const START: Duration = Duration::from_millis(500);

/// Resident memory of the idle server, with 100,000 codes.
const MEMORY: u64 = 60_000_000;

/// Builds everything, weighs and measures.
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
    Ok(())
}

fn weigh(site: &Path) -> Outcome {
    let mut sum = 0;
    for name in ["tokenwright.wasm", "tokenwright.js", "main.css"] {
        let size = site::compressed_size(site, name)?;
        println!("  {name:20} {size:>8} bytes");
        sum += size;
    }
    println!("  {:20} {sum:>8} bytes of {ADMIN}", "together");
    if sum <= ADMIN {
        return Ok(());
    }
    Err(format!(
        "The admin's first load is {sum} bytes, {} too many.",
        sum - ADMIN
    ))
}
