//! wasm-opt, from the npm package binaryen: Debian's version is too old for what Rust emits.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Outcome;
use crate::packages;
use crate::process::{program, run_quietly, say};
use crate::workspace::{fingerprint, is_stamped, put_stamp, read};

/// Accept everything that Rust emits, and nothing that browsers do not know.
pub const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// Small after compression: a function with one caller is inlined only when it is short, because repetition costs
/// brotli little, and otherwise the result is a tenth larger.
const OPTIONS: [&str; 4] = [
    "-Oz",
    "--one-caller-inline-max-function-size=15",
    "--converge",
    "--strip-producers",
];

/// A program of binaryen.
pub fn binaryen(name: &str) -> Command {
    let mut node = program("node");
    node.arg(packages::folder().join("node_modules/binaryen/bin").join(name));
    node
}

/// Does this for many: wasm-opt comes as a program of one thread, so as many run as there are processors.
pub fn all(wanted: &[(String, PathBuf)], work: &Path) -> Outcome {
    let next = AtomicUsize::new(0);
    let take = || -> Outcome {
        while let Some((name, input)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            run(name, input, work)?;
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        for thread in running {
            thread
                .join()
                .unwrap_or_else(|_| Err("Making Wasm small panicked.".into()))?;
        }
        Ok(())
    })
}

/// Makes a smaller Wasm called `name` from `input`, unless this was already done.
pub fn run(name: &str, input: &Path, work: &Path) -> Outcome<PathBuf> {
    let output = work.join("small").join(format!("{name}.wasm"));
    let stamp = output.with_extension("stamp");
    let content = fingerprint([
        read(input)?.as_slice(),
        OPTIONS.join(" ").as_bytes(),
        FEATURES.join(" ").as_bytes(),
    ]);
    if is_stamped(&stamp, &content) && output.is_file() {
        return Ok(output);
    }
    say(&format!("Making {name}.wasm small"));
    std::fs::create_dir_all(work.join("small")).map_err(|error| format!("cannot make a folder: {error}"))?;
    run_quietly(
        binaryen("wasm-opt")
            .args(OPTIONS)
            .args(FEATURES)
            .arg(input)
            .arg("-o")
            .arg(&output),
    )?;
    put_stamp(&stamp, &content)?;
    Ok(output)
}
