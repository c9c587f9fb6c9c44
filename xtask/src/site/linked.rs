//! What is read from, and written into, Wasm as the linker produced it.
//!
//! Nothing in it may move: relocations refer to functions by position. So one section is rewritten, and every other
//! byte stays.

use std::collections::HashSet;
use std::ops::Range;

use wasmparser::{
    BinaryReader, CustomSectionReader, KnownCustom, Name, Operator, Parser, Payload, RelocSectionReader,
};

use crate::Outcome;

/// The prefix of the exports that are added here.
pub const SHARED: &str = "__shared_";
/// The codes in Wasm for a section of exports, for a custom section, and for an exported function.
const EXPORTS: u8 = 7;
const CUSTOM: u8 = 0;
const FUNCTION: u8 = 0;
/// A body without locals, which traps and ends; and what may fill the space between the two.
const EMPTY: [u8; 3] = [0, 0x00, 0x0b];
const NOTHING: u8 = 0x01;

/// The names of the functions that have a body here.
pub fn function_names(wasm: &[u8]) -> Outcome<Vec<String>> {
    let functions = Functions::read(wasm)?;
    Ok(functions.with_bodies().map(|(_, name)| name.to_owned()).collect())
}

/// A function that calls one of `called` by name, and is none of them.
pub fn caller_of(wasm: &[u8], called: &HashSet<u32>) -> Outcome<Option<String>> {
    let functions = Functions::read(wasm)?;
    let mut index = functions.imported;
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::CodeSectionEntry(body) = payload.map_err(unreadable)? else {
            continue;
        };
        let mut operators = body.get_operators_reader().map_err(unreadable)?;
        while !called.contains(&index) && !operators.eof() {
            if let Operator::Call { function_index } = operators.read().map_err(unreadable)?
                && called.contains(&function_index)
            {
                let mut named = functions.with_bodies();
                let name = named.find(|(number, _)| *number == index).map(|(_, name)| name);
                return Ok(Some(name.unwrap_or("A function").to_owned()));
            }
        }
        index += 1;
    }
    Ok(None)
}

/// The same Wasm, in which these functions trap at once. They keep their length, and what the linker recorded about
/// their bodies is removed.
pub fn without_bodies(wasm: &[u8], emptied: &HashSet<u32>) -> Outcome<Vec<u8>> {
    let mut result = wasm.to_vec();
    let mut index = Functions::read(wasm)?.imported;
    let mut code = 0;
    let mut bodies = Vec::new();
    let mut notes = None;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(unreadable)? {
            Payload::CodeSectionStart { range, .. } => code = range.start,
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                if emptied.contains(&index) && range.len() >= EMPTY.len() {
                    result[range.clone()].fill(NOTHING);
                    result[range.start..range.start + 2].copy_from_slice(&EMPTY[..2]);
                    result[range.end - 1] = EMPTY[2];
                    bodies.push(range.start - code..range.end - code);
                }
                index += 1;
            }
            Payload::CustomSection(section) if section.name() == "reloc.CODE" => {
                notes = Some((section.range(), notes_outside_of(&section, &bodies)?));
            }
            _ => {}
        }
    }
    let (range, content) = notes.ok_or("The linker noted nothing about the code.")?;
    replace_section(&result, CUSTOM, &range, &content)
}

/// What the linker recorded about code outside `bodies`, as the content of a section.
fn notes_outside_of(section: &CustomSectionReader, bodies: &[Range<usize>]) -> Outcome<Vec<u8>> {
    let data = section.data();
    let notes = RelocSectionReader::new(BinaryReader::new(data, 0)).map_err(unreadable)?;
    let target = notes.section_index();
    let entries = notes.entries();
    let end = data.len();
    let mut places = Vec::new();
    for entry in entries.into_iter_with_offsets() {
        let (at, entry) = entry.map_err(unreadable)?;
        places.push((at, entry.offset as usize));
    }
    let mut kept = Vec::new();
    let mut count = 0;
    for (number, (at, offset)) in places.iter().enumerate() {
        let next = places.get(number + 1).map_or(end, |(next, _)| *next);
        // Bodies are in the order of their positions.
        let body = bodies.partition_point(|body| body.end <= *offset);
        if bodies.get(body).is_none_or(|body| !body.contains(offset)) {
            kept.extend_from_slice(&data[*at..next]);
            count += 1;
        }
    }
    let mut content = Vec::new();
    write_number(&mut content, section.name().len() as u32);
    content.extend_from_slice(section.name().as_bytes());
    write_number(&mut content, target);
    write_number(&mut content, count);
    content.extend(kept);
    Ok(content)
}

