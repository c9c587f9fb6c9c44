//! Parts of the Wasm merged again, by wasm-merge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wasmparser::{GlobalType, Parser, Payload, TypeRef};

use super::optimise::{FEATURES, binaryen};
use crate::Outcome;
use crate::process::{run_quietly, say};
use crate::workspace::{fingerprint, is_stamped, put_stamp, read, write};

/// The module from which all parts import what they share: memory, table, stack pointer.
const SHARED: &str = "__wasm_split";

/// `main` with the chunks that belong to it.
pub fn into_main(main: &Path, chunks: &[PathBuf], work: &Path) -> Outcome<PathBuf> {
    merge(main, chunks, &work.join("main.wasm"))
}

/// The chunks as one part of this name.
///
/// Each imports the memory, and so would the merged part, once for each. So they get it from a module in between, which
/// imports it from `main` and has nothing else.
pub fn shared(name: &str, chunks: &[PathBuf], work: &Path) -> Outcome<PathBuf> {
    let hub = work.join(format!("hub-{name}.wat"));
    write(&hub, hub_of(chunks)?.as_bytes())?;
    merge(&hub, chunks, &work.join(format!("{name}.wasm")))
}

fn merge(first: &Path, chunks: &[PathBuf], output: &Path) -> Outcome<PathBuf> {
    let mut parts = vec![read(first)?];
    for chunk in chunks {
        parts.push(read(chunk)?);
    }
    parts.push(include_bytes!("merge.rs").to_vec());
    let stamp = output.with_extension("stamp");
    let content = fingerprint(parts.iter().map(Vec::as_slice));
    if is_stamped(&stamp, &content) && output.is_file() {
        return Ok(output.to_owned());
    }
    let name = output
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    say(&format!("Putting together what belongs to {name}"));
    let mut wasm_merge = binaryen("wasm-merge");
    wasm_merge.args(FEATURES).arg("-g").arg(first).arg(SHARED);
    for (number, chunk) in chunks.iter().enumerate() {
        wasm_merge.arg(chunk).arg(format!("chunk{number}"));
    }
    run_quietly(wasm_merge.arg("-o").arg(output))?;
    put_stamp(&stamp, &content)?;
    Ok(output.to_owned())
}

/// A module, as text, that re-exports everything that the chunks import.
fn hub_of(chunks: &[PathBuf]) -> Outcome<String> {
    let mut lines = BTreeMap::new();
    for chunk in chunks {
        let wasm = read(chunk)?;
        for payload in Parser::new(0).parse_all(&wasm) {
            let Payload::ImportSection(imports) = payload.map_err(|error| error.to_string())? else {
                continue;
            };
            for import in imports.into_imports() {
                let import = import.map_err(|error| error.to_string())?;
                lines.insert(import.name.to_owned(), handed_on(import.name, &import.ty)?);
            }
        }
    }
    let lines: String = lines.into_values().collect();
    Ok(format!("(module\n{lines})\n"))
}

fn handed_on(name: &str, kind: &TypeRef) -> Outcome<String> {
    let (word, is) = match kind {
        TypeRef::Memory(memory) => ("memory", memory.initial.to_string()),
        TypeRef::Table(table) => ("table", format!("{} funcref", table.initial)),
        TypeRef::Global(GlobalType {
            content_type,
            mutable,
            ..
        }) => match mutable {
            true => ("global", format!("(mut {content_type})")),
            false => ("global", content_type.to_string()),
        },
        other => {
            return Err(format!(
                "A part of the Wasm imports {name}, {other:?}: see {}.",
                file!()
            ));
        }
    };
    Ok(format!(
        "  (import \"main\" \"{name}\" ({word} ${name} {is})) (export \"{name}\" ({word} ${name}))\n"
    ))
}
