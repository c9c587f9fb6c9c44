//! wasm-bindgen as a library: no program to install, and no version that could differ.

use std::path::{Path, PathBuf};

use walrus::{Module, passes};
use wasm_bindgen_cli_support::Bindgen;

use super::{Kind, linked};
use crate::Outcome;
use crate::process::say;
use crate::workspace::{files_below, fingerprint, is_stamped, put_stamp, read, write};

/// What wasm-bindgen makes of the main part.
pub struct Glue {
    /// The script that browsers import.
    pub script: String,
    /// The Wasm that goes with it.
    pub wasm: PathBuf,
}

/// Makes script and Wasm out of `input`, unless they were made of it before.
pub fn run(kind: Kind, input: &Path, work: &Path) -> Outcome<Glue> {
    let folder = work.join("bindgen");
    let (script, wasm) = (folder.join("tokenwright.js"), folder.join("tokenwright_bg.wasm"));
    let stamp = work.join("bindgen.stamp");
    let content = fingerprint([read(input)?.as_slice(), include_bytes!("bindgen.rs")]);
    if !is_stamped(&stamp, &content) {
        say("Making the script that loads the Wasm");
        let names = generate(kind, input, &folder)?;
        // A module of their own beside the script would need a name of its own in the manifest.
        if !files_below(&folder.join("snippets"))?.is_empty() {
            return Err("A dependency brings scripts of its own (wasm-bindgen snippets): \
                        teach xtask/src/site.rs to publish them, or do without it."
                .into());
        }
        let text = String::from_utf8_lossy(&read(&script)?).into_owned();
        write(&script, shorten(text, names)?.as_bytes())?;
        put_stamp(&stamp, &content)?;
    }
    Ok(Glue {
        script: String::from_utf8_lossy(&read(&script)?).into_owned(),
        wasm,
    })
}

/// Names as wasm-bindgen gives them, and those that they get instead.
type Names = Vec<(String, String)>;

fn generate(kind: Kind, input: &Path, folder: &Path) -> Outcome<Names> {
    let failed = |error| format!("wasm-bindgen failed: {error:#}");
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name("tokenwright")
        .typescript(false)
        .demangle(false)
        // The other parts share its memory, its table and its stack.
        .keep_lld_exports(true);
    // The page names the Wasm itself, by its hashed name.
    bindgen.omit_default_module_path(true);
    if kind == Kind::Release {
        bindgen.remove_name_section(true).remove_producers_section(true);
    }
    let mut output = bindgen
        .web(true)
        .and_then(Bindgen::generate_output)
        .map_err(failed)?;
    let wasm = output.wasm_mut();
    forget_exports(wasm);
    let names = match kind {
        Kind::Release => rename_imports(wasm),
        Kind::Debug => Names::new(),
    };
    output.emit(folder).map_err(failed)?;
    Ok(names)
}

/// The exports that kept functions in this part have done their work.
fn forget_exports(wasm: &mut Module) {
    let shared: Vec<_> = wasm
        .exports
        .iter()
        .filter(|export| export.name.starts_with(linked::SHARED))
        .map(walrus::Export::id)
        .collect();
    for export in shared {
        wasm.exports.delete(export);
    }
    passes::gc::run(wasm);
}

/// Gives the hundreds of functions that come from the script names of few letters: nobody reads them, and each stands
/// in both files.
fn rename_imports(wasm: &mut Module) -> Names {
    let mut names = Names::new();
    for import in wasm.imports.iter_mut() {
        if import.module.ends_with("_bg.js") {
            let short = format!("_{:x}", names.len());
            names.push((std::mem::replace(&mut import.name, short.clone()), short));
        }
    }
    names
}

/// The same in the script, where each name stands once, as a property of the object that is imported from.
fn shorten(script: String, names: Names) -> Outcome<String> {
    let mut lines: Vec<String> = script.lines().map(str::to_owned).collect();
    for (name, short) in names {
        let line = lines
            .iter_mut()
            .find(|line| {
                line.trim_start()
                    .strip_prefix(&name)
                    .is_some_and(|rest| rest.starts_with(": ") || rest.starts_with('('))
            })
            .ok_or_else(|| format!("The script has no function {name} for the Wasm: see {}.", file!()))?;
        *line = line.trim_start().replacen(&name, &short, 1);
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shortened_where_it_is_defined() {
        let script =
            "const import0 = {\n    __wbg_a_1: function(arg0) {\n    },\n    __wbg_a_12: __wbg_a_1,\n};";
        let names = vec![
            ("__wbg_a_1".to_owned(), "_0".to_owned()),
            ("__wbg_a_12".to_owned(), "_1".to_owned()),
        ];
        let short = shorten(script.to_owned(), names).unwrap();
        assert_eq!(
            short,
            "const import0 = {\n_0: function(arg0) {\n    },\n_1: __wbg_a_1,\n};"
        );
        assert!(shorten(script.to_owned(), vec![("__wbg_b".into(), "_0".into())]).is_err());
    }
}
