//! What an admin's browser loads first, held to its limit.
//!
//! A recipient's pages are weighed by a story, as a browser receives them.

use crate::Outcome;
use crate::site::{self, Kind};

/// Script, Wasm and style of the admin's pages, compressed.
const ADMIN: u64 = 400_000;

/// Builds the site and weighs it.
pub fn run() -> Outcome {
    let site = site::build(Kind::Release)?;
    let mut sum = 0;
    for name in ["tokenwright.wasm", "tokenwright.js", "main.css"] {
        let size = site::compressed_size(&site, name)?;
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
