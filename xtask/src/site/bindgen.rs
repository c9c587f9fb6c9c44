//! wasm-bindgen as a library: no program to install, and no version that could differ.

use std::path::{Path, PathBuf};

use wasm_bindgen_cli_support::Bindgen;

use super::{Kind, unused};
use crate::Outcome;
use crate::process::say;
use crate::workspace::{files_below, fingerprint, is_stamped, put_stamp, read};

/// What wasm-bindgen makes of the compiled crate.
pub struct Glue {
    /// The script that browsers import.
    pub script: Vec<u8>,
    /// The Wasm that goes with it.
    pub wasm: PathBuf,
}

/// Makes script and Wasm out of `input`, unless they were made of it before.
pub fn run(kind: Kind, input: &Path, work: &Path) -> Outcome<Glue> {
    let folder = work.join("bindgen");
    let stamp = work.join("bindgen.stamp");
    let content = fingerprint([read(input)?.as_slice(), unused::UNUSED.as_bytes()]);
    if !is_stamped(&stamp, &content) {
        say("Making the script that loads the Wasm");
        generate(kind, input, &folder)?;
        // A module of their own beside the script would need a name of its own in the manifest.
        if !files_below(&folder.join("snippets"))?.is_empty() {
            return Err("A dependency brings scripts of its own (wasm-bindgen snippets): \
                        teach xtask/src/site.rs to publish them, or do without it."
                .into());
        }
        put_stamp(&stamp, &content)?;
    }
    let script = read(&folder.join("tokenwright.js"))?;
    Ok(Glue {
        script,
        wasm: folder.join("tokenwright_bg.wasm"),
    })
}

fn generate(kind: Kind, input: &Path, folder: &Path) -> Outcome {
    let failed = |error| format!("wasm-bindgen failed: {error:#}");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name("tokenwright")
        .typescript(false)
        .demangle(false);
    // The page names the Wasm itself, by its hashed name.
    bindgen.omit_default_module_path(true);
    if kind == Kind::Release {
        bindgen.remove_name_section(true).remove_producers_section(true);
    }
    let mut output = bindgen
        .web(true)
        .and_then(Bindgen::generate_output)
        .map_err(failed)?;
    if kind == Kind::Release {
        unused::empty(output.wasm_mut())?;
    }
    output.emit(folder).map_err(failed)
}
