//! `cargo xtask bench`: the numbers of `docs/benchmarks.md`, measured on this machine.

use crate::site::{self, Kind};
use crate::{Outcome, server};

/// Measures and prints.
pub fn bench(_passed_on: &[String]) -> Outcome {
    let site = site::build(Kind::Release)?;
    println!("First load of the admin's pages, brotli:");
    for name in ["tokenwright.wasm", "tokenwright.js", "main.css"] {
        println!("  {name:20} {:>8} bytes", site::compressed_size(&site, name)?);
    }
    println!(
        "A recipient's style sheet, brotli: {} bytes",
        site::compressed_size(&site, "recipient.css")?
    );
    let binary = server::build(Kind::Release, &site)?;
    let size = std::fs::metadata(&binary)
        .map(|facts| facts.len())
        .unwrap_or_default();
    println!("The binary: {:.1} MB", size as f64 / 1e6);
    Ok(())
}
