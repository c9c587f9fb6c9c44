//! wasm-bindgen as a library: no program to install, and no version that could differ.

use std::path::{Path, PathBuf};

use walrus::{Module, passes};
use wasm_bindgen_cli_support::Bindgen;

use super::{Kind, linked};
use crate::Outcome;
use crate::process::say;
use crate::workspace::{files_below, fingerprint, is_stamped, put_stamp, read, write};

/// What wasm-bindgen generates for the main part.
pub struct Glue {
    /// The script that browsers import.
    pub script: String,
    /// The Wasm that goes with it.
    pub wasm: PathBuf,
}

/// Generates script and Wasm from `input`, unless this was already done.
pub fn run(kind: Kind, input: &Path, work: &Path) -> Outcome<Glue> {
    let folder = work.join("bindgen");
    let (script, wasm) = (folder.join("tokenwright.js"), folder.join("tokenwright_bg.wasm"));
    let stamp = work.join("bindgen.stamp");
    let content = fingerprint([read(input)?.as_slice(), include_bytes!("bindgen.rs")]);
    if !is_stamped(&stamp, &content) {
        say("Making the script that loads the Wasm");
        let names = generate(kind, input, &folder)?;
        // A separate module beside the script would need its own name in the manifest.
        if !files_below(&folder.join("snippets"))?.is_empty() {
            return Err("A dependency brings scripts of its own (wasm-bindgen snippets): \
                        teach xtask/src/site.rs to publish them, or do without it."
                .into());
        }
        let text = String::from_utf8_lossy(&read(&script)?).into_owned();
        let text = match kind {
            Kind::Release => slim(&without_streams(&shorten(text, names)?)?),
            Kind::Debug => shorten(text, names)?,
        };
        write(&script, text.as_bytes())?;
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
    forget_exports(kind, wasm);
    let names = match kind {
        Kind::Release => rename_imports(wasm),
        Kind::Debug => Names::new(),
    };
    output.emit(folder).map_err(failed)?;
    Ok(names)
}

/// Classes of a dependency for streams that scripts would read from Wasm. Nothing here creates one, but they would
/// still be exported.
const STREAMS: &str = "IntoUnderlying";

/// The exports that kept functions in this part have served their purpose, and those of streams have none.
fn forget_exports(kind: Kind, wasm: &mut Module) {
    let is_stream = |name: &str| {
        let name = name.trim_start_matches("__wbg_");
        kind == Kind::Release && name.starts_with(&STREAMS.to_lowercase())
    };
    let shared: Vec<_> = wasm
        .exports
        .iter()
        .filter(|export| export.name.starts_with(linked::SHARED) || is_stream(&export.name))
        .map(walrus::Export::id)
        .collect();
    for export in shared {
        wasm.exports.delete(export);
    }
    passes::gc::run(wasm);
}

/// Gives the hundreds of functions imported from the script short names: nobody reads them, and each name is in both
/// files.
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

/// The same in the script, where each name appears once, as a property of the imported object.
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

/// The script without the classes whose exports are gone.
fn without_streams(script: &str) -> Outcome<String> {
    let mut kept = Vec::new();
    let mut until = None;
    for line in script.lines() {
        match until {
            Some(end) => {
                if line.starts_with(end) {
                    until = None;
                }
            }
            None if line.starts_with(&format!("export class {STREAMS}")) => until = Some("}"),
            None if line.starts_with(&format!("const {STREAMS}")) => {
                until = Some("    : new FinalizationRegistry");
            }
            None if line.starts_with(&format!("if (Symbol.dispose) {STREAMS}")) => {}
            None => kept.push(line),
        }
    }
    match kept.iter().find(|line| line.contains(STREAMS)) {
        Some(line) => Err(format!(
            "The script needs a class for streams: `{line}`. See {}.",
            file!()
        )),
        None => Ok(kept.join("\n")),
    }
}

/// The script without what only readers need: comments, blank lines, and indentation.
pub fn slim(script: &str) -> String {
    let is_code = |line: &&str| {
        !line.is_empty() && !line.starts_with("/*") && !line.starts_with('*') && !line.starts_with("//")
    };
    let lines: Vec<&str> = script.lines().map(str::trim).filter(is_code).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_that_nothing_makes_and_comments_are_left_out() {
        let script = "/* @ts-self-types */\nexport class IntoUnderlyingSink {\n    abort() {\n    }\n}\n\
                      if (Symbol.dispose) IntoUnderlyingSink.prototype[Symbol.dispose] = 1;\n\n/**\n * Says.\n */\n\
                      export function hydrate() {\n    return 1;\n}\n\
                      const IntoUnderlyingSinkFinalization = (typeof FinalizationRegistry === 'undefined')\n    ? { }\n    \
                      : new FinalizationRegistry(ptr => wasm.x(ptr, 1));\nlet a;";
        let slim = slim(&without_streams(script).expect("nothing needs them"));
        assert_eq!(slim, "export function hydrate() {\nreturn 1;\n}\nlet a;");
        assert!(without_streams("return IntoUnderlyingSink.__wrap(a);").is_err());
    }

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