/// The same Wasm, with exports of the functions that have one of these names.
pub fn with_exports(wasm: &[u8], names: &HashSet<String>) -> Outcome<Vec<u8>> {
    let functions = Functions::read(wasm)?;
    let wanted = functions.with_bodies().filter(|(_, name)| names.contains(*name));
    let mut entries = Vec::new();
    let mut added = 0;
    for (index, _) in wanted {
        let name = format!("{SHARED}{index}");
        write_number(&mut entries, name.len() as u32);
        entries.extend_from_slice(name.as_bytes());
        entries.push(FUNCTION);
        write_number(&mut entries, index);
        added += 1;
    }
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::ExportSection(exports) = payload.map_err(unreadable)? else {
            continue;
        };
        let range = exports.range();
        let mut old = BinaryReader::new(&wasm[range.clone()], 0);
        let count = old.read_var_u32().map_err(unreadable)?;
        let mut content = Vec::new();
        write_number(&mut content, count + added);
        content.extend_from_slice(&wasm[range.start + old.current_position()..range.end]);
        content.extend_from_slice(&entries);
        return replace_section(wasm, EXPORTS, &range, &content);
    }
    Err("The Wasm has no exports.".into())
}

/// The same Wasm with other content in a section of this kind. The content is preceded by its length, in as many bytes
/// as the linker chose.
fn replace_section(wasm: &[u8], kind: u8, old: &Range<usize>, content: &[u8]) -> Outcome<Vec<u8>> {
    let start = (1..=5)
        .filter_map(|width| old.start.checked_sub(width + 1))
        .find(|start| {
            let mut length = BinaryReader::new(&wasm[start + 1..old.start], 0);
            wasm[*start] == kind
                && length
                    .read_var_u32()
                    .is_ok_and(|length| length as usize == old.len())
                && length.eof()
        })
        .ok_or("A section of the Wasm is not where it should be.")?;
    let mut result = wasm[..=start].to_vec();
    write_number(&mut result, content.len() as u32);
    result.extend_from_slice(content);
    result.extend_from_slice(&wasm[old.end..]);
    Ok(result)
}

/// The functions of a module.
pub struct Functions {
    /// How many are imported; they have the first numbers.
    imported: u32,
    names: Vec<(u32, String)>,
}

impl Functions {
    /// Those that have a body here, by their number and name.
    pub fn with_bodies(&self) -> impl Iterator<Item = (u32, &str)> {
        let named = self.names.iter().map(|(index, name)| (*index, name.as_str()));
        named.filter(|(index, _)| *index >= self.imported)
    }

    /// Reads them.
    pub fn read(wasm: &[u8]) -> Outcome<Self> {
        let mut functions = Self {
            imported: 0,
            names: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.map_err(unreadable)? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let is_function =
                            matches!(import.map_err(unreadable)?.ty, wasmparser::TypeRef::Func(_));
                        functions.imported += u32::from(is_function);
                    }
                }
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        functions.read_names(names)?;
                    }
                }
                _ => {}
            }
        }
        Ok(functions)
    }

    fn read_names(&mut self, names: wasmparser::NameSectionReader) -> Outcome {
        for name in names {
            if let Name::Function(map) = name.map_err(unreadable)? {
                for naming in map {
                    let naming = naming.map_err(unreadable)?;
                    self.names.push((naming.index, naming.name.to_owned()));
                }
            }
        }
        Ok(())
    }
}

/// A number in Wasm's encoding (LEB128): seven bits in a byte, the lowest first.
fn write_number(into: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        into.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn unreadable(error: wasmparser::BinaryReaderError) -> String {
    format!("The Wasm could not be read: {error}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two functions, `one` and `two`, and an export of the first. The length of the exports takes as many bytes as
    /// `padding` says.
    fn module(padding: &[u8]) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend([1, 4, 1, 0x60, 0, 0]);
        wasm.extend([3, 3, 2, 0, 0]);
        wasm.push(EXPORTS);
        wasm.extend(padding);
        wasm.extend([1, 3, b'o', b'n', b'e', FUNCTION, 0]);
        wasm.extend([10, 7, 2, 2, 0, 0x0b, 2, 0, 0x0b]);
        wasm.extend([
            0, 18, 4, b'n', b'a', b'm', b'e', 1, 11, 2, 0, 3, b'o', b'n', b'e', 1, 3, b't', b'w', b'o',
        ]);
        wasm
    }

    #[test]
    fn functions_are_exported_by_name() {
        for padding in [&[7][..], &[0x87, 0], &[0x87, 0x80, 0x80, 0x80, 0]] {
            let wasm = module(padding);
            assert_eq!(function_names(&wasm).unwrap(), ["one", "two"]);
            let wanted = HashSet::from(["two".to_owned(), "three".to_owned()]);
            let more = with_exports(&wasm, &wanted).unwrap();
            let exports: Vec<_> = Parser::new(0)
                .parse_all(&more)
                .filter_map(|payload| match payload.unwrap() {
                    Payload::ExportSection(exports) => Some(exports),
                    _ => None,
                })
                .flatten()
                .map(|export| export.unwrap())
                .map(|export| (export.name.to_owned(), export.index))
                .collect();
            assert_eq!(exports, [("one".to_owned(), 0), (format!("{SHARED}1"), 1)]);
            assert_eq!(function_names(&more).unwrap(), ["one", "two"]);
        }
    }
}
