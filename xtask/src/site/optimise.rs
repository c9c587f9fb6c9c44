//! wasm-opt, from the npm package binaryen: the one of Debian is too old for what Rust emits.

use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::packages;
use crate::process::{program, run_quietly, say};
use crate::workspace::{fingerprint, is_stamped, put_stamp, read};

/// Optimise for size, and accept everything that Rust emits.
const OPTIONS: [&str; 8] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--strip-producers",
];

/// Makes a smaller Wasm out of `input`, unless it was made of it before.
pub fn run(input: &Path, work: &Path) -> Outcome<PathBuf> {
    let output = work.join("tokenwright.wasm");
    let stamp = work.join("optimise.stamp");
    let content = fingerprint([read(input)?.as_slice(), OPTIONS.join(" ").as_bytes()]);
    if is_stamped(&stamp, &content) && output.is_file() {
        return Ok(output);
    }
    say("Making the Wasm small");
    let mut wasm_opt = program("node");
    wasm_opt.arg(packages::folder().join("node_modules/binaryen/bin/wasm-opt"));
    run_quietly(wasm_opt.args(OPTIONS).arg(input).arg("-o").arg(&output))?;
    put_stamp(&stamp, &content)?;
    Ok(output)
}
