//! `cargo xtask bench`: the numbers of `docs/benchmarks.md`, measured on this machine.

use crate::site::{self, Kind};
use crate::{Outcome, measure, server};

/// Measures and prints. The first argument says how many codes the lists have.
pub fn bench(passed_on: &[String]) -> Outcome {
    let site = site::build(Kind::Release)?;
    let binary = server::build(Kind::Release, &site)?;
    let size = std::fs::metadata(&binary)
        .map(|facts| facts.len())
        .unwrap_or_default();
    let measured = measure::server(&binary)?;

    println!("\nFirst load of the admin's pages, brotli");
    for name in ["tokenwright.wasm", "tokenwright.js", "main.css"] {
        println!("  {name:20} {:>8} bytes", site::compressed_size(&site, name)?);
    }
    println!("A recipient's style sheet, brotli");
    println!(
        "  {:20} {:>8} bytes",
        "recipient.css",
        site::compressed_size(&site, "recipient.css")?
    );
    println!("The server, with 100,000 codes on SQLite");
    println!("  binary               {:>8.1} MB", size as f64 / 1e6);
    println!("  start                {:>8} ms", measured.start.as_millis());
    if let Some(memory) = measured.memory {
        println!("  idle memory          {:>8.1} MB", memory as f64 / 1e6);
    }
    println!();
    measure::lists(passed_on.first().map_or("1000000", String::as_str))
}
